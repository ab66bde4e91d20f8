import type { Command } from '@commander-js/extra-typings';
import { type AccessSettings, accessOptions } from '../options/access.ts';
import {
  FILES_RULE,
  fileListParser,
  outputFileOption,
  type Run,
  UsageError,
  verboseOption,
} from '../options/common.ts';
import { type LayoutSettings, layoutOptions, parseS3Object } from '../options/place.ts';

/** One object of S3. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** The settings of `prove`. */
export interface ProveSettings {
  /** The object, or the file that holds a log file as it is stored. */
  readonly subject: ObjectPlace | { readonly file: string };
  readonly eventId: string | undefined;
  /** Whether the whole log file of an event goes into the proof. */
  readonly withLog: boolean;
  readonly reportFile: string;
  /** Undefined for the one next to the report. */
  readonly inventoryFile: string | undefined;
  /** The copy or bag that the objects are read from; undefined for where the report found them. */
  readonly source: string | undefined;
  /** How that folder is to be read. */
  readonly layout: LayoutSettings;
  /** Public keys of CloudTrail from elsewhere; with none the proof is made, and nothing is proven by it yet. */
  readonly keyFiles: readonly string[];
  readonly output: string | undefined;
  /** Whether the stack of an error is printed. */
  readonly verbose: boolean;
  readonly access: AccessSettings;
}

/** The settings of `proof verify`. */
export interface ProofVerifySettings {
  readonly file: string;
  readonly reportFile: string;
  /** The log file as stored, for a proof that does not hold it. */
  readonly logFile: string | undefined;
  /** Public keys of CloudTrail from elsewhere; with none nothing is proven. */
  readonly keyFiles: readonly string[];
}

const EXAMPLE = 'for example s3://my-trail-bucket/AWSLogs/111122223333/CloudTrail/…json.gz';

const PROVE_EXAMPLES = `
Examples:
  trail-verify prove s3://my-trail-bucket/AWSLogs/111122223333/CloudTrail/…json.gz --report report.json --keys cloudtrail-keys.jsonl --output proof.json
  trail-verify prove 7bd5a1c5-… --log s3://my-trail-bucket/AWSLogs/…json.gz --report report.json --output proof.json
  trail-verify prove 7bd5a1c5-… --log ./copy/…json.gz --source ./copy --report report.json > proof.json

The line is that of proof verify. Without --keys it is UNPROVEN: only the report
says whose the key is. The proof is written all the same.

Exit codes: 0 proven, 1 what is proven is that the object is not intact, 5 the
inventory or an object is not the report's, 2 usage or configuration, 3
UNPROVEN, 4 the proof could not be made.
`;

const VERIFY_EXAMPLES = `
Examples:
  trail-verify proof verify proof.json --report report.json --keys cloudtrail-keys.jsonl
  trail-verify report verify report.json --trust auditor.cert.pem

The line begins with GENUINE, REFUSED (the proof is forged, or of another
report) or UNPROVEN (the key is the report's word alone).

Exit codes: 0 GENUINE, and the object is as AWS signed it, 1 GENUINE, and the
object is not intact, 5 REFUSED, 3 UNPROVEN, 2 usage or configuration, 4 the
check failed.
`;

/** An event's id as CloudTrail makes it; others need --event. */
const EVENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Adds `prove`. */
export function addProve(program: Command, run: Run<ProveSettings>): void {
  const command = program
    .command('prove')
    .summary('prove one object or event of a verified trail, in a file small enough to mail')
    .description(
      'Writes a proof that a report counted an object: its line of the inventory, its path to the Merkle root in the report, and the digest file that names it with the signature of AWS; for an event its bytes and its log file as well. Digest files, and the log file of an event, are read once more; the inventory is compared with the report.',
    )
    .argument('[what]', 's3://bucket/key of a digest file or log file, or the id of an event')
    .addHelpText('after', PROVE_EXAMPLES)
    .optionsGroup('What is proven:');
  const options = command
    .requiredOption('--report <file>', 'report.json that verify wrote')
    .option('--inventory <file>', 'its inventory (default: inventory.jsonl.gz next to it)')
    .option('--event <id>', 'prove the event with that eventID (or write the id in place of the object)')
    .option('--log <file or uri>', 'the log file that holds the event: a file as stored, or s3://bucket/key')
    .option('--without-log', 'leave the log file out of the proof of an event')
    .option(
      '--keys <file...>',
      `public keys of CloudTrail from elsewhere, which the proof's must be among (${FILES_RULE})`,
      fileListParser('--keys'),
    );
  const readOutput = outputFileOption(command);
  const sourceOptions = command
    .optionsGroup('Where objects are:')
    .option('--source <folder>', 'copy or evidence bag to read from (default: where the report found them)');
  const readLayout = layoutOptions(command);
  const readAccess = accessOptions(command);
  const readVerbose = verboseOption(command);
  command.action((what) => {
    const { report, inventory, event, log, withoutLog = false, keys = [] } = options.opts();
    const isEvent = what !== undefined && EVENT_ID.test(what);
    if (isEvent && event !== undefined)
      throw new UsageError('two events are named', 'one proof is of one event: give its id once');
    const eventId = isEvent ? what : event;
    const object = isEvent ? undefined : what;
    if (eventId === undefined && log !== undefined)
      throw new UsageError('--log has no event', 'name the object itself, or add --event <id>');
    if (eventId !== undefined && (object === undefined) === (log === undefined))
      throw new UsageError('an event needs its log file, once', 'name it with --log <file or s3 URI>');
    if (eventId === undefined && withoutLog)
      throw new UsageError('--without-log is of use with an event only', 'leave it out');
    const name = log ?? object;
    if (name === undefined)
      throw new UsageError('nothing to prove was named', `give an object, ${EXAMPLE}, or an event and --log`);
    return run({
      subject: readSubject(name, log !== undefined),
      eventId,
      withLog: !withoutLog,
      reportFile: report,
      inventoryFile: inventory,
      source: sourceOptions.opts().source,
      // Without --source it is the report's target, which may be a folder.
      layout: readLayout(true),
      keyFiles: keys,
      output: readOutput(),
      verbose: readVerbose(),
      access: readAccess(),
    });
  });
}

function readSubject(name: string, mayBeFile: boolean): ProveSettings['subject'] {
  const object = parseS3Object(name);
  if (object !== undefined) return object;
  if (mayBeFile && !/^s3:/i.test(name) && name !== '') return { file: name };
  throw new UsageError(`${JSON.stringify(name)} names no object of S3`, EXAMPLE);
}

/** Adds `proof verify`. */
export function addProof(program: Command, run: Run<ProofVerifySettings>): void {
  const command = program
    .command('proof')
    .summary('check a proof')
    .description('Works on proofs that prove has written.')
    .command('verify')
    .summary('check a proof against its report')
    .description(
      "Checks that the report counted the object, that AWS signed the digest file that names it with that very content, and that the event is where the proof says. Needs no network and no inventory. The report's own signature is checked by report verify; whether AWS's key is AWS's, only --keys from another source shows: without it the answer is INCONCLUSIVE.",
    )
    .argument('<proof>', 'the proof')
    .addHelpText('after', VERIFY_EXAMPLES)
    .optionsGroup('What it is held against:');
  const options = command
    .requiredOption('--report <file>', 'the report that it is of')
    .option(
      '--log <file>',
      'the log file as stored: it must be the proven one, and is needed where the proof does not hold it',
    )
    .option(
      '--keys <file...>',
      `public keys of CloudTrail from elsewhere, which the proof's must be among (${FILES_RULE})`,
      fileListParser('--keys'),
    );
  verboseOption(command);
  command.action((file) => {
    const { report, log, keys = [] } = options.opts();
    return run({ file, reportFile: report, logFile: log, keyFiles: keys });
  });
}
