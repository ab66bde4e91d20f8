/**
 * Rules of a report's findings: acceptances accept only what they may, and findings that it only counts can be as
 * it says. Named findings are judged again, exactly; for counted ones, nothing may go beyond the counts.
 */
import { randomUUID } from 'node:crypto';
import { CATALOGUE, wasInterrupted } from '../findings/catalogue.ts';
import type { Finding, FindingCode } from '../findings/finding.ts';
import { acceptFindings } from '../report/judge-findings.ts';
import type { AcceptanceReport, FindingCount, Report, UncoveredSpan } from '../report/report.ts';
import { Reach, sweepingAcceptances } from '../report/sweeping-acceptances.ts';

/** Acceptances are compared with the findings again, at the time of the run: only their rules accept a finding. */
export function acceptancesFollow(report: Report): readonly string[] {
  const { findings, window, acceptances = [], run } = report;
  const names = new Set(acceptances.map(({ name }) => name));
  if (names.size !== acceptances.length) return ['two of its acceptances have one name'];
  if (isSweeping(report)) return ['its acceptances fit every finding that its target may ever give'];
  const bare = {
    findings: findings.map(({ accepted: _mark, ...finding }) => finding as Finding),
    uncovered: window.uncovered.map(({ accepted: _mark, ...span }) => span),
  };
  const again = acceptFindings(bare, acceptances, Date.parse(run.started));
  const further = report.overflowFindings?.counts ?? [];
  const problems: string[] = [];
  if (again.findings.some(({ accepted }, index) => accepted !== findings[index]?.accepted))
    problems.push('its findings are not accepted as its acceptances say');
  if (again.uncovered.some((span, index) => !canBeAccepted(span, window.uncovered[index], further)))
    problems.push('its uncovered time is not accepted as its acceptances say');
  // Each of them was judged again, in their order.
  const became = (index: number): AcceptanceReport => acceptances[index] as AcceptanceReport;
  if (again.acceptances.some((one, index) => !canHaveBecome(one, became(index), further)))
    problems.push('the outcome of its acceptances does not follow from its findings');
  const applied = new Set(acceptances.flatMap(({ code, status }) => (status === 'applied' ? [code] : [])));
  if (!further.every(({ code, accepted = 0 }) => accepted === 0 || applied.has(code)))
    problems.push('its further findings are accepted by none of its acceptances');
  return problems;
}

/** A run ends over acceptances that fit everything, but for one that was interrupted before it knew. */
function isSweeping({ acceptances = [], chains, findings, window }: Report): boolean {
  if (wasInterrupted(findings)) return false;
  const from = window.requested.from === null ? undefined : Date.parse(window.requested.from);
  const reach = new Reach({ from, to: Date.parse(window.requested.to) });
  const places = new Map<
    string,
    { account: string; region: string; folders: [{ bucket: string; prefix: string; account: string }] }
  >();
  for (const chain of chains) {
    const { id, account, region, digests, covered } = chain;
    reach.see({ type: 'chain', id, chain, inScope: true, listed: digests.listed });
    for (const span of covered)
      reach.see({ type: 'covered', chain: id, from: Date.parse(span.from), to: Date.parse(span.to) });
    // The places of its folders are not in a report: an object's pattern is judged by the run alone.
    const name = `${account}/${region}`;
    const [nowhere] = places.get(name)?.folders ?? [{ bucket: randomUUID(), prefix: '', account }];
    if (digests.valid > 0) reach.proven(id, region, `s3://${nowhere.bucket}/AWSLogs/${account}/`);
    places.set(name, { account, region, folders: [nowhere] });
  }
  return sweepingAcceptances(acceptances, reach.of([...places.values()])) !== undefined;
}

/** Findings that are only counted may leave time open that the named ones do not, and may be its reason. */
function canBeAccepted(
  again: UncoveredSpan,
  reported: UncoveredSpan | undefined,
  further: readonly FindingCount[],
): boolean {
  if (again.accepted === reported?.accepted) return true;
  const ofChain = further.filter(({ chain }) => chain === again.chain);
  if (reported?.accepted === undefined)
    return ofChain.some(
      ({ code, count, accepted = 0 }) => CATALOGUE[code].subject !== 'log' && accepted < count,
    );
  return (
    again.accepted === undefined &&
    ofChain.some(({ code, accepted = 0 }) => code === again.reason && accepted > 0)
  );
}

function canHaveBecome(
  again: AcceptanceReport,
  reported: AcceptanceReport,
  further: readonly FindingCount[],
): boolean {
  const most = (weight: FindingCount['weight']): number =>
    further.reduce((sum, one) => sum + (one.code === again.code && one.weight === weight ? one.count : 0), 0);
  const [findings, violations] = [reported.findings - again.findings, reported.violations - again.violations];
  if (findings < 0 || findings > most('unproven')) return false;
  if (violations < 0 || violations > most('violation')) return false;
  if (reported.findings === again.findings) return reported.status === again.status;
  return (
    reported.status !== 'unmatched' && (again.status === 'unmatched' || reported.status === again.status)
  );
}

/** Findings are only counted of codes that the report names as well, and their counts make their lines. */
export function overflowFollow({ overflowFindings, findings }: Report): readonly string[] {
  if (overflowFindings === undefined) return [];
  const { counts, lines } = overflowFindings;
  const named = new Set<FindingCode>(findings.map(({ code }) => code));
  const kinds = new Set(counts.map(({ chain, code, weight }) => [chain, code, weight].join('\n')));
  const problems: string[] = [];
  const sum = counts.reduce((total, { count }) => total + count, 0);
  if (sum !== lines) problems.push(`it has ${lines} further findings, and their counts make ${sum}`);
  if (!counts.every(({ code }) => named.has(code)))
    problems.push('it counts further findings of a code of which it names none');
  if (kinds.size !== counts.length) problems.push('it counts one kind of further findings twice');
  if (!counts.every(({ weight, count, accepted = 0 }) => accepted <= (weight === 'unproven' ? count : 0)))
    problems.push('it accepts further findings that cannot be accepted');
  return problems;
}
