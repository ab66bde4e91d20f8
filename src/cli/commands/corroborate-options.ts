import { statSync } from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { type EventDataStore, readEventDataStoreArn } from '../../aws/event-data-store.ts';
import { WITNESSES, type WitnessKind } from '../../witness/kinds.ts';
import type { ReportPlaces } from '../io/report-objects.ts';
import type { AccessSettings } from '../options/access.ts';
import { folderParser, lastGroup, progressOption, type Run, UsageError } from '../options/common.ts';
import { formParser } from '../options/format.ts';
import { type SigningSettings, signingOptions, signingWhere } from '../options/signing.ts';
import { type TargetSettings, targetOptions } from '../options/target.ts';
import { nowOption } from '../options/window.ts';

const FORMATS = ['text', 'json'] as const;

/** What witnesses are asked about: a report, or that of a target which is verified first. */
export type AskedReport =
  | ({ readonly kind: 'report' } & Omit<ReportPlaces, 'access'>)
  | { readonly kind: 'target'; readonly target: Omit<TargetSettings, 'now'>; readonly folder: string };

/** The settings of `corroborate`. Times are milliseconds since the epoch. */
export interface CorroborateSettings {
  readonly asked: AskedReport;
  /** Who is asked, each once. */
  readonly witnesses: readonly WitnessKind[];
  /** The event data store that the witness `lake` is; undefined for the query results that the report has verified. */
  readonly eventDataStore: EventDataStore | undefined;
  /** Whether the whole window is asked about, and not only the times that the report lacks. */
  readonly all: boolean;
  /** The name of the role that is assumed in accounts other than the caller's. */
  readonly memberRole: string | undefined;
  /** The new folder for the document and the events; undefined for standard output alone. */
  readonly output: string | undefined;
  readonly format: (typeof FORMATS)[number];
  /** The clock that --now stops; undefined for the machine's. */
  readonly now: number | undefined;
  readonly access: AccessSettings;
  readonly signing: SigningSettings;
  readonly progress: boolean | undefined;
  readonly verbose: boolean;
}

const EXAMPLES = `
Examples:
  trail-verify verify s3://my-trail-bucket --from 7d --output result
  trail-verify corroborate result/report.json --output witness
    trail-verify corroborate s3://my-trail-bucket --from 7d --output result
  trail-verify corroborate result/report.json --all --member-role Auditor --output witness
  trail-verify corroborate result/report.json --with event-history,cloudwatch-logs --output witness
  trail-verify corroborate result/report.json --with lake --event-data-store \\
    arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/7b1b0a8a-1111-2222-3333-444455556666

recovered.jsonl has one event a line, with the gap or file that it belongs to.
"trail-verify evidence add" puts the folder into the evidence bag of the report.
A target is verified into the folder of --output, and the answer is in its
folder witness.

Exit codes: that of the report's verdict, 0 VALID, 1 INVALID, 3 INCONCLUSIVE; 3
as well where the report is VALID and the witness does not agree with it or did
not answer; 5 the report contradicts itself or its signature, or the inventory
or a log file is not the report's; 2 usage or configuration, 4 the run failed.
`;

/** Adds `corroborate`. */
export function addCorroborate(program: Command, run: Run<CorroborateSettings>): void {
  const command = program
    .command('corroborate')
    .summary('ask a second witness what a gap or a missing file held')
    .description(
      'Asks the event history of each account and Region, which an intruder on the bucket cannot reach, about the times that a report lacks: time that no digest proves, and log files that are missing, changed or unread. Events that no proven log file holds are recovered; those that a proven log file holds as well are compared field by field. The witness cloudwatch-logs is asked in the same way: the log group that a trail also sends to, which has data events as well. Witnesses are the word of AWS, unsigned: they never change the verdict.',
    )
    .argument(
      '<report or target>',
      'report.json that verify wrote; or a target to verify first, into the same folder',
    )
    .addHelpText('after', EXAMPLES)
    .optionsGroup('What is asked:');
  const options = command
    .option(
      '--with <witnesses>',
      `who is asked, separated by commas: ${WITNESSES.join(', ')} (default: event-history)`,
      parseWitnesses,
    )
    .option(
      '--event-data-store <arn>',
      'store of CloudTrail Lake for --with lake; AWS charges for each query (default: query results that the report has verified)',
      parseEventDataStore,
    )
    .option('--all', 'ask about the whole window, and not only about what the report lacks')
    .option('--member-role <name>', "role to assume in accounts other than the caller's own", parseRoleName)
    .option('--inventory <file>', "the report's inventory (default: inventory.jsonl.gz next to it)");
  const readNow = nowOption(command);
  const results = command
    .optionsGroup('Results:')
    .option(
      '--output <folder>',
      'new folder for corroboration.json, recovered.jsonl and the signature',
      folderParser('--output', () => 'give a new or empty folder'),
    )
    .option(
      '--format <format>',
      `form of standard output: ${FORMATS.join(' or ')}`,
      formParser('--format', FORMATS),
    );
  const readProgress = progressOption(command);
  const sourceOptions = command
    .optionsGroup('Where log files are:')
    .option('--source <folder>', 'copy or evidence bag to read from (default: where the report found them)');
  const own = new Set(command.options.map(({ long }) => long));
  const target = targetOptions(command);
  const ofTargets = command.options.filter(({ long }) => !own.has(long) && !OF_REPORTS.has(long ?? ''));
  const readSigning = signingOptions(command);
  lastGroup(command);
  command.option('--verbose', 'print the stack of an error');
  command.action((what) => {
    const machineTime = Date.now();
    const now = readNow(machineTime);
    const {
      all = false,
      memberRole,
      inventory,
      eventDataStore,
      with: witnesses = ['event-history' as const],
    } = options.opts();
    if (eventDataStore !== undefined && !witnesses.includes('lake'))
      throw new UsageError('--event-data-store is for the witness lake alone', 'add --with lake');
    const { output, format = 'text' } = results.opts();
    const { source } = sourceOptions.opts();
    const ask = (asked: AskedReport, access: AccessSettings): Promise<void> =>
      run({
        asked,
        witnesses,
        eventDataStore,
        all,
        memberRole,
        output,
        format,
        now,
        access,
        // Without a folder nothing is written that could be signed.
        signing: signingWhere(output !== undefined, readSigning()),
        progress: readProgress(),
        verbose: command.getOptionValue('verbose') === true,
      });
    if (isFile(what)) {
      const lost = ofTargets.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
      if (lost !== undefined)
        throw new UsageError(
          `${lost.long} says how a target is verified, and ${JSON.stringify(what)} is a report`,
          'leave it out, or verify the target with it',
        );
      const places = { reportFile: what, inventoryFile: inventory, source, layout: target.layout() };
      return ask({ kind: 'report', ...places }, target.access());
    }
    for (const [option, value] of [
      ['--inventory', inventory],
      ['--source', source],
    ])
      if (value !== undefined) throw new UsageError(`${option} is of use with a report only`, 'leave it out');
    if (output === undefined)
      throw new UsageError(
        `${JSON.stringify(what)} is verified first, and its report is in no folder`,
        'give a new folder with --output, or the report.json of a run that was made before',
      );
    const verified = target.read(what, now ?? machineTime);
    if (!verified.logs)
      throw new UsageError('--no-logs leaves nothing to hold events against', 'leave it out');
    return ask({ kind: 'target', target: verified, folder: output }, verified.access);
  });
}

/** Options of a target that say as well how the log files of a report are read. */
const OF_REPORTS: ReadonlySet<string> = new Set([
  '--layout',
  '--bucket',
  '--copy-of',
  '--endpoint-url',
  '--profile',
  '--role-arn',
  '--request-payer',
]);

function isFile(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isFile() === true;
}

function parseWitnesses(text: string): readonly WitnessKind[] {
  const named = text.split(',').map((name): WitnessKind => {
    const kind = WITNESSES.find((one) => one === name.trim());
    if (kind !== undefined) return kind;
    throw new UsageError(
      `--with: ${JSON.stringify(name)} is no witness`,
      `there are ${WITNESSES.join(', ')}`,
    );
  });
  return [...new Set(named)];
}

function parseEventDataStore(text: string): EventDataStore {
  const store = readEventDataStoreArn(text);
  if (store !== undefined) return store;
  throw new UsageError(
    `--event-data-store: ${JSON.stringify(text)} is not the ARN of an event data store`,
    'it is like arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/ and a UUID; "aws cloudtrail list-event-data-stores" shows them',
  );
}

/** A role's name, without or with its path (IAM user guide, "IAM and AWS STS quotas"). */
function parseRoleName(text: string): string {
  if (/^(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(text)) return text;
  throw new UsageError(
    `--member-role: ${JSON.stringify(text)} is not the name of a role`,
    'give the name that it has in every account, for example --member-role OrganizationAuditor',
  );
}
