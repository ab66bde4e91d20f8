import type { Command } from '@commander-js/extra-typings';
import { FILES_RULE, fileListParser, type Run, verboseOption } from '../options/common.ts';
import { type TrustSettings, trustOptions } from '../options/signing.ts';
import { nowOption } from '../options/window.ts';

/** The settings of `evidence verify`. */
export interface EvidenceVerifySettings extends TrustSettings {
  readonly folder: string;
  /** Public keys of CloudTrail from elsewhere; none given leaves those of the bag to its signer. */
  readonly keyFiles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const EXAMPLES = `
Examples:
  trail-verify verify s3://my-trail-bucket --from 30d --output bag --bag
  trail-verify evidence verify bag --trust auditor.cert.pem
  sh verify.sh auditor.cert.pem - bag
`;

const VERIFY_EXAMPLES = `
Examples:
  trail-verify evidence verify bag --trust auditor.cert.pem
  trail-verify evidence verify bag --trust company-ca.pem --tsa-ca timestamp-ca.pem --keys cloudtrail-keys.jsonl

Exit codes: of a GENUINE bag those of its report's verdict, 0 VALID, 1 INVALID,
3 INCONCLUSIVE; 5 REFUSED (it is not what was signed), 3 UNPROVEN, 2 usage or
configuration, 4 the check failed. verify.sh says and does the same.
`;

/** Adds `evidence verify`. */
export function addEvidence(program: Command, run: Run<EvidenceVerifySettings>): void {
  const command = program
    .command('evidence')
    .summary('check an evidence bag that verify --bag has made')
    .description(
      'An evidence bag (BagIt, RFC 8493) holds a signed report and the files that it rests on. Anyone can check it with a POSIX shell and openssl.',
    )
    .addHelpText('after', EXAMPLES)
    .command('verify')
    .summary('check an evidence bag')
    .description(
      "Checks the report's signature, signer and timestamp, every file against the manifests, AWS's signature of every digest, their links, and the log files that are there. verify.sh in the bag does the same with openssl alone.",
    )
    .argument('<bag>', 'folder of the bag')
    .addHelpText('after', VERIFY_EXAMPLES);
  const readTrust = trustOptions(command);
  const options = command.option(
    '--keys <file...>',
    `public keys of CloudTrail from elsewhere, which the bag's must be among (${FILES_RULE})`,
    fileListParser('--keys'),
  );
  verboseOption(command);
  const readNow = nowOption(command);
  command.action((folder) => {
    const machineTime = Date.now();
    const now = readNow(machineTime) ?? machineTime;
    return run({ folder, ...readTrust(), keyFiles: options.opts().keys ?? [], now });
  });
}
