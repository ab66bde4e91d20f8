import type { Command } from 'commander';
import type { Actions } from '../actions.ts';
import { EXAMPLES } from '../examples.ts';
import { gather } from '../options/groups.ts';

/** Adds `evidence pack`, which is `verify --bag`, and `evidence verify`; `addVerifyOptions` are those of `verify` but for --bag. */
export function addEvidence(
  program: Command,
  actions: Actions,
  addVerifyOptions: (command: Command) => void,
): void {
  const evidence = program
    .command('evidence')
    .summary('pack what a verification rests on into an evidence bag, or check a bag')
    .description(
      'An evidence bag (BagIt, RFC 8493) holds a signed report and the files that it rests on. Anyone can check it with a POSIX shell and openssl.',
    )
    .addHelpText('after', EXAMPLES.evidence);
  const pack = evidence
    .command('pack')
    .summary('verify, and keep what the verdict rests on: the same as verify --bag')
    .description(
      'Verifies a target as verify does and makes the output folder an evidence bag: report, signature, every digest with its signature, keys, and how to check it all.',
    )
    .argument('[target]', 's3://bucket[/prefix], a trail ARN, or a folder that mirrors a bucket')
    .addHelpText('after', EXAMPLES.evidencePack)
    .action((target, raw) => actions.verify(target, { ...raw, bag: true }));
  addVerifyOptions(pack);
  evidence
    .command('verify')
    .summary('check an evidence bag')
    .description(
      "Checks the report's signature, signer and timestamp, every file against the manifests, AWS's signature of every digest, their links, and the log files that are there. verify.sh in the bag does the same with openssl alone.",
    )
    .argument('<bag>', 'folder of the bag')
    .option('--trust <file>', "the signer's certificate, or an authority's (may be repeated)", gather)
    .option(
      '--tsa-ca <file>',
      'authority of the timestamp, which must be there then (may be repeated)',
      gather,
    )
    .option('--keys <file...>', "public keys of CloudTrail from elsewhere, which the bag's must be among")
    .option('--now <time>', 'the present time, for replays')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.evidenceVerify)
    .action(actions.evidenceVerify);
}

/** Adds the options of the bag that a verification may make. */
export function addBagContents(command: Command): void {
  command
    .option('--include-logs', 'put the log files into the bag as well')
    .option('--archive <file>', 'write the bag as one .tar.gz too; must not exist yet');
}
