import type { Command } from '@commander-js/extra-typings';
import type { ReportSigner } from '../../pki/sign.ts';
import type { RenderFormat } from '../../render/rendering.ts';
import type { ShardReadings } from '../../scale/shard-results.ts';
import type { FailOn } from '../io/exit.ts';
import {
  type AnyCommand,
  folderParser,
  lastGroup,
  listParser,
  progressOption,
  type Run,
  UsageError,
} from '../options/common.ts';
import { type EngineSettings, engineOptions } from '../options/engine.ts';
import { formParser } from '../options/format.ts';
import { type SigningSettings, signingOptions, signingWhere } from '../options/signing.ts';
import { type StateSettings, stateOptions } from '../options/state.ts';
import { type TargetSettings, targetOptions } from '../options/target.ts';
import { nowOption } from '../options/window.ts';
import { ALSO_FORMATS } from './report-options.ts';

/** The forms of standard output. */
const FORMATS: readonly (RenderFormat | 'text' | 'json' | 'ndjson' | 'none')[] = [
  'text',
  'json',
  'ndjson',
  ...ALSO_FORMATS,
  'none',
];

/** How a run takes files that say what it believes. */
export interface GivenFiles {
  /** Throws CONFIGURATION for a file that the writer of the target can have written. */
  readonly requireOwn: (option: string, file: string) => Promise<void>;
  /** Takes note of one for the report. */
  readonly note: (file: string, bytes: Uint8Array) => void;
}

/** Everything that `verify` was asked for, checked but not yet opened. Times are milliseconds since the epoch. */
export interface VerifySettings extends TargetSettings {
  /** Whether query results of CloudTrail Lake are verified and nothing else; undefined where the target says it. */
  readonly queryResultsOnly?: true | undefined;
  readonly acceptFile: string | undefined;
  readonly output: string | undefined;
  /** Whether a folder of a former run may be replaced; undefined for a command without such an option. */
  readonly force: boolean | undefined;
  /** Whether a report is written; without one, nothing is. */
  readonly report: boolean;
  /** The content of standard output. */
  readonly format: (typeof FORMATS)[number];
  /** Renderings to write next to report.json. */
  readonly also: readonly RenderFormat[];
  readonly signing: SigningSettings;
  readonly record: RecordSettings;
  /** The new folder for an export of the verified events; undefined for none. */
  readonly events: string | undefined;
  /** Whether it names the log files alone. */
  readonly isManifestOnly?: boolean | undefined;
  /** The evidence bag to make of the output folder; undefined for none. */
  readonly bag: BagSettings | undefined;
  /** The state that the run remembers by; undefined for none. */
  readonly state: StateSettings | undefined;
  /** Opens the results of the plan that the run merges, for who signs it; undefined for a run that reads by itself. */
  readonly shards?:
    | ((signer: ReportSigner | undefined, files: GivenFiles) => Promise<ShardReadings>)
    | undefined;
  /** The plan itself, for the record. */
  readonly plan?: { readonly name: string; readonly sha256: string } | undefined;
  /** The engine whose workers read; undefined for a run that reads by itself. */
  readonly engine?: EngineSettings | undefined;
  /** The file for Prometheus's textfile collector; undefined for none. */
  readonly metrics: string | undefined;
  readonly failOn: FailOn;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly progress: boolean | undefined;
  readonly color: boolean;
}

/** The settings of a run that only its events are wanted of. */
export const RUN_FOR_EVENTS: Pick<
  VerifySettings,
  'acceptFile' | 'also' | 'metrics' | 'failOn' | 'record' | 'bag' | 'state' | 'report'
> = {
  report: true,
  acceptFile: undefined,
  also: [],
  metrics: undefined,
  failOn: 'inconclusive',
  record: { operator: undefined, organisation: undefined, caseRef: undefined, supersedes: undefined },
  bag: undefined,
  state: undefined,
};

/** The facts that a report is to give of its own making, as they were given; undefined where they were not. */
export interface RecordSettings {
  readonly operator: string | undefined;
  readonly organisation: string | undefined;
  readonly caseRef: string | undefined;
  readonly supersedes: string | undefined;
}

/** The content of the evidence bag that a run makes. */
export interface BagSettings {
  readonly includeLogs: boolean;
  /** The new `.tar.gz` to write as well; undefined for none. */
  readonly archive: string | undefined;
}

const EXAMPLES = `
As in aws cloudtrail validate-logs: --start-time, --end-time, --account-id,
--s3-bucket, --s3-prefix and --trail-arn are understood; the last can stand in
place of the target.

Write the target before options that take several values: --account 1 2,
--account 1,2 and --account 1 --account 2 are the same, and so it is with every
such option.

Examples:
  trail-verify verify s3://my-trail-bucket/prefix --from 2026-11-01 --to 2026-12-01
  trail-verify verify arn:aws:cloudtrail:us-east-1:111122223333:trail/my-trail --from 30d
  trail-verify verify ./copy --keys cloudtrail-keys.jsonl
  trail-verify verify ./bag --layout bag --keys cloudtrail-keys.jsonl
  trail-verify verify s3://replica --relocated original=replica --profile audit
  trail-verify verify s3://my-trail-bucket --from 36h --format markdown >> "$GITHUB_STEP_SUMMARY"
  trail-verify verify s3://my-trail-bucket --from 30d --also html,junit
  trail-verify verify s3://my-trail-bucket --from 30d --accept accepted.json
  trail-verify verify s3://my-results-bucket --query-results
  trail-verify verify s3://my-trail-bucket --from 30d --output bag --bag --archive bag.tar.gz
  trail-verify verify s3://my-trail-bucket --from 30d --events ./events
  trail-verify verify s3://my-trail-bucket --sign-key auditor.key.pem --sign-cert auditor.cert.pem --tsa http://timestamp.example.com
  trail-verify verify s3://my-trail-bucket --state s3://audit-state/trail-verify.json --recheck-sample 1%
  trail-verify verify s3://my-trail-bucket --month 2026-10 --engine bullmq --store redis://10.0.0.5:6379 --plan s3://audit-runs/2026-10

Exit codes: 0 VALID, 1 INVALID, 2 usage or configuration, 3 INCONCLUSIVE, 4 the
run failed.
`;

/** Adds `verify`. */
export function addVerify(program: Command, run: Run<VerifySettings>): void {
  const command = program
    .command('verify')
    .summary('verify every digest and log file of a bucket, a trail or a folder')
    .description(
      'Finds every digest chain in the target, proves each digest and each log file against the public keys of CloudTrail, and says VALID, INVALID or INCONCLUSIVE.',
    )
    .argument('[target]', 's3://bucket[/prefix], a trail ARN, or a folder that mirrors a bucket')
    .addHelpText('after', EXAMPLES);
  const target = targetOptions(command);
  const readQueries = queriesOption(command);
  const readResults = resultsOptions(command);
  const readSigning = signingOptions(command);
  const readBag = bagOptions(command);
  const readState = stateOptions(command);
  const readEngine = engineOptions(command);
  const readRecord = recordOptions(command);
  const readDisplay = displayOptions(command);
  lastGroup(command);
  const readNow = nowOption(command);

  command.action((place) => {
    const machineTime = Date.now();
    const now = readNow(machineTime);
    const what = target.read(place, now ?? machineTime);
    const bag = readBag(what.logs);
    const state = readState({ ...what, hasEnd: what.to !== undefined }, now ?? machineTime);
    const results = readResults();
    requireAllLogs(results.events, what.logs, state);
    const queryResultsOnly = readQueries({ ...what, ...results, state });
    const engine = readEngine();
    if (engine !== undefined) requireReadHere({ ...results, queryResultsOnly, bag });
    const signing = readSigning();
    if (!results.report) requireNothingWritten({ ...results, bag, state, signing });
    if (bag !== undefined && state !== undefined) {
      throw new UsageError(
        '--state and an evidence bag contradict each other',
        'a bag must hold all that its verdict rests on, and a checkpoint is no evidence: make the bag without --state',
      );
    }
    return run({
      ...what,
      ...results,
      queryResultsOnly,
      ...readDisplay(),
      // A signature is over a report, over a state, or over the plan of an engine.
      signing: signingWhere(results.report || state !== undefined || engine !== undefined, signing),
      record: readRecord(),
      bag,
      state,
      engine,
      now,
    });
  });
}

/** Throws UsageError for options that need the bytes of every object, which workers read and nobody sends on. */
function requireReadHere({
  queryResultsOnly,
  events,
  bag,
}: Pick<VerifySettings, 'queryResultsOnly' | 'events' | 'bag'>): void {
  const [other] = [
    ...(queryResultsOnly === undefined ? [] : ['--query-results']),
    ...(events === undefined ? [] : ['--events']),
    ...(bag === undefined ? [] : ['--bag']),
  ];
  if (other === undefined) return;
  throw new UsageError(
    `--engine and ${other} contradict each other`,
    'it needs the bytes of each object: verify on one machine for it',
  );
}

/** The reader throws UsageError for options that ask for something of a trail. */
function queriesOption(
  command: AnyCommand,
): (asked: Pick<VerifySettings, 'expectFile' | 'trails' | 'trail' | 'events' | 'state'>) => true | undefined {
  const options = command
    .optionsGroup('What is checked:')
    .option('--query-results', 'verify the query results of CloudTrail Lake alone, and no trail');
  return ({ expectFile, trails, trail, events, state }) => {
    const { queryResults } = options.opts();
    if (queryResults === undefined) return undefined;
    const [other] = [
      ...(expectFile === undefined ? [] : ['--expect']),
      ...(trails.length === 0 ? [] : ['--trail']),
      ...(trail === undefined ? [] : ['a trail ARN']),
      ...(events === undefined ? [] : ['--events']),
      ...(state === undefined ? [] : ['--state']),
    ];
    if (other === undefined) return queryResults;
    throw new UsageError(
      `--query-results and ${other} contradict each other`,
      'query results belong to no trail, and hold no log files: give one of them',
    );
  };
}

/** The options of what comes of a run. */
export function resultsOptions(
  command: AnyCommand,
  { exportsEvents = true }: { readonly exportsEvents?: boolean } = {},
): () => Pick<
  VerifySettings,
  'output' | 'force' | 'report' | 'events' | 'format' | 'also' | 'metrics' | 'acceptFile' | 'failOn'
> {
  const options = command
    .optionsGroup('Results:')
    .option(
      '--output <dir>',
      'new or empty folder for report.json (default: ./trail-verify-<UTC time>)',
      folderParser('--output', insteadOfFile),
    )
    .option(
      '--force',
      `replace what a former run wrote to the ${exportsEvents ? 'folders of --output and --events' : 'folder of --output'}`,
    )
    .option('--no-report', 'write nothing: no report, no folder and no signature')
    .addOption(
      command
        .createOption('--format <format>', 'form of standard output')
        .choices(FORMATS)
        .argParser(formParser('--format', FORMATS))
        .default('text' as const),
    )
    .option(
      '--also <forms>',
      `renderings to write next to report.json: ${ALSO_FORMATS.join(',')}`,
      listParser('--also', { check: formParser('--also', ALSO_FORMATS) }),
    );
  const readEvents = exportsEvents ? eventsOption(command) : undefined;
  const more = command
    .option('--metrics <file>', "file of metrics for Prometheus's textfile collector; replaced")
    .option('--accept <file>', 'JSON file of unproven findings to accept, each with reason, name and expiry')
    .addOption(
      command
        .createOption('--fail-on <verdict>', 'verdicts that exit non-zero')
        .choices(['invalid', 'inconclusive'])
        .default('inconclusive' as const),
    );
  return () => {
    const { output, force = false, report, format, also = [] } = options.opts();
    const { metrics, accept, failOn } = more.opts();
    const forms = [...new Set(also)].map(formParser('--also', ALSO_FORMATS));
    return {
      output,
      force,
      report,
      events: readEvents?.(),
      format,
      also: forms,
      metrics,
      acceptFile: accept,
      failOn,
    };
  };
}

function eventsOption(command: AnyCommand): () => string | undefined {
  const options = command.option(
    '--events <dir>',
    'new or empty folder for the verified events, to be asked by trail-verify query',
    folderParser('--events', () => 'give a folder; trail-verify query asks it and writes answers as files'),
  );
  return () => options.opts().events;
}

/** The words for somebody who gives a file where the folder of the results goes. */
function insteadOfFile(form: string, stem: string | undefined): string {
  if (stem === undefined)
    return 'standard output has what --format says, such as --format json; --output is the folder of the report';
  const folder = stem === '' ? 'result' : stem;
  if (form === 'pdf') return `a page to be printed as PDF, in a folder: --also html --output ${folder}`;
  if (form === 'archive')
    return `an archive is made of an evidence bag: --bag --archive FILE --output ${folder}`;
  if (form === 'json') return `report.json is always in the folder: --output ${folder}`;
  const also = ALSO_FORMATS.find((known) => known === form);
  if (also !== undefined) return `a folder that holds it: --also ${also} --output ${folder}`;
  const printed = FORMATS.find((known) => known === form) ?? 'text';
  return `give a folder; --format ${printed} on standard output can go into a file`;
}

/** Throws UsageError for options that need the folder of a report, and for a signature of nothing. */
export function requireNothingWritten({
  output,
  events,
  also,
  force,
  bag,
  state,
  signing,
}: Pick<VerifySettings, 'output' | 'events' | 'also' | 'force' | 'bag' | 'state' | 'signing'>): void {
  const { signer, timestamp, bundle } = signing;
  const isSigned = signer.kind !== 'local' && signer.kind !== 'nobody';
  const [other] = [
    ...(output === undefined ? [] : ['--output']),
    ...(events === undefined ? [] : ['--events']),
    ...(also.length === 0 ? [] : ['--also']),
    ...(bag === undefined ? [] : ['--bag']),
    ...(force ? ['--force'] : []),
    ...(timestamp === undefined ? [] : ['--tsa']),
    ...(bundle ? ['--also-sign'] : []),
    ...(isSigned && state === undefined ? ['an option that says who signs'] : []),
  ];
  if (other === undefined) return;
  throw new UsageError(`--no-report and ${other} contradict each other`, 'give one of them');
}

/** Throws UsageError where not every log file of the window would be read, because an export without some of them would answer wrongly. */
function requireAllLogs(events: string | undefined, logs: boolean, state: StateSettings | undefined): void {
  if (events === undefined) return;
  if (!logs) throw new UsageError('--events and --no-logs contradict each other', 'give one of them');
  if (state !== undefined) {
    throw new UsageError(
      '--events and --state contradict each other',
      'log files that earlier runs have verified are not read again: export the events without --state',
    );
  }
}

/** The reader returns undefined where no bag is to be made; `logs` is whether log files are read. It throws UsageError for options that need a bag. */
function bagOptions(command: AnyCommand): (logs: boolean) => BagSettings | undefined {
  const options = command
    .optionsGroup('Evidence bag:')
    .option(
      '--bag',
      'make the output folder an evidence bag: all that the verdict rests on, for anyone to check',
    )
    .option('--include-logs', 'put the log files into the bag as well')
    .option('--archive <file>', 'write the bag as one .tar.gz too; must not exist yet');
  return (logs) => {
    const { bag = false, includeLogs = false, archive } = options.opts();
    if (!bag) {
      const [lost] = [
        ...(includeLogs ? ['--include-logs'] : []),
        ...(archive === undefined ? [] : ['--archive']),
      ];
      if (lost === undefined) return undefined;
      throw new UsageError(`${lost} is of use with --bag only`, 'add --bag');
    }
    if (includeLogs && !logs)
      throw new UsageError('--include-logs and --no-logs contradict each other', 'give one of them');
    return { includeLogs, archive };
  };
}

/** Names and references are one line each; a report is no place for more. */
const LONGEST_LINE = 500;

/** The options of the record that a report gives of its own making. */
export function recordOptions(command: AnyCommand): () => RecordSettings {
  const options = command
    .optionsGroup('Record of the examination:')
    .option('--examiner <name>', 'who examines, for the report', lineParser('--examiner'))
    .option('--organisation <name>', 'for whom', lineParser('--organisation'))
    .option('--case <reference>', 'case or matter that the report belongs to', lineParser('--case'))
    .option('--supersedes <id>', 'id of the report that this one replaces', lineParser('--supersedes'));
  return () => {
    const { examiner, organisation, case: caseRef, supersedes } = options.opts();
    return { operator: examiner, organisation, caseRef, supersedes };
  };
}

function lineParser(option: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== '' && text.length <= LONGEST_LINE && !/\p{Cc}/u.test(text)) return text;
    throw new UsageError(`${option} is not one line of text`, `for example ${option} "Example"`);
  };
}

/** The options of what is shown. */
export function displayOptions(
  command: AnyCommand,
): () => Pick<VerifySettings, 'quiet' | 'verbose' | 'progress' | 'color'> {
  const options = command
    .optionsGroup('What is shown:')
    .option('--quiet', 'print nothing where the verdict is VALID, and else the verdict alone')
    .option('--verbose', 'print every chain, every finding and every limit, and not one screen')
    .option('--no-color', 'print without colour (NO_COLOR is honoured as well)');
  const readProgress = progressOption(command);
  return () => {
    const { quiet = false, verbose = false, color } = options.opts();
    if (quiet && verbose)
      throw new UsageError('--quiet and --verbose contradict each other', 'give one of them, or neither');
    return { quiet, verbose, progress: readProgress(), color };
  };
}
