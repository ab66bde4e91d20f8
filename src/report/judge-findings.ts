import { CATALOGUE, findingSpan } from '../findings/catalogue.ts';
import { type Acceptance, isAcceptable, isCloseEnough, matchesWildcard } from '../findings/event.ts';
import { type Finding, type Span, type Verdict, verdictOf } from '../findings/finding.ts';
import { type ControlEventLog, explainer, type KnownChain } from './explain-findings.ts';
import { acceptedOf, countsOf, type FindingsOf, isAccepted } from './findings-beyond.ts';
import type { AcceptanceReport, UncoveredSpan } from './report.ts';

/** The facts with which findings are judged, at the end of a run. */
interface Evidence {
  readonly controls: ControlEventLog;
  /** By their ids. */
  readonly chains: ReadonlyMap<string, KnownChain>;
  readonly acceptances: readonly Acceptance[];
  /** When the run began, in milliseconds since the epoch: by this time an acceptance has expired or not. */
  readonly at: number;
}

/** Judges findings: control events explain them, and acceptances may accept them. */
export class FindingJudge {
  readonly #explain: ReturnType<typeof explainer>;
  readonly #acceptor: Acceptor;
  readonly #explaining = new Set<string>();

  constructor(uncovered: readonly UncoveredSpan[], { controls, chains, acceptances, at }: Evidence) {
    this.#explain = explainer(controls.all(), chains);
    const explained = uncovered.map(this.#explain.uncovered);
    for (const { explainedBy = [] } of explained) for (const id of explainedBy) this.#explaining.add(id);
    this.#acceptor = new Acceptor(acceptances, at, explained);
  }

  /** One finding as the report has it; findings of one code come in the report's order. */
  finding(finding: Finding): Finding {
    const explained = this.#explain.finding(finding);
    for (const { eventId } of explained.explanation ?? []) this.#explaining.add(eventId);
    return this.#acceptor.finding(explained);
  }

  /** The uncovered time as the report has it; to be asked when every finding was given. */
  uncovered(): readonly UncoveredSpan[] {
    return this.#acceptor.uncovered();
  }

  /** What became of each acceptance; to be asked when every finding was given. */
  acceptances(): readonly AcceptanceReport[] {
    return this.#acceptor.acceptances();
  }

  /** The ids of the control events that explain anything; to be asked when every finding was given. */
  explaining(): ReadonlySet<string> {
    return this.#explaining;
  }
}

/** Acceptances, compared with findings: an accepted finding is marked and has no part in the verdict. Nothing else changes. */

/** Findings and uncovered time as a report has them, those that are accepted marked. */
interface Accepted {
  readonly findings: readonly Finding[];
  readonly uncovered: readonly UncoveredSpan[];
  readonly acceptances: readonly AcceptanceReport[];
}

/** A stretch of uncovered time, and the acceptances that accept it so far. */
interface Bearing {
  readonly span: UncoveredSpan;
  /** The acceptance of the first finding that says why. */
  name: string | undefined;
  /** Whether a finding that touches it is not accepted. */
  isOpen: boolean;
}

/**
 * Marks what acceptances accept at a time (milliseconds since the epoch), finding by finding in the report's order:
 * what is unproven, never a violation, and the uncovered time that only accepted findings are about. The first acceptance
 * that fits is named.
 */
class Acceptor {
  readonly #tallies: readonly { readonly acceptance: Acceptance; findings: number; violations: number }[];
  readonly #at: number;
  readonly #bearings: readonly Bearing[];
  readonly #ofChain = new Map<string, Bearing[]>();

  constructor(acceptances: readonly Acceptance[], at: number, uncovered: readonly UncoveredSpan[]) {
    this.#tallies = acceptances.map((acceptance) => ({ acceptance, findings: 0, violations: 0 }));
    this.#at = at;
    this.#bearings = uncovered.map((span) => ({ span, name: undefined, isOpen: false }));
    for (const bearing of this.#bearings) {
      const { chain } = bearing.span;
      const list = this.#ofChain.get(chain);
      if (list === undefined) this.#ofChain.set(chain, [bearing]);
      else list.push(bearing);
    }
  }

  /** The finding, with the name of the acceptance that accepts it, if there is one. */
  finding(finding: Finding): Finding {
    if (this.#tallies.length === 0) return finding;
    let name: string | undefined;
    for (const tally of this.#tallies) {
      const { acceptance } = tally;
      if (!fits(acceptance, finding)) continue;
      if (finding.weight === 'violation') tally.violations += 1;
      if (finding.weight !== 'unproven' || !isAcceptable(finding.code) || !isCloseEnough(acceptance))
        continue;
      tally.findings += 1;
      if (this.#isInForce(acceptance)) name ??= acceptance.name;
    }
    const judged = name === undefined ? finding : { ...finding, accepted: name };
    this.#speak(judged);
    return judged;
  }

  /** The uncovered time, with the acceptances that accept it; to be asked when every finding was given. */
  uncovered(): readonly UncoveredSpan[] {
    const named = new Map(this.#tallies.map(({ acceptance }) => [acceptance.name, acceptance]));
    return this.#bearings.map(({ span, name, isOpen }) => {
      if (isOpen || name === undefined) return span;
      const window = named.get(name)?.window;
      return window === undefined || isWithin(span, window) ? { ...span, accepted: name } : span;
    });
  }

  /** What became of each acceptance; to be asked when every finding was given. */
  acceptances(): readonly AcceptanceReport[] {
    return this.#tallies.map(({ acceptance, findings, violations }) => {
      const applies = this.#isInForce(acceptance) ? 'applied' : 'expired';
      return { ...acceptance, status: findings === 0 ? 'unmatched' : applies, findings, violations };
    });
  }

  /** Only a finding that can be the reason for uncovered time decides whether that time is accepted. */
  #speak(finding: Finding): void {
    const { chain, weight, code } = finding;
    if (chain === undefined || weight === 'note' || CATALOGUE[code].subject === 'log') return;
    for (const bearing of this.#ofChain.get(chain) ?? []) {
      if (!touches(findingSpan(finding), bearing.span)) continue;
      if (!isAccepted(finding)) bearing.isOpen = true;
      else if (code === bearing.span.reason) bearing.name ??= finding.accepted;
    }
  }

  #isInForce({ expires }: Acceptance): boolean {
    return Date.parse(expires) > this.#at;
  }
}

/** All findings and uncovered time at once, judged as an `Acceptor` does. */
export function acceptFindings(
  found: Pick<Accepted, 'findings' | 'uncovered'>,
  acceptances: readonly Acceptance[],
  at: number,
): Accepted {
  const acceptor = new Acceptor(acceptances, at, found.uncovered);
  const findings = found.findings.map((finding) => acceptor.finding(finding));
  return { findings, uncovered: acceptor.uncovered(), acceptances: acceptor.acceptances() };
}

/** The verdict over what is not accepted: the heaviest finding, and uncovered time that nobody accepted. */
export function openVerdict(
  report: FindingsOf,
  uncovered: readonly Pick<UncoveredSpan, 'accepted'>[],
): Verdict {
  const counts = countsOf(report);
  const open = counts.filter((one) => one.count > acceptedOf(one));
  const verdict = verdictOf(open.map(({ weight }) => weight));
  const someAccepted = counts.some((one) => acceptedOf(one) > 0);
  const timeIsOpen = uncovered.some(({ accepted }) => accepted === undefined);
  return verdict === 'VALID' && someAccepted && timeIsOpen ? 'INCONCLUSIVE' : verdict;
}

function fits({ code, object, chain, window }: Acceptance, finding: Finding): boolean {
  if (finding.code !== code) return false;
  if (object === undefined && chain === undefined && window === undefined) return false;
  if (object !== undefined && !matchesWildcard(object, finding.object.uri)) return false;
  if (chain !== undefined && !matchesWildcard(chain, finding.chain ?? '')) return false;
  return window === undefined || isWithin(findingSpan(finding), window);
}

function isWithin(span: Span | undefined, { from, to }: NonNullable<Acceptance['window']>): boolean {
  if (span === undefined) return false;
  const begins = from === undefined || Date.parse(from) <= Date.parse(span.from);
  return begins && (to === undefined || Date.parse(span.to) <= Date.parse(to));
}

function touches(one: Span | undefined, other: Span): boolean {
  if (one === undefined) return true;
  return Date.parse(one.from) < Date.parse(other.to) && Date.parse(other.from) < Date.parse(one.to);
}
