import { createHash } from 'node:crypto';
import { asciiJson } from '../base/json.ts';
import { firstNotBefore } from '../base/lists.ts';
import type { Finding, FindingCode, Weight } from '../findings/finding.ts';
import { type LineStore, linesOf } from './lines.ts';
import type { FindingCount, OverflowFindings, Report } from './report.ts';

/** The order of findings in a report: chain, time, code, key; so two runs over the same bytes list them alike. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.chain ?? '', b.chain ?? '') ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.code, b.code) ||
    compareText(a.object.uri, b.object.uri)
  );
}

/** The order of code units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** How many findings there are: those that a report names, and those of which it has the count alone. */

/** The parts of a report that name and count its findings. */
export type FindingsOf = Pick<Report, 'findings' | 'overflowFindings'>;

/** Counts findings by chain, code and weight. */
export class FindingTally {
  readonly #counts = new Map<string, { -readonly [Key in keyof FindingCount]: FindingCount[Key] }>();

  /** Takes one finding into account. */
  add(finding: Finding): void {
    const { chain, code, weight, time } = finding;
    const name = [chain ?? '', code, weight].join('\n');
    let one = this.#counts.get(name);
    if (one === undefined) {
      one = { chain, code, weight, count: 0 };
      this.#counts.set(name, one);
    }
    one.count += 1;
    if (isAccepted(finding)) one.accepted = (one.accepted ?? 0) + 1;
    if (time === undefined) return;
    if (one.from === undefined || time < one.from) one.from = time;
    if (one.to === undefined || time > one.to) one.to = time;
  }

  /** The counts by chain, code and weight. */
  counts(): readonly FindingCount[] {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { chain, code, weight, count, accepted, from, to }]) => ({
        chain,
        code,
        weight,
        count,
        accepted,
        ...(from === undefined || to === undefined ? {} : { from, to }),
      }));
  }
}

/** Whether the finding is accepted. A mark on a finding that is not unproven is not this tool's, and counts for nothing. */
export function isAccepted({ weight, accepted }: Pick<Finding, 'weight' | 'accepted'>): boolean {
  return accepted !== undefined && weight === 'unproven';
}

/** All findings of a report, counted; one chain, code and weight may come twice. */
export function countsOf({ findings, overflowFindings }: FindingsOf): readonly FindingCount[] {
  const tally = new FindingTally();
  for (const finding of findings) tally.add(finding);
  return [...tally.counts(), ...(overflowFindings?.counts ?? [])];
}

/** How many findings there are, named or not. */
export function countAll(report: FindingsOf): number {
  return report.findings.length + (report.overflowFindings?.lines ?? 0);
}

/** How many findings are of a code. */
export function countOfCode(report: FindingsOf, code: FindingCode): number {
  return sum(report, (one) => (one.code === code ? one.count : 0));
}

/** How many findings there are of each weight. */
export function countFindings(report: FindingsOf): Readonly<Record<Weight, number>> {
  const counts = { violation: 0, unproven: 0, note: 0 };
  for (const { weight, count } of countsOf(report)) counts[weight] += count;
  return counts;
}

/** How many findings are accepted. */
export function countAccepted(report: FindingsOf): number {
  return sum(report, acceptedOf);
}

/** The verdict with how many findings it passes over: never one without the other. */
export function verdictHeadline(report: Pick<Report, 'verdict'> & FindingsOf): string {
  const accepted = countAccepted(report);
  if (accepted === 0) return report.verdict;
  return `${report.verdict}, ${accepted} finding${accepted === 1 ? '' : 's'} accepted`;
}

/** How many of counted findings are accepted: of what is unproven only, as for `isAccepted`. */
export function acceptedOf({ weight, count, accepted = 0 }: FindingCount): number {
  return weight === 'unproven' ? Math.min(accepted, count) : 0;
}

function sum(report: FindingsOf, of: (count: FindingCount) => number): number {
  return countsOf(report).reduce((total, count) => total + of(count), 0);
}

/**
 * Holds the findings of a run in bounded memory. Of each code the first by the report's order stay, to be named in the
 * report; the others go to a store in sorted runs, which are merged in the end:
 *
 *     add …  of one code 2n  ->  sort  ->  n stay, n are the next run
 *     further()              ->  all runs, merged into the report's order
 *
 * So what is named does not depend on the order in which findings came, and no code crowds another out.
 */

/** Findings of one code that a report names, at 1 to 3 KB each. */
export const MOST_NAMED = 20_000;
/** Characters of one finding as a line: it holds a few keys of a kilobyte each, and a list of problems or of acts. */
export const LONGEST_FINDING: number = 1 << 20;

/** The first finding of a run that is left, and those behind it. */
interface Head {
  readonly finding: Finding;
  readonly rest: AsyncIterator<Finding>;
}

/** The findings of one run. */
export class NamedFindings {
  readonly #store: LineStore | undefined;
  readonly #most: number;
  readonly #byCode = new Map<FindingCode, Finding[]>();
  #runs = 0;

  /** Without a store every finding is held and named; `most` is how many of one code are named with one. */
  constructor(store: LineStore | undefined, most: number = MOST_NAMED) {
    this.#store = store;
    this.#most = store === undefined ? Number.POSITIVE_INFINITY : most;
  }

  /** Takes one finding; undefined where there is nothing to wait for. Rejects as the store does. */
  add(finding: Finding): Promise<void> | undefined {
    const list = this.#byCode.get(finding.code);
    if (list === undefined) this.#byCode.set(finding.code, [finding]);
    else list.push(finding);
    const isFull = list !== undefined && list.length >= 2 * this.#most;
    return isFull && this.#store !== undefined ? this.#cut(list, this.#store) : undefined;
  }

  /** What the report names, in its order. */
  named(): Finding[] {
    return [...this.#byCode.values()]
      .flatMap((list) => (list.length <= this.#most ? list : list.sort(compareWhole).slice(0, this.#most)))
      .sort(compareWhole);
  }

  /** Whether there are more than those that the report names. */
  get hasOverflow(): boolean {
    return this.#runs > 0 || [...this.#byCode.values()].some(({ length }) => length > this.#most);
  }

  /** All others, in the report's order; after it nothing may be added. Throws as the store does. */
  async *further(): AsyncGenerator<Finding> {
    const store = this.#store;
    if (store === undefined) return;
    for (const list of this.#byCode.values()) if (list.length > this.#most) await this.#cut(list, store);
    // The one that comes next is last.
    const heads: Head[] = [];
    for (let run = 0; run < this.#runs; run += 1) await putNext(heads, readRun(store, run));
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      yield head.finding;
      await putNext(heads, head.rest);
    }
  }

  async #cut(list: Finding[], store: LineStore): Promise<void> {
    list.sort(compareWhole);
    const run = `${this.#runs}`;
    this.#runs += 1;
    for (const finding of list.splice(this.#most)) await store.append(run, `${asciiJson(finding)}\n`);
  }
}

async function* readRun(store: LineStore, run: number): AsyncGenerator<Finding> {
  for await (const { lines } of linesOf(store.read(`${run}`), LONGEST_FINDING)) {
    // Written by #cut.
    for (const line of lines) yield JSON.parse(Buffer.from(line).toString('latin1')) as Finding;
  }
}

/** Takes the next finding of a run to its place among the others. */
async function putNext(heads: Head[], rest: AsyncIterator<Finding>): Promise<void> {
  const next = await rest.next();
  if (next.done === true) return;
  const finding = next.value;
  const place = firstNotBefore(heads, (head) => compareWhole(head.finding, finding) > 0);
  heads.splice(place, 0, { finding, rest });
}

/** The report's order, and among findings of one place there that of their text. */
function compareWhole(a: Finding, b: Finding): number {
  return compareFindings(a, b) || compareText(asciiJson(a), asciiJson(b));
}

/**
 * Writes findings as the store's file, one line of JSON in ASCII for each in the report's form, and resolves with what the
 * report says of them. Rejects as the store and `findings` do.
 */
export async function writeOverflowFindings(
  store: LineStore,
  findings: AsyncIterable<Finding>,
): Promise<OverflowFindings> {
  const tally = new FindingTally();
  const content = createHash('sha256');
  let lines = 0;
  await store.write(
    (async function* () {
      for await (const finding of findings) {
        const line = Buffer.from(`${asciiJson(finding)}\n`, 'ascii');
        tally.add(finding);
        content.update(line);
        lines += 1;
        yield line;
      }
    })(),
  );
  return { path: store.name, sha256: content.digest('hex'), lines, counts: tally.counts() };
}
