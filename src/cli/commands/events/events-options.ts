import type { Command } from '@commander-js/extra-typings';
import { lastGroup, progressOption, type Run, UsageError, verboseOption } from '../../options/common.ts';
import { parseS3Place } from '../../options/place.ts';
import {
  type SigningSettings,
  signingOptions,
  type TrustSettings,
  trustOptions,
} from '../../options/signing.ts';
import { type TargetSettings, targetOptions } from '../../options/target.ts';
import { nowOption } from '../../options/window.ts';

/** The settings of `events export`. */
export interface EventsExportSettings extends TargetSettings {
  readonly folder: string;
  readonly isManifestOnly: boolean;
  readonly force: boolean;
  readonly signing: SigningSettings;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly progress: boolean | undefined;
  readonly color: boolean;
}

/** The settings of `events check`. */
export interface EventsCheckSettings extends TrustSettings {
  readonly folder: string;
  /** The report that the export must be of; undefined for the one in its folder. */
  readonly reportFile: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The settings of `events ddl`. */
export interface EventsDdlSettings {
  readonly folder: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly engine: 'athena' | 'trino';
  readonly database: string;
  readonly catalog: string | undefined;
  /** The table of all log files that is there already; undefined for the table of the export alone. */
  readonly logsTable: { readonly database: string | undefined; readonly table: string } | undefined;
}

/** The settings of `events connect`. */
export interface EventsConnectSettings {
  readonly folder: string;
  readonly output: string;
  readonly now: number;
}

/** What the commands run. */
export interface EventsRuns {
  readonly export: Run<EventsExportSettings>;
  readonly check: Run<EventsCheckSettings>;
  readonly ddl: Run<EventsDdlSettings>;
  readonly connect: Run<EventsConnectSettings>;
}

const EXAMPLES = `
Examples:
  trail-verify events export s3://my-trail-bucket ./events --from 30d
  trail-verify events check ./events --trust auditor.cert.pem
  trail-verify events connect ./events --output events.duckdb
  trail-verify events ddl ./events --location s3://my-evidence/cloudtrail
`;

/** Adds `events` with its commands. */
export function addEvents(program: Command, runs: EventsRuns): void {
  const events = program
    .command('events')
    .summary('export verified events, and hand them to other programs')
    .description(
      'An export is a folder of Parquet files: the events of log files that were proven, parsed from the very bytes that were judged, and of no others. trail-verify query asks it.',
    )
    .addHelpText('after', EXAMPLES);
  addExport(events, runs.export);
  addCheck(events, runs.check);
  addDdl(events, runs.ddl);
  addConnect(events, runs.connect);
}

const EXPORT_EXAMPLES = `
The report of the run is in the folder as well. verify --events does the same,
and all else that verify can do.

Examples:
  trail-verify events export s3://my-trail-bucket/prefix ./events --from 2026-11-01 --to 2026-12-01
  trail-verify events export ./copy ./events --keys cloudtrail-keys.jsonl
  trail-verify events export s3://my-trail-bucket ./manifest --manifest-only

Exit codes: those of verify.
`;

function addExport(events: Command, run: Run<EventsExportSettings>): void {
  const command = events
    .command('export')
    .summary('verify a target, and export its events')
    .description(
      'Verifies a target as verify does, and writes the events of the log files that agree with their digests to Parquet, by account, Region and day.',
    )
    .argument('<target>', 's3://bucket[/prefix], a trail ARN, or a folder that mirrors a bucket')
    .argument('<folder>', 'new or empty folder for report and events')
    .addHelpText('after', EXPORT_EXAMPLES);
  const options = command
    .option('--manifest-only', 'name the verified log files alone, for Athena to read them where they are')
    .option('--force', 'replace the export of a former run in that folder');
  const target = targetOptions(command);
  const readSigning = signingOptions(command);
  const display = command
    .optionsGroup('What is shown:')
    .option('--quiet', 'print the verdict only')
    .option('--verbose', 'print every chain and more objects of each finding')
    .option('--no-color', 'print without colour (NO_COLOR is honoured as well)');
  const readProgress = progressOption(command);
  lastGroup(command);
  const readNow = nowOption(command);
  command.action((place, folder) => {
    const machineTime = Date.now();
    const now = readNow(machineTime);
    const what = target.read(place, now ?? machineTime);
    if (!what.logs) throw new UsageError('--no-logs leaves nothing to export', 'leave it out');
    const { quiet = false, verbose = false, color } = display.opts();
    return run({
      ...what,
      folder,
      isManifestOnly: options.opts().manifestOnly ?? false,
      force: options.opts().force ?? false,
      signing: readSigning(),
      quiet,
      verbose,
      progress: readProgress(),
      color,
      now,
    });
  });
}

const CHECK_EXAMPLES = `
Examples:
  trail-verify events check ./events --trust auditor.cert.pem
  trail-verify events check ./events --trust auditor.cert.pem --report report.json
  openssl cms -verify -binary -inform DER -in events.json.p7s -content events.json -CAfile auditor.cert.pem -out /dev/null

The line begins with GENUINE (as a trusted signer signed it, and of its report),
REFUSED (changed, or of another report) or UNPROVEN (not signed, nobody trusted).

Exit codes: of a GENUINE export those of its report's verdict, 0 VALID, 1
INVALID, 3 INCONCLUSIVE; 5 REFUSED, 3 UNPROVEN, 2 usage or configuration, 4 the
check failed.
`;

function addCheck(events: Command, run: Run<EventsCheckSettings>): void {
  const command = events
    .command('check')
    .summary('check that an export is whole, unchanged and of its report')
    .description(
      'Checks the signature of events.json, the hash of every file that it names, that no other files are among them, and that the report is the one that the events are proven by. Prints one line.',
    )
    .argument('<folder>', 'folder of the export')
    .addHelpText('after', CHECK_EXAMPLES);
  const options = command.option(
    '--report <file>',
    'report.json that the export must be of (default: the one in its folder)',
  );
  const readTrust = trustOptions(command);
  verboseOption(command);
  const readNow = nowOption(command);
  command.action((folder) => {
    const machineTime = Date.now();
    const now = readNow(machineTime) ?? machineTime;
    return run({ folder, reportFile: options.opts().report, ...readTrust(), now });
  });
}

const DDL_EXAMPLES = `
Examples:
  trail-verify events ddl ./events --location s3://my-evidence/cloudtrail --database security
  trail-verify events ddl ./events --location s3://my-evidence/cloudtrail --logs-table cloudtrail_logs
  trail-verify events ddl ./events --location s3://my-evidence/cloudtrail --engine trino --catalog hive
`;

function addDdl(events: Command, run: Run<EventsDdlSettings>): void {
  const command = events
    .command('ddl')
    .summary('print the statements that make an export a table of Athena or Trino')
    .description(
      'Prints the table of an export that was copied to S3; with --logs-table also the manifest, and a view of the CloudTrail table that is there already which has only events of verified log files.',
    )
    .argument('<folder>', 'folder of the export')
    .requiredOption('--location <s3-url>', 's3://bucket/prefix that the folder was copied to', parseLocation)
    .addOption(
      events
        .createOption('--engine <name>', 'whose words')
        .choices(['athena', 'trino'])
        .default('athena' as const),
    )
    .option('--database <name>', 'database of the tables', 'default')
    .option('--catalog <name>', 'catalog of Trino (default: hive)')
    .option(
      '--logs-table <name>',
      'table of all log files, such as cloudtrail_logs or database.table',
      parseTable,
    )
    .addHelpText('after', DDL_EXAMPLES);
  verboseOption(command);
  command.action((folder, options) => {
    const { location, engine, database, catalog, logsTable } = options;
    if (catalog !== undefined && engine !== 'trino')
      throw new UsageError('--catalog is of use with --engine trino only', 'leave it out');
    return run({ folder, ...location, engine, database, catalog, logsTable });
  });
}

function parseLocation(text: string): { readonly bucket: string; readonly prefix: string } {
  const place = parseS3Place(text, '--location');
  return { bucket: place.bucket, prefix: place.prefix.replace(/\/$/, '') };
}

function parseTable(text: string): { readonly database: string | undefined; readonly table: string } {
  const [table = '', database, ...more] = text.split('.').reverse();
  if (table !== '' && database !== '' && more.length === 0) return { database, table };
  throw new UsageError(
    `--logs-table: ${JSON.stringify(text)} is no name of a table`,
    'for example --logs-table cloudtrail_logs or --logs-table security.cloudtrail_logs',
  );
}

const CONNECT_EXAMPLES = `
Examples:
  trail-verify events connect ./events --output events.duckdb
  duckdb events.duckdb "SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1 ORDER BY 2 DESC"

The database reads the files of the export where they are. It checks no hash:
trail-verify events check does.
`;

function addConnect(events: Command, run: Run<EventsConnectSettings>): void {
  const command = events
    .command('connect')
    .summary('write a DuckDB database over an export, for any client of DuckDB')
    .description(
      'Checks an export, and writes a small database file with its views: cloudtrail_logs as in Athena, lake_events as in CloudTrail Lake.',
    )
    .argument('<folder>', 'folder of the export')
    .option('--output <file>', 'file to write; must not exist yet', 'events.duckdb')
    .addHelpText('after', CONNECT_EXAMPLES);
  verboseOption(command);
  const readNow = nowOption(command);
  command.action((folder, { output }) => {
    const machineTime = Date.now();
    return run({ folder, output, now: readNow(machineTime) ?? machineTime });
  });
}
