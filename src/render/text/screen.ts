import { asciiJson } from '../../base/json.ts';
import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Weight } from '../../findings/finding.ts';
import { countAccepted } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { columnsOf, fitText } from '../answer/width.ts';
import { escapeTerminal } from '../escape.ts';
import { type AcceptEntry, type CauseGroup, groupFindings } from '../facts/groups.ts';
import { type PlaceMatrix, type PlaceState, placeMatrix } from '../facts/matrix.ts';
import { queriesText } from '../facts/queries.ts';
import { authoritativeSentence, endpointsText } from '../facts/report.ts';
import { shareSentence } from '../facts/share.ts';
import { type CoverageRow, coverageRows } from '../facts/timeline.ts';
import { countOf, enumerate, formatCount, formatDuration, wrapText } from '../words.ts';
import { checkpointLine, findingCounts, keyOrigins, readAsFacts, stateFacts, verdictLines } from './parts.ts';
import { proseColumns, type TextOptions, type Tone, weightTone, wrapLines } from './terminal.ts';

/**
 * The first screen of a report: what a reader must know and do next, and where the rest is.
 *
 *     INVALID: 1 digest file altered, 1 missing; 2 log files altered, 1 missing.
 *     Verified through 2026-10-05T16:12:37Z, with gaps. Proven: 71.42 % of the window.
 *     …
 *     !!  LOG_MISSING (1)  log file missing
 *     ?   CHAIN_STARTS_LATE (160 chains)  window begins before the first digest
 */

const MARGIN = '  ';
const INDENT = `${MARGIN}    `;
/** A usual screen holds 24 lines; findings are added as long as there is room up to this. */
const MOST_LINES = 38;
const MOST_GROUPS = 8;
/** However tall the rest is, so many lines are for findings. */
const LEAST_LINES = 8;

/** The signs of states and weights: colour alone says nothing. */
const SIGNS: Readonly<Record<PlaceState, string>> = { ok: 'ok', bad: '!!', open: '?', none: '.' };
const TONES: Readonly<Record<PlaceState, Tone>> = { ok: 'good', bad: 'bad', open: 'doubtful', none: 'faint' };
const WEIGHT_SIGNS: Readonly<Record<Weight, string>> = { violation: '!!', unproven: '?', note: '-' };

/** The first screen; ends with a newline. At most about 40 lines of 80 columns, but for what was signed and where. */
export function renderScreen(report: Report, options: TextOptions): string {
  const path = escapeTerminal(options.reportPath ?? 'report.json');
  const groups = groupFindings(report).filter(
    ({ weight, accepted }) => weight !== 'note' && accepted === undefined,
  );
  const head = [
    ...headLines(report, options),
    '',
    ...factLines(report, options),
    '',
    ...wrapLines(placeLines(report, groups.length, options), options),
  ];
  const next = nextLines(report, groups, path, options);
  const tail = [...next, ...(next.length === 0 ? [] : ['']), ...endLines(report, path, options)];
  const room = MOST_LINES - head.length - tail.length - 1;
  const findings = groups.length === 0 ? [] : ['', ...findingLines(report, groups, room, options)];
  return `${[...head, ...findings, '', ...tail].join('\n')}\n`;
}

function headLines(report: Report, options: TextOptions): readonly string[] {
  const [sentence = '', through = ''] = verdictLines(report, options);
  return [
    ...sentence.split('\n'),
    ...wrapText(`${through} ${shareSentence(report)}`, proseColumns(options)).split('\n'),
  ];
}

function factLines(report: Report, options: TextOptions): readonly string[] {
  const { requested } = report.window;
  const { digests, logs } = report.totals;
  const elapsed = Date.parse(report.run.finished) - Date.parse(report.run.started);
  const time = elapsed < 1000 ? '' : `, in ${formatDuration(elapsed)}`;
  const checked = `${countOf(digests.valid + digests.invalid, 'digest file')} and ${countOf(logs.valid + logs.invalid, 'log file')} of ${countOf(report.chains.length, 'chain')}`;
  const facts: (readonly [string, string])[] = [
    ['target', report.source.target],
    ...readAsFacts(report),
    ['window', `${requested.from ?? 'everything found'} to ${requested.to}`],
    ['checked', `${checked}${time}`],
    ['keys', keyOrigins(report)],
  ];
  const endpoints = endpointsText(report);
  if (endpoints !== undefined) facts.push(['endpoints', endpoints]);
  const queries = queriesText(report);
  if (queries !== undefined) facts.push(['queries', queries]);
  facts.push(...stateFacts(report));
  const label = 'endpoints  '.length;
  return facts.flatMap(([name, text]) =>
    fitText(escapeTerminal(text), proseColumns(options) - MARGIN.length - label, 3).map(
      (line, at) =>
        MARGIN + options.paint('faint', (at === 0 ? name : '').padEnd(label)) + line.text.trimEnd(),
    ),
  );
}

/** More chains than this are shown as a matrix of places. */
const MOST_CHAINS = 6;
const MOST_ROWS = 15;
/** Rows of the matrix where there are several causes to show below it. */
const MOST_ROWS_WITH_CAUSES = 12;

function placeLines(report: Report, causes: number, options: TextOptions): readonly string[] {
  const rows = coverageRows(report);
  if (rows.length === 0) return [`${MARGIN}No chain was found.`];
  if (rows.length <= MOST_CHAINS) return rows.flatMap((row) => chainLines(row, options));
  return matrixLines(placeMatrix(report), causes > 1 ? MOST_ROWS_WITH_CAUSES : MOST_ROWS, options);
}

function sign(state: PlaceState, width: number, options: TextOptions): string {
  const text = SIGNS[state];
  return options.paint(TONES[state], text) + ' '.repeat(Math.max(0, width - text.length));
}

function chainLines(row: CoverageRow, options: TextOptions): readonly string[] {
  const facts = `${row.digests} digests, ${row.logs} log files, covers ${row.covered}`;
  const width = options.columns - INDENT.length;
  const [id = ''] = fitText(escapeTerminal(row.id), width, 1).map(({ text }) => text);
  return [
    `${MARGIN}${sign(row.state, 4, options)}${id}`,
    ...fitText(facts, width, 2).map(({ text }) => INDENT + text.trimEnd()),
  ];
}

/** A cell is as wide as its heading or its sign, and a column of space. */
const CELL = 4;

function matrixLines(matrix: PlaceMatrix, mostRows: number, options: TextOptions): readonly string[] {
  const { accounts, regions, cells, places, elsewhere } = matrix;
  const isOk = (row: readonly PlaceState[]): boolean =>
    row.every((state) => state === 'ok' || state === 'none');
  const troubled = cells.filter((row) => !isOk(row)).length;
  const across = `${countOf(accounts.length, 'account')} in ${countOf(regions.length, 'Region')}`;
  const nowhere = elsewhere.violations + elsewhere.unproven;
  const others = nowhere === 0 ? [] : [`${MARGIN}${countOf(nowhere, 'finding')} of no place: see below`];
  if (troubled === 0)
    return [`${MARGIN}${sign('ok', 4, options)}all ${countOf(places, 'place')}: ${across}`, ...others];
  const label = MARGIN.length + '111122223333'.length + 2;
  const shownRegions = regions.slice(0, Math.max(1, Math.floor((options.columns - label) / CELL)));
  const rows = rowsAlike(matrix).filter(({ states }) => !isOk(states));
  const shown = rows.slice(0, mostRows);
  const [tops, bottoms] = [0, 1].map((part) =>
    shownRegions.map((region) => (shortRegion(region)[part] ?? '').padEnd(CELL)).join(''),
  );
  const lines = shown.map(({ account, alike, states }) => {
    const name = fitText(escapeTerminal(account), 12, 1)[0]?.text ?? '';
    const signs = states.slice(0, shownRegions.length).map((state) => sign(state, CELL, options));
    const others = alike === 0 ? '' : ` and ${alike} more like it`;
    return `${MARGIN}${name.padEnd(label - MARGIN.length)}${signs.join('').trimEnd()}${others}`;
  });
  const left = rows.slice(mostRows).reduce((sum, { alike }) => sum + 1 + alike, 0);
  const more = [
    ...(left > 0 ? [countOf(left, 'more account')] : []),
    ...(accounts.length > troubled ? [`${countOf(accounts.length - troubled, 'account')} all ok`] : []),
    ...(regions.length > shownRegions.length
      ? [countOf(regions.length - shownRegions.length, 'more Region')]
      : []),
  ];
  return [
    options.paint('faint', `${MARGIN}${'account'.padEnd(label - MARGIN.length)}${tops}`.trimEnd()),
    options.paint('faint', `${' '.repeat(label)}${bottoms}`.trimEnd()),
    ...lines,
    ...(more.length === 0 ? [] : [`${MARGIN}and ${enumerate(more)}, of ${across}`]),
    `${MARGIN}ok proven   !! violation   ? unproven   . no chain found`,
    ...others,
  ];
}

/** The rows of a matrix, those that say the same as one: the first account, and how many more there are. */
function rowsAlike({ accounts, cells }: PlaceMatrix): readonly {
  readonly account: string;
  readonly alike: number;
  readonly states: readonly PlaceState[];
}[] {
  const rows = new Map<string, { account: string; alike: number; states: readonly PlaceState[] }>();
  for (const [at, states] of cells.entries()) {
    const known = rows.get(states.join());
    if (known === undefined) rows.set(states.join(), { account: accounts[at] ?? '', alike: 0, states });
    else known.alike += 1;
  }
  return [...rows.values()];
}

const DIRECTIONS: readonly (readonly [RegExp, string])[] = [
  [/^northeast/, 'ne'],
  [/^northwest/, 'nw'],
  [/^southeast/, 'se'],
  [/^southwest/, 'sw'],
  [/^north/, 'n'],
  [/^south/, 's'],
  [/^east/, 'e'],
  [/^west/, 'w'],
  [/^central/, 'c'],
];

/** A Region's name in two short parts, one above the other: `us` and `e1`, `ap` and `ne3`, `usg` and `w1`. */
function shortRegion(region: string): readonly [string, string] {
  const parts = escapeTerminal(region).split('-');
  const number = parts.pop() ?? '';
  const direction = parts.pop() ?? '';
  const known = DIRECTIONS.find(([pattern]) => pattern.test(direction));
  const where = parts.map((part, at) => (at === 0 ? part.slice(0, 2) : part.slice(0, 1))).join('');
  const short = known === undefined ? direction.slice(0, 2) : known[1];
  return [where.slice(0, CELL - 1), `${short}${number}`.slice(0, CELL - 1)];
}

/** What is shown of one cause: its head, and what is added where there is room. */
interface CauseBlock {
  readonly head: readonly string[];
  readonly entry: readonly string[];
  readonly example: readonly string[];
}

function findingLines(
  report: Report,
  groups: readonly CauseGroup[],
  room: number,
  options: TextOptions,
): readonly string[] {
  const heading = `${options.paint('heading', `FINDINGS: ${findingCounts(report)}`)}   !! violation   ? unproven`;
  // One line says how many causes are left, one that there are entries to accept what is known.
  let left = Math.max(room, LEAST_LINES) - 3;
  const blocks: CauseBlock[] = [];
  for (const group of groups.slice(0, MOST_GROUPS)) {
    const block = blockOf(group, options);
    if (blocks.length > 0 && block.head.length > left) break;
    blocks.push(block);
    left -= block.head.length;
  }
  const withEntry = blocks.find(({ entry }) => entry.length > 0);
  const isReady = withEntry !== undefined && withEntry.entry.length <= left;
  if (isReady) left -= withEntry.entry.length;
  const lines = blocks.flatMap((block) => {
    const { head, entry, example } = block;
    const isShown = example.length <= left;
    if (isShown) left -= example.length;
    return [...head, ...(isShown ? example : []), ...(isReady && block === withEntry ? entry : [])];
  });
  const rest = groups.length - blocks.length;
  const isMore = groups.filter(({ acceptEntry }) => acceptEntry !== undefined).length > (isReady ? 1 : 0);
  return [
    ...wrapLines([heading], options),
    ...lines,
    ...wrapLines(
      [
        ...(rest > 0 ? [`${MARGIN}and ${countOf(rest, 'more cause')}: --verbose`] : []),
        ...(isMore
          ? [`${MARGIN}What is known and harmless can be accepted: --verbose has the entries.`]
          : []),
      ],
      options,
    ),
  ];
}

function blockOf(group: CauseGroup, options: TextOptions): CauseBlock {
  const { code, weight, count, chains, cause, examples, acceptEntry } = group;
  const width = options.columns - INDENT.length;
  const mark = WEIGHT_SIGNS[weight];
  const isOfChain = CATALOGUE[code].subject === 'chain';
  const among = chains > 1 ? ` in ${countOf(chains, 'chain')}` : '';
  const many = isOfChain && chains === count ? countOf(count, 'chain') : `${formatCount(count)}${among}`;
  const [first = { text: '' }, ...others] = fitText(`${code} (${many})  ${CATALOGUE[code].title}`, width, 2);
  const [example] = examples;
  const name = isOfChain ? (example?.chain ?? example?.object.uri) : nameOf(example?.object.uri ?? '');
  const paint = (text: string): string => options.paint(weightTone(weight), text);
  return {
    head: [
      `${MARGIN}${paint(mark)}${' '.repeat(4 - mark.length)}${paint(code)}${first.text.slice(code.length).trimEnd()}`,
      ...others.map(({ text }) => INDENT + text.trimEnd()),
      ...(cause === '' ? [] : inTwoLines(escapeTerminal(cause), width)),
    ],
    entry: acceptEntry === undefined || !isOfChain ? [] : readyLines(acceptEntry, options),
    example: name === undefined || name === '' ? [] : inTwoLines(escapeTerminal(`e.g. ${name}`), width),
  };
}

/** A text in at most two lines; a long name is parted at its marks. */
function inTwoLines(text: string, width: number): readonly string[] {
  const isLong = columnsOf(text, width + 1) > width;
  const at = isLong ? text.slice(0, width).lastIndexOf('_') + 1 : 0;
  const parts = at > width / 2 ? [text.slice(0, at), text.slice(at)] : [text];
  return parts
    .flatMap((part) => fitText(part, width, parts.length === 1 ? 2 : 1))
    .map((line) => INDENT + line.text.trimEnd());
}

/** An object by its name alone where that says all: the whole key is in the report. A folder is named whole. */
function nameOf(uri: string): string {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  return name === '' ? uri : name;
}

function readyLines(entry: AcceptEntry, options: TextOptions): readonly string[] {
  const words = `${INDENT}Known and harmless? Then --accept FILE, with this in it:`;
  return [...wrapLines([words], options), ...entryLines(entry, options)];
}

/** An entry of --accept as the whole of a file, in lines that can be copied: JSON in ASCII, broken between its fields. */
export function entryLines(entry: AcceptEntry, options: TextOptions): readonly string[] {
  const fields = Object.entries(entry).filter(([, value]) => value !== undefined);
  const pieces = fields.map(([name, value], at) => {
    const end = at === fields.length - 1 ? '}]' : ',';
    return `${at === 0 ? '[{' : ''}${asciiJson(name)}: ${asciiJson(value)}${end}`;
  });
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = `${last} ${piece}`;
    if (last !== undefined && longer.length <= proseColumns(options)) lines[lines.length - 1] = longer;
    else lines.push(INDENT + piece);
  }
  return lines;
}

/** Commands to go on with, each with what it shows; `path` is escaped. */
export function nextCommands(report: Report, path: string): readonly (readonly [string, string])[] {
  const { window, controlEvents = [], findings, source } = report;
  const isAlongside = window.uncovered.length > 0 || controlEvents.length > 0;
  const isIntact = findings.some(({ history }) => history?.intact !== undefined);
  return [
    ...(isAlongside ? [[`trail-verify explain-gap ${path}`, 'what happened around it'] as const] : []),
    ...(isIntact && source.kind === 's3'
      ? [[`trail-verify recover ${path} FOLDER`, 'copies intact older versions out'] as const]
      : []),
    [`trail-verify report render --format html ${path}`, 'all of it, as a page'],
  ];
}

function nextLines(
  report: Report,
  groups: readonly CauseGroup[],
  path: string,
  options: TextOptions,
): readonly string[] {
  const [worst] = groups;
  const commands = [
    ...(worst === undefined
      ? []
      : [[`trail-verify explain ${worst.code}`, 'what it means, what to do'] as const]),
    ...(options.isUnwritten === true ? [] : nextCommands(report, path)),
  ];
  if (commands.length === 0) return [];
  const lines = commands.flatMap(([command, what]) => {
    const one = `${MARGIN}${command}`;
    const whole = `${one}   ${what}`;
    if (columnsOf(whole, options.columns + 1) <= options.columns) return [whole];
    if (columnsOf(one, options.columns + 1) <= options.columns) return [one];
    // A long path has a line of its own; the shell reads all as one.
    const words = command.replace(` ${path}`, '').split(' ');
    return [...commandLines(words, options.columns), `${INDENT}${path}`];
  });
  return [options.paint('heading', 'NEXT'), ...lines];
}

/** The beginning of a command, in lines that each end in the shell's mark of a line that goes on. */
function commandLines(words: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last !== undefined && columnsOf(`${longer} \\`, columns + 1) <= columns)
      lines[lines.length - 1] = longer;
    else lines.push((lines.length === 0 ? MARGIN : INDENT) + word);
  }
  return lines.map((line) => `${line} \\`);
}

function endLines(report: Report, path: string, options: TextOptions): readonly string[] {
  const { limits, acceptances = [] } = report;
  const accepted = countAccepted(report);
  const words = [
    ...(acceptances.length === 0
      ? []
      : [
          `Accepted, not proven: ${countOf(accepted, 'finding')}, by ${countOf(acceptances.length, 'acceptance')}.`,
        ]),
    ...(limits.some(({ code }) => code === 'LISTING_REFUSED')
      ? [
          'Not looked at: what is outside the accounts asked for. This run may not list it.',
          's3:ListBucket on the whole bucket would show it. --verbose names the folders.',
        ]
      : []),
    `Not checked: ${countOf(limits.length, 'limit')}. They, every chain and every finding: --verbose.`,
  ];
  return [
    ...wrapLines(words, options),
    // Each is a name that is copied whole.
    ...(options.reportPath === undefined ? [] : [`Report: ${path}`]),
    ...wrapLines((options.signedBy ?? []).map(escapeTerminal), options),
    ...(options.reportSha256 === undefined
      ? []
      : wrapText(authoritativeSentence(options.reportSha256), options.columns).split('\n')),
    ...checkpointLine(report, options),
  ];
}
