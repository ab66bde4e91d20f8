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

/** The settings of `evidence add`. */
export interface EvidenceAddSettings {
  readonly folder: string;
  /** The folder that `corroborate` wrote. */
  readonly corroboration: string;
  /** The new archive of the bag; undefined for none. */
  readonly archive: string | undefined;
  readonly verbose: boolean;
}

const EXAMPLES = `
Examples:
  trail-verify verify s3://my-trail-bucket --from 30d --output bag --bag
  trail-verify evidence add bag --corroboration witness
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

const ADD_EXAMPLES = `
Examples:
  trail-verify corroborate bag/report.json --output witness
  trail-verify evidence add bag --corroboration witness --archive bag.tar.gz

The bag's report, its evidence and their signatures stay as they are. What a
witness said is AWS's word over TLS, not signed by AWS: it never changes the
verdict.

Exit codes: 0 it is in the bag, 5 the corroboration is not as it was written or
signed, 2 it is of another report, usage or configuration, 4 the run failed.
`;

/** Adds `evidence verify` and `evidence add`. */
export function addEvidence(
  program: Command,
  verify: Run<EvidenceVerifySettings>,
  add: Run<EvidenceAddSettings>,
): void {
  const evidence = program
    .command('evidence')
    .summary('check an evidence bag that verify --bag has made, or add a corroboration')
    .description(
      'An evidence bag (BagIt, RFC 8493) holds a signed report and the files that it rests on. Anyone can check it with a POSIX shell and openssl.',
    )
    .addHelpText('after', EXAMPLES);
  addVerify(evidence, verify);
  addAdd(evidence, add);
}

function addVerify(evidence: Command, run: Run<EvidenceVerifySettings>): void {
  const command = evidence
    .command('verify')
    .summary('check an evidence bag')
    .description(
      "Checks the report's signature, signer and timestamp, every file against the manifests, AWS's signature of every digest, their links, the log files that are there, and the corroboration where there is one. verify.sh in the bag does the same with openssl alone.",
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

function addAdd(evidence: Command, run: Run<EvidenceAddSettings>): void {
  const command = evidence
    .command('add')
    .summary('put what a witness said of its report into an evidence bag')
    .description(
      'Puts the folder that corroborate wrote into the bag of the very report that it is about: the document, its signature, its lists, and a text that says what it is worth. It is refused where it is of another report, incomplete, or not as it was written or signed.',
    )
    .argument('<bag>', 'folder of the bag')
    .addHelpText('after', ADD_EXAMPLES);
  const options = command
    .requiredOption('--corroboration <dir>', 'the folder that corroborate wrote about the report of the bag')
    .option('--archive <file>', 'write the bag as one .tar.gz too; must not exist yet');
  const readVerbose = verboseOption(command);
  command.action((folder) => {
    const { corroboration, archive } = options.opts();
    return run({ folder, corroboration, archive, verbose: readVerbose() });
  });
}
