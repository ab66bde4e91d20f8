import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { smallest } from '../base/lists.ts';
import { type Interval, subtract, union } from '../chain/coverage.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { wasInterrupted } from '../findings/catalogue.ts';
import type { Acceptance, Limit, QueryResults, StateUse, TrailEvent } from '../findings/event.ts';
import type { Finding } from '../findings/finding.ts';
import type { ClockSkew } from '../source/source.ts';
import { ChainTally, toSpan } from './chain-tally.ts';
import { controlsReport, describeRun, keyReport, type RunDescription, toolRecord } from './describe-run.ts';
import { ControlEventLog } from './explain-findings.ts';
import { countOfCode, NamedFindings, writeOverflowFindings } from './findings-beyond.ts';
import { FindingJudge, openVerdict } from './judge-findings.ts';
import { lakeReport } from './lake.ts';
import type { LineStore } from './lines.ts';
import type { DigestTotals, OverflowFindings, Report, ToolRecord, UncoveredSpan } from './report.ts';

/**
 * Events, folded into the report. The books must balance: every log file that a proven digest names has one outcome,
 * and uncovered time never goes with a verdict of VALID. Where they do not, the report is refused: a lost check must
 * be loud, whatever the cause.
 */

/** The facts of the report besides its events. */
export interface RunFacts extends Pick<RunDescription, 'runId' | 'asked' | 'checks'> {
  readonly version: string;
  readonly node: string;
  readonly machine?: Pick<ToolRecord, 'openssl' | 'platform' | 'selfTest'> | undefined;
  readonly source: Report['source'];
  /** False where the run was asked to leave log files alone: none has an outcome then. */
  readonly logsChecked: boolean;
  readonly keys: () => readonly PublicKey[];
  readonly acceptances?: readonly Acceptance[] | undefined;
  readonly skew?: () => ClockSkew | undefined;
  /** Where findings go beyond the first `mostNamed` of a code (default 20 000); without it the report names all. */
  readonly overflowFindings?: LineStore | undefined;
  readonly mostNamed?: number | undefined;
}

/** The findings that a report names, and who judged them. */
interface Judged {
  readonly findings: readonly Finding[];
  readonly judge: FindingJudge;
}

/** Folds the events of one run. */
export class ReportBuilder {
  readonly #facts: RunFacts;
  readonly #chains = new Map<string, ChainTally>();
  readonly #findings: NamedFindings;
  readonly #uncovered: (Interval & Pick<UncoveredSpan, 'chain' | 'reason'>)[] = [];
  readonly #limits = new Map<string, Limit>();
  readonly #controls = new ControlEventLog();
  readonly #bytes = { read: 0, inflated: 0 };
  /** Proven digests by the key that they name. */
  readonly #uses = new Map<string, number>();
  readonly #sets: QueryResults[] = [];
  #setBytes = 0;
  #use: StateUse | undefined;
  /** Present where findings were written that the report does not name: the judge of all findings, and the counts of those. */
  #judged: Judged | undefined;
  #further: OverflowFindings | undefined;
  #started = 0;
  #finished = 0;
  #window: { from: number | null; to: number } = { from: null, to: 0 };

  constructor(facts: RunFacts) {
    this.#facts = facts;
    this.#findings = new NamedFindings(facts.overflowFindings, facts.mostNamed);
  }

  /** Takes one event into account; undefined where there is nothing to wait for. Rejects as the store of further findings does. */
  add(event: TrailEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'started':
        this.#started = event.at;
        this.#window = event.window;
        break;
      case 'chain':
        if (event.inScope) this.#chains.set(event.id, new ChainTally(event));
        break;
      case 'digest':
        this.#count(event.bytes);
        this.#chain(event.chain).digest(event);
        this.#countUses(event, 1);
        break;
      case 'digests':
        this.#count(event.bytes);
        this.#chain(event.chain).digestsAgree(event);
        this.#countUses(event, event.count);
        break;
      case 'log':
        this.#count(event.bytes);
        this.#chain(event.chain).log(event);
        break;
      case 'logs':
        this.#count(event.bytes);
        this.#chain(event.chain).logsAgree(event);
        break;
      case 'covered':
        this.#chain(event.chain).cover(event);
        break;
      case 'uncovered':
        this.#uncovered.push({ from: event.from, to: event.to, chain: event.chain, reason: event.reason });
        break;
      case 'finding':
        return this.#findings.add(event.finding);
      case 'query-results':
        this.#sets.push(event.set);
        this.#setBytes += event.bytes;
        break;
      case 'control':
        this.#controls.add(event.event);
        break;
      case 'limit':
        this.#limits.set(`${event.limit.code} ${event.limit.text}`, event.limit);
        break;
      case 'checkpoint':
        this.#use = event.use;
        break;
      case 'finished':
        this.#finished = event.at;
        break;
      case 'segment':
      case 'progress':
        break;
    }
    return undefined;
  }

  /**
   * Writes the findings that the report does not name, if there are any; to be awaited between the last event and `build`.
   * Rejects as their store does.
   */
  async writeOverflow(): Promise<void> {
    const { overflowFindings: store } = this.#facts;
    if (store === undefined || !this.#findings.hasOverflow) return;
    this.#judged = this.#judgeNamed();
    const { judge } = this.#judged;
    const further = this.#findings.further();
    this.#further = await writeOverflowFindings(
      store,
      (async function* () {
        for await (const finding of further) yield judge.finding(finding);
      })(),
    );
  }

  /** The report, with what is known only now. Throws INTERNAL where the books do not balance. */
  build(known: Pick<RunDescription, 'objects' | 'examination'> = {}): Report {
    const tallies = [...this.#chains.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const { findings, judge } = this.#judged ?? this.#judgeNamed();
    const further = this.#further;
    const found = { findings, overflowFindings: further };
    const uncovered = judge.uncovered();
    const acceptances = judge.acceptances();
    const controlEvents = this.#controls.reported(judge.explaining());
    const limits = [...this.#limits.values(), ...this.#controls.limits()];
    const verdict = openVerdict(found, uncovered);
    const { logsChecked } = this.#facts;
    const isCut = this.#findings.hasOverflow && further === undefined;
    balanceBooks({ verdict, findings, tallies, uncovered, logsChecked, isCut });
    const standard = tallies.filter(({ chain }) => chain.kind === 'standard');
    // A run that ended early does not know all chains, and knows of none what the rest of it covers.
    const read = wasInterrupted(findings) ? [] : standard;
    const covered = subtract(union(read.flatMap((tally) => tally.covered)), this.#uncovered);
    const through = read.flatMap((tally) => tally.covered.at(-1)?.to ?? []);
    const isAllProven = through.length > 0 && through.length === standard.length;
    const unlisted = countOfCode(found, 'LOG_UNLISTED');
    const { version, node, machine, source } = this.#facts;
    const totals = {
      digests: sum(tallies.map((tally) => tally.digests)),
      logs: { ...sum(tallies.map((tally) => tally.logs)), unlisted },
      bytes: { ...this.#bytes },
    };
    const chains = tallies.map((tally) => ({ ...tally.report(), ...this.#use?.chains[tally.id] }));
    const lake = lakeReport(this.#sets, this.#setBytes);
    balanceSets(verdict, findings, lake);
    const result = { verdict, totals, chains, lake, ...found };
    return {
      schema: 'trail-verify/report/v1',
      verdict,
      ...describeRun(result, { ...this.#facts, ...known, skew: this.#facts.skew?.() }),
      tool: toolRecord({ version, node, ...machine }, known.examination),
      run: {
        id: this.#facts.runId,
        started: isoTime(this.#started),
        finished: isoTime(this.#finished),
        ...endpointsOf(known.examination),
      },
      source,
      window: {
        requested: {
          from: this.#window.from === null ? null : isoTime(this.#window.from),
          to: isoTime(this.#window.to),
        },
        covered: covered.map(toSpan),
        uncovered,
        verifiedThrough: isAllProven ? isoTime(smallest(through)) : null,
      },
      totals,
      chains,
      ...found,
      ...controlsReport(found),
      ...(controlEvents.length === 0 ? {} : { controlEvents }),
      ...(acceptances.length === 0 ? {} : { acceptances }),
      lake,
      keys: this.#facts
        .keys()
        .map((key) => keyReport(key, this.#uses.get(key.fingerprint) ?? 0))
        .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
      limits: limits.sort((a, b) => (a.code + a.text < b.code + b.text ? -1 : 1)),
      ...(this.#use === undefined ? {} : { state: this.#use.state }),
    };
  }

  #judgeNamed(): Judged {
    const uncovered = this.#uncovered
      .sort((a, b) => (a.chain === b.chain ? a.from - b.from : a.chain < b.chain ? -1 : 1))
      .map(({ chain, reason, ...interval }) => ({ ...toSpan(interval), chain, reason }));
    const judge = new FindingJudge(uncovered, {
      controls: this.#controls,
      chains: new Map([...this.#chains].map(([id, tally]) => [id, tally.known])),
      acceptances: this.#facts.acceptances ?? [],
      at: this.#started,
    });
    return { findings: this.#findings.named().map((one) => judge.finding(one)), judge };
  }

  #chain(id: string): ChainTally {
    const tally = this.#chains.get(id);
    if (tally === undefined)
      throw new TrailVerifyError('INTERNAL', `an event names the chain ${id}, which was not announced`);
    return tally;
  }

  #countUses(
    { fingerprint, provenBy }: Pick<Extract<TrailEvent, { type: 'digest' }>, 'fingerprint' | 'provenBy'>,
    count: number,
  ): void {
    if (fingerprint === undefined || provenBy === undefined) return;
    this.#uses.set(fingerprint, (this.#uses.get(fingerprint) ?? 0) + count);
  }

  #count(bytes: { read: number; inflated: number }): void {
    this.#bytes.read += bytes.read;
    this.#bytes.inflated += bytes.inflated;
  }
}

function endpointsOf(examination: RunDescription['examination']): Pick<Report['run'], 'endpoints'> {
  const endpoints = examination?.endpoints?.() ?? [];
  return endpoints.length === 0 ? {} : { endpoints };
}

function sum(totals: readonly DigestTotals[]): DigestTotals {
  const all = { listed: 0, valid: 0, invalid: 0, missing: 0, unproven: 0 };
  for (const one of totals) {
    all.listed += one.listed;
    all.valid += one.valid;
    all.invalid += one.invalid;
    all.missing += one.missing;
    all.unproven += one.unproven;
  }
  return all;
}

/** The counts that must agree before a report is given out. */
interface Books extends Pick<Report, 'verdict' | 'findings'> {
  readonly tallies: readonly ChainTally[];
  readonly uncovered: Report['window']['uncovered'];
  readonly logsChecked: boolean;
  /** Whether there are findings that the report neither names nor counts. */
  readonly isCut: boolean;
}

/**
 * Throws INTERNAL unless every log file that a proven digest names has one outcome, every finding is named or counted, and
 * uncovered time goes with no verdict of VALID.
 */
function balanceBooks({ verdict, findings, tallies, uncovered, logsChecked, isCut }: Books): void {
  const isInterrupted = wasInterrupted(findings);
  for (const tally of tallies) {
    if (tally.unaccounted === 0 || isInterrupted || !logsChecked) continue;
    throw unbalanced(`of ${tally.id}`, `${tally.unaccounted} log files have no outcome`);
  }
  if (isCut) throw unbalanced('of the findings', 'some are neither named nor counted');
  const first = uncovered.find(({ accepted }) => accepted === undefined);
  if (verdict === 'VALID' && first !== undefined)
    throw unbalanced(`of ${first.chain}`, 'uncovered time without a finding');
}

/** Throws INTERNAL where a set of query results is not valid, and no finding keeps a verdict of VALID away. */
function balanceSets(verdict: Report['verdict'], findings: readonly Finding[], lake: Report['lake']): void {
  if (verdict !== 'VALID' || lake === undefined) return;
  const { invalid, unproven } = lake.totals.sets;
  const isAccepted = findings.some(({ accepted }) => accepted !== undefined);
  if (invalid === 0 && (unproven === 0 || isAccepted)) return;
  throw unbalanced('of the query results', `${invalid + unproven} sets are not valid without a finding`);
}

function unbalanced(whose: string, why: string): TrailVerifyError {
  return new TrailVerifyError('INTERNAL', `the books ${whose} do not balance: ${why}`);
}
