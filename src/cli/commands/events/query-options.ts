import type { Command } from '@commander-js/extra-typings';
import {
  type AnyCommand,
  countParser,
  FILES_RULE,
  fileListParser,
  folderParser,
  lastGroup,
  type Run,
  repeatable,
  UsageError,
} from '../../options/common.ts';
import { formParser } from '../../options/format.ts';
import { type SigningSettings, signingOptions } from '../../options/signing.ts';
import { type TargetSettings, targetOptions } from '../../options/target.ts';
import { nowOption } from '../../options/window.ts';

const FORMATS = ['text', 'ndjson', 'markdown', 'html', 'csv', 'parquet'] as const;

/** The forms of an answer: all that people read, and a file of Parquet. */
export type AnswerForm = (typeof FORMATS)[number];

/** What is asked: a statement, a file of one, or a named query with its parameters. */
export type Question =
  | { readonly kind: 'text'; readonly sql: string }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'named'; readonly name: string; readonly parameters: Readonly<Record<string, string>> };

/** Of what it is asked: an export, or a target that is verified first. */
export type Asked =
  | {
      readonly kind: 'export';
      readonly folder: string;
      readonly trustFiles: readonly string[];
      /** The folder that `corroborate` wrote about the report of the export; undefined for none. */
      readonly corroboration: string | undefined;
    }
  | { readonly kind: 'target'; readonly target: Omit<TargetSettings, 'now'> };

/** Everything that `query` was asked for. Times are milliseconds since the epoch. */
export interface QuerySettings {
  readonly question: Question;
  readonly asked: Asked;
  /** The time of the events that are asked, by eventTime; of an export alone. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly access: TargetSettings['access'];
  readonly signing: SigningSettings;
  readonly form: AnswerForm;
  /** The columns of the chart; undefined for none. */
  readonly chart: { readonly label?: string | undefined; readonly value?: string | undefined } | undefined;
  /** Rows that are shown at most; undefined for all. */
  readonly limit: number | undefined;
  /** The new folder for the answer and its signed record; undefined for standard output alone. */
  readonly output: string | undefined;
  /** Whether that folder may replace one of a former run. */
  readonly force: boolean;
  readonly now: number | undefined;
  readonly verbose: boolean;
  readonly color: boolean;
}

const EXAMPLES = `
Two dialects, so that queries can be brought along: cloudtrail_logs has the
columns of Athena's CloudTrail table; FROM $EDS_ID or an event data store's id
means lake_events, which has those of CloudTrail Lake.

Examples:
  trail-verify verify s3://my-trail-bucket --from 30d --events ./events
  trail-verify query "SELECT eventname, count(*) AS calls FROM cloudtrail_logs GROUP BY 1 ORDER BY 2 DESC" --events ./events
  trail-verify query --list
  trail-verify query --name root-use --events ./events
  trail-verify query --name dynamodb-table-calls --param table=Orders --events ./events --output ./answer
  trail-verify query --name dynamodb-calls --events ./events --chart > calls.html
  trail-verify query --file question.sql ./copy --keys cloudtrail-keys.jsonl
  trail-verify query "SELECT eventtime, eventname FROM witness_events" --events ./events --corroboration ./witness

witness_events has what corroborate recovered from a witness: unsigned, not
verified, and in no other table. --trust names who must have signed that, too.

Exit codes: those of the verification that the events are from: 0 VALID, 1
INVALID, 3 INCONCLUSIVE; 5 where the export or the corroboration was changed,
2 for a question that cannot be asked, 4 where it could not be answered.
`;

/** Adds `query`; `list` prints the named queries. */
export function addQuery(program: Command, run: Run<QuerySettings>, list: Run<void>): void {
  const command = program
    .command('query')
    .summary('ask the verified events, in SQL')
    .description(
      'Asks the events of log files that were proven, and of no others: those of an export that verify --events has made, or of a target, which is verified first. A question is one SELECT.',
    )
    .argument('[question]', 'a SELECT; left out with --file, --name and --list')
    .argument('[target]', 's3://bucket[/prefix], a trail ARN, or a folder, to verify first')
    .addHelpText('after', EXAMPLES);
  const readQuestion = questionOptions(command);
  const readAnswer = answerOptions(command);
  const own = new Set(command.options.map(({ long }) => long));
  const target = targetOptions(command);
  const ofTargets = command.options.filter(({ long }) => !own.has(long) && !ALWAYS.has(long ?? ''));
  const readSigning = signingOptions(command);
  const display = command
    .optionsGroup('What is shown:')
    .option('--verbose', 'print the stack of an error')
    .option('--no-color', 'print without colour (NO_COLOR is honoured as well)');
  lastGroup(command);
  const readNow = nowOption(command);
  command.action((first, second) => {
    const machineTime = Date.now();
    const now = readNow(machineTime);
    const asked = readQuestion(first, second);
    if (asked === 'list') return list();
    const { verbose = false, color } = display.opts();
    const common = { ...readAnswer(), signing: readSigning(), question: asked.question, now, verbose, color };
    if (asked.events === undefined) {
      const what = target.read(asked.target, now ?? machineTime);
      if (!what.logs) throw new UsageError('--no-logs leaves nothing to ask', 'leave it out');
      return run({
        ...common,
        asked: { kind: 'target', target: what },
        access: what.access,
        from: undefined,
        to: undefined,
      });
    }
    const lost = ofTargets.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
    if (lost !== undefined) {
      throw new UsageError(
        `${lost.long} says how a target is verified, and the events of --events are verified already`,
        'leave it out, or say in the question which events are meant',
      );
    }
    const { folder, trustFiles, corroboration } = asked.events;
    return run({
      ...common,
      ...target.window(now ?? machineTime),
      asked: { kind: 'export', folder, trustFiles, corroboration },
      access: target.access(),
    });
  });
}

/** Options that mean something without a target as well: the time of events, and the way to a key of KMS. */
const ALWAYS: ReadonlySet<string> = new Set([
  '--from',
  '--to',
  '--month',
  '--start-time',
  '--end-time',
  '--endpoint-url',
  '--profile',
  '--role-arn',
]);

interface Read {
  readonly question: Question;
  readonly target: string | undefined;
  readonly events: Omit<Extract<Asked, { readonly kind: 'export' }>, 'kind'> | undefined;
}

function questionOptions(
  command: AnyCommand,
): (first: string | undefined, second: string | undefined) => Read | 'list' {
  const options = command
    .optionsGroup('What is asked, and of what:')
    .option('--events <dir>', 'folder of an export that verify --events has made')
    .option(
      '--corroboration <dir>',
      'folder that corroborate wrote about the report of the export: table witness_events, unsigned',
    )
    .option('--file <file>', 'file that holds the SELECT')
    .option('--name <name>', 'named query, in place of a SELECT')
    .option(
      '--param <name=value>',
      'parameter of the named query (may be repeated)',
      repeatable(parseParameter),
    )
    .option('--list', 'print the named queries and their parameters')
    .option(
      '--trust <file>',
      `certificate of whom the export and the corroboration must be signed by, or an authority's (may be repeated; ${FILES_RULE})`,
      fileListParser('--trust'),
    );
  return (first, second) => {
    const { events, corroboration, file, name, param, list = false, trust = [] } = options.opts();
    if (list) {
      if (first === undefined && file === undefined && name === undefined) return 'list';
      throw new UsageError('--list asks nothing', 'leave the question out');
    }
    if (file !== undefined && name !== undefined)
      throw new UsageError('--file and --name both say what is asked', 'give one of them');
    if (param !== undefined && name === undefined)
      throw new UsageError('--param is of use with --name only', 'write the value into the question');
    const isElsewhere = file !== undefined || name !== undefined;
    if (isElsewhere && second !== undefined)
      throw new UsageError('there is a question twice', 'leave the SELECT out with --file and --name');
    const target = isElsewhere ? first : second;
    if (!isElsewhere && first === undefined) {
      throw new UsageError(
        'no question was given',
        'give a SELECT in quotes, --file FILE or --name NAME; --list prints the names',
      );
    }
    if ((events === undefined) === (target === undefined)) {
      throw new UsageError(
        events === undefined ? 'nothing to ask was given' : 'a target and --events both say what is asked',
        'give the folder of an export with --events, or a target to verify first',
      );
    }
    if (events === undefined && trust.length > 0)
      throw new UsageError('--trust is of use with --events only', 'the events of a target are verified now');
    if (events === undefined && corroboration !== undefined)
      throw new UsageError(
        '--corroboration is of use with --events only',
        'it is about a report that there is, and a target gets a new one',
      );
    return {
      question: questionOf({ sql: first, file, name, parameters: param }),
      target,
      events: events === undefined ? undefined : { folder: events, trustFiles: trust, corroboration },
    };
  };
}

function questionOf(given: {
  readonly sql: string | undefined;
  readonly file: string | undefined;
  readonly name: string | undefined;
  readonly parameters: Readonly<Record<string, string>> | undefined;
}): Question {
  const { sql = '', file, name, parameters = {} } = given;
  if (name !== undefined) return { kind: 'named', name, parameters };
  return file === undefined ? { kind: 'text', sql } : { kind: 'file', file };
}

/** Collects `name=value`. Throws UsageError for another form, and for a name that comes twice. */
function parseParameter(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const end = text.indexOf('=');
  const name = text.slice(0, end);
  if (end < 1 || !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name))
    throw new UsageError(
      `--param: ${JSON.stringify(text)} is not NAME=VALUE`,
      'for example --param table=Orders',
    );
  if (Object.hasOwn(before ?? {}, name))
    throw new UsageError(`--param: ${name} was given twice`, 'leave one of them out');
  return { ...before, [name]: text.slice(end + 1) };
}

/** Rows that a screen or a page has room for. */
const USUAL_LIMIT = 1000;

/** The words for somebody who gives a file where the folder of the answer goes. */
function insteadOfFile(form: string, stem: string | undefined): string {
  if (stem === undefined) return 'leave --output out: the answer then goes to standard output';
  const known = FORMATS.find((one) => one === form && one !== 'text');
  const folder = stem === '' ? 'answer' : stem;
  return known === undefined
    ? `give a folder: --output ${folder}`
    : `a folder that holds it: --format ${known} --output ${folder}`;
}

function answerOptions(
  command: AnyCommand,
): () => Pick<QuerySettings, 'form' | 'chart' | 'limit' | 'output' | 'force'> {
  const options = command
    .optionsGroup('The answer:')
    .addOption(
      command
        .createOption('--format <format>', 'form of the answer (default: text; with --output: csv)')
        .choices(FORMATS)
        .argParser(formParser('--format', FORMATS)),
    )
    .option('--chart', 'an HTML page with a bar chart of the counts')
    .option('--chart-label <column>', 'column that names the bars (default: the first ones of text)')
    .option('--chart-value <column>', 'column that they show (default: the last one of numbers)')
    .option(
      '--limit <n>',
      `rows at most (default: ${USUAL_LIMIT} for text, markdown and html, else all)`,
      countParser('--limit', 1, 100_000_000),
    )
    .option(
      '--output <dir>',
      'new or empty folder for the answer and a signed record of question and answer',
      folderParser('--output', insteadOfFile),
    )
    .option('--force', 'replace the answer of a former run in that folder');
  return () => {
    const { format, chart = false, chartLabel, chartValue, limit, output, force = false } = options.opts();
    const wantsChart = chart || chartLabel !== undefined || chartValue !== undefined;
    if (wantsChart && format !== undefined && format !== 'html')
      throw new UsageError(
        `--chart and --format ${format} contradict each other`,
        'a chart is in an HTML page',
      );
    const form = format ?? (wantsChart ? 'html' : output === undefined ? 'text' : 'csv');
    if (form === 'parquet' && output === undefined)
      throw new UsageError('--format parquet is written to a folder', 'give one with --output');
    if (form === 'text' && output !== undefined)
      throw new UsageError('--format text is for the screen', 'give another form with --output, such as csv');
    const isShown = form === 'text' || form === 'markdown' || form === 'html';
    return {
      form,
      chart: wantsChart ? { label: chartLabel, value: chartValue } : undefined,
      limit: limit ?? (isShown ? USUAL_LIMIT : undefined),
      output,
      force,
    };
  };
}
