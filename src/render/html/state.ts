import type { Report } from '../../report/report.ts';
import { shortTime } from '../facts/coverage.ts';
import { DEPTH_WORDS, daysText, depthText, FINDS_ONLY, vouchedSpans } from '../facts/state.ts';
import { countOf, formatCount } from '../words.ts';
import { type Content, element, LINE_END, type Markup } from './markup.ts';
import { factsList, section, table } from './section.ts';

/** More of each than a reader goes through; a report from elsewhere may hold any number. */
const MOST_CHAINS = 500;
const MOST_SPANS = 200;
const MOST_HELD = 100;

const VOUCHING_WORDS = {
  signer: 'its signer, whom the run trusts',
  hash: 'its hash, given with --require-checkpoint',
  nobody: 'nobody known: it spared no reading',
} as const;

/** What the run took from an earlier one and what it leaves; nothing for a run without a state. */
export function stateSection(report: Report): Content {
  const { state } = report;
  if (state === undefined) return undefined;
  const { read, checkpoint, sample } = state;
  return section(
    'state',
    'Checkpoint',
    element(
      'p',
      {},
      read !== null && read.vouching === null
        ? `This run held what it found against what an earlier one says it had proven; ${FINDS_ONLY}.`
        : 'This run began with what an earlier one had proven. What only that checkpoint vouches for was not read again; a run without --state reads it.',
    ),
    factsList([
      ['State', element('code', {}, state.location)],
      ['Began with', read === null ? 'no checkpoint' : [hash(read.sha256), ' of ', read.written]],
      read === null
        ? undefined
        : ['Signed by', read.signer === null ? 'nobody' : ['certificate with SHA-256 ', hash(read.signer)]],
      read === null ? undefined : ['Vouched for by', VOUCHING_WORDS[read.vouching ?? 'nobody']],
      ['Leaves', checkpoint === null ? 'no new checkpoint: the one before stays' : hash(checkpoint)],
      ['Depth', depthText(report)],
      ['Days before', daysText(state, MOST_HELD)],
      sample === null
        ? undefined
        : [
            'Drawn',
            [`${Number((sample.rate * 100).toPrecision(6))}% of those days, seed `, hash(sample.seed)],
          ],
    ]),
    depthTable(report),
    vouchedTable(report),
  );
}

function hash(text: string): Markup {
  return element('code', {}, text);
}

function depthTable({ chains }: Report): Content {
  const all = chains.flatMap(({ id, depth }) => (depth === undefined ? [] : [{ id, depth }]));
  if (all.length === 0) return undefined;
  const shown = all.slice(0, MOST_CHAINS);
  const of = shown.length < all.length ? `, ${shown.length} of ${formatCount(all.length)}` : '';
  const rows = shown.map(({ id, depth }) =>
    row(element('code', {}, id), [hash(depth), `: ${DEPTH_WORDS[depth]}`]),
  );
  return table(`How deep the run looked${of}`, [['Chain'], ['Depth']], rows);
}

function vouchedTable(report: Report): Content {
  const spans = vouchedSpans(report);
  if (spans.length === 0) return undefined;
  const rows = spans
    .slice(0, MOST_SPANS)
    .map(({ id, from, to }) => row(`${shortTime(from)} to ${shortTime(to)}`, element('code', {}, id)));
  const rest = spans.length - MOST_SPANS;
  return [
    table('Vouched for by the checkpoint, not read again', [['Time (UTC)'], ['Chain']], rows),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more stretch', 'more stretches')} in report.json.`),
  ];
}

function row(head: Content, content: Content): Content {
  return [LINE_END, element('tr', {}, element('th', { scope: 'row' }, head), element('td', {}, content))];
}
