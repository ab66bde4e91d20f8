/** Acceptances, held against findings: what is accepted is marked and counted out of the verdict, and nothing else changes. */
import { type Acceptance, isAcceptable } from '../findings/acceptance.ts';
import type { Finding, Span } from '../findings/finding.ts';
import { findingSpan } from '../findings/finding-span.ts';
import { type Verdict, verdictOf } from '../findings/verdict.ts';
import { matchesWildcard } from '../findings/wildcard.ts';
import type { AcceptanceReport, Report, UncoveredSpan } from './report.ts';

/** Findings and uncovered time as a report has them, those that are accepted marked. */
export interface Accepted {
  readonly findings: readonly Finding[];
  readonly uncovered: readonly UncoveredSpan[];
  readonly acceptances: readonly AcceptanceReport[];
}

/**
 * Marks what `acceptances` accept at the time `at` (milliseconds since the epoch): unproven findings, never a violation,
 * and the uncovered time that only accepted findings speak of. The first that fits is named.
 */
export function acceptFindings(
  found: Pick<Accepted, 'findings' | 'uncovered'>,
  acceptances: readonly Acceptance[],
  at: number,
): Accepted {
  const tallies = acceptances.map((acceptance) => ({ acceptance, findings: 0, violations: 0 }));
  const isInForce = ({ expires }: Acceptance): boolean => Date.parse(expires) > at;
  const findings = found.findings.map((finding): Finding => {
    let name: string | undefined;
    for (const tally of tallies) {
      const { acceptance } = tally;
      if (!fits(acceptance, finding)) continue;
      if (finding.weight === 'violation') tally.violations += 1;
      if (finding.weight !== 'unproven' || !isAcceptable(finding.code)) continue;
      tally.findings += 1;
      if (isInForce(acceptance)) name ??= acceptance.name;
    }
    return name === undefined ? finding : { ...finding, accepted: name };
  });
  const named = new Map(acceptances.map((acceptance) => [acceptance.name, acceptance]));
  const ofChains = bySpokenChain(findings);
  return {
    findings,
    uncovered: found.uncovered.map((span) => {
      const name = bearerOf(span, ofChains.get(span.chain) ?? [], named);
      return name === undefined ? span : { ...span, accepted: name };
    }),
    acceptances: tallies.map(({ acceptance, findings: count, violations }) => {
      const applies = isInForce(acceptance) ? 'applied' : 'expired';
      return { ...acceptance, status: count === 0 ? 'unmatched' : applies, findings: count, violations };
    }),
  };
}

/** The verdict over what is not accepted: the heaviest finding, and uncovered time that nobody accepted. */
export function openVerdict(
  findings: readonly Pick<Finding, 'weight' | 'accepted'>[],
  uncovered: readonly Pick<UncoveredSpan, 'accepted'>[],
): Verdict {
  const verdict = verdictOf(findings.filter((finding) => !isAccepted(finding)).map(({ weight }) => weight));
  const someAccepted = findings.some(isAccepted);
  const timeIsOpen = uncovered.some(({ accepted }) => accepted === undefined);
  return verdict === 'VALID' && someAccepted && timeIsOpen ? 'INCONCLUSIVE' : verdict;
}

/** Whether somebody bears the finding. A mark on anything but what is unproven is not this tool's, and says nothing. */
export function isAccepted({ weight, accepted }: Pick<Finding, 'weight' | 'accepted'>): boolean {
  return accepted !== undefined && weight === 'unproven';
}

/** How many findings are accepted. */
export function countAccepted(findings: Report['findings']): number {
  return findings.filter(isAccepted).length;
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

/** Findings that can tell why time is uncovered, by chain. */
function bySpokenChain(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const byChain = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { chain, weight, code } = finding;
    if (chain === undefined || weight === 'note' || code.startsWith('LOG_')) continue;
    const list = byChain.get(chain);
    if (list === undefined) byChain.set(chain, [finding]);
    else list.push(finding);
  }
  return byChain;
}

/** The acceptance that bears a stretch: one of its own reason, where every finding that touches the stretch is accepted. */
function bearerOf(
  span: UncoveredSpan,
  findings: readonly Finding[],
  acceptances: ReadonlyMap<string, Acceptance>,
): string | undefined {
  const touching = findings.filter((finding) => touches(findingSpan(finding), span));
  if (touching.some((finding) => !isAccepted(finding))) return undefined;
  const name = touching.find(({ code }) => code === span.reason)?.accepted;
  const window = name === undefined ? undefined : acceptances.get(name)?.window;
  return window === undefined || isWithin(span, window) ? name : undefined;
}

function touches(one: Span | undefined, other: Span): boolean {
  if (one === undefined) return true;
  return Date.parse(one.from) < Date.parse(other.to) && Date.parse(other.from) < Date.parse(one.to);
}
