import type { FindingCode, Weight } from '../../findings/finding.ts';
import {
  acceptedOf,
  countAccepted,
  countsOf,
  type FindingsOf,
  isAccepted,
  verdictHeadline,
} from '../../report/finding-counts.ts';
import type { DigestTotals, Report } from '../../report/report.ts';
import { countOf, enumerate, formatCount } from '../words.ts';

/** What a finding is about, for counting: one digest file, one log file, a chain or stretch of time, or else. */
type Subject = 'digest' | 'log' | 'chain' | 'other';

function subjectOf(code: FindingCode): Subject {
  if (code.startsWith('DIGEST_') || code.startsWith('LINK_')) return 'digest';
  if (code.startsWith('LOG_')) return 'log';
  if (code.startsWith('CHAIN_') || code.startsWith('WINDOW_')) return 'chain';
  return 'other';
}

/** Digests or log files that anything is known of: listed or named by evidence. */
export function totalOf(totals: DigestTotals): number {
  return totals.valid + totals.invalid + totals.missing + totals.unproven;
}

/**
 * Distinct objects of each kind among the findings of one weight. A digest with two findings counts once; findings that the
 * report only counts are counted as one object each.
 */
function countObjects(
  { findings, furtherFindings }: FindingsOf,
  weight: Weight,
): Readonly<Record<Subject, number>> {
  const seen = { digest: new Set<string>(), log: new Set<string>(), chain: new Set<string>() };
  let other = 0;
  for (const finding of findings) {
    if (finding.weight !== weight || isAccepted(finding)) continue;
    const subject = subjectOf(finding.code);
    if (subject === 'other') other += 1;
    else if (subject === 'chain') seen.chain.add(finding.chain ?? finding.object.uri);
    else seen[subject].add(finding.object.uri);
  }
  const objects = { digest: seen.digest.size, log: seen.log.size, chain: seen.chain.size, other };
  for (const further of furtherFindings?.counts ?? []) {
    if (further.weight === weight) objects[subjectOf(further.code)] += further.count - acceptedOf(further);
  }
  return objects;
}

function outOf(count: number, total: number, noun: string): string {
  return `${formatCount(count)} of ${countOf(Math.max(count, total), noun)}`;
}

/** The verdict in one sentence with its counts; the first and the last line of every text for people. */
export function verdictSentence(report: Report): string {
  const interrupted = report.findings.some((finding) => finding.code === 'RUN_INTERRUPTED');
  const headline = verdictHeadline(report);
  if (report.verdict === 'VALID') return `${headline}: ${validClause(report)}.`;
  if (report.verdict === 'INVALID') {
    const rest = interrupted ? ' The run was interrupted before everything was checked.' : '';
    return `${headline}: ${invalidClause(report)} ${whatIsContradicted(report)}.${rest}`;
  }
  if (interrupted) return `${headline}: the run was interrupted; ${soFarClause(report)}.`;
  return `${headline}: ${unprovenClause(report)}.`;
}

function validClause(report: Report): string {
  const { digests, logs } = report.totals;
  const parts = [countOf(digests.valid, 'digest file')];
  if (totalOf(logs) > 0) parts.push(countOf(logs.valid, 'log file'));
  const accepted = countAccepted(report);
  if (accepted > 0) {
    const borne = `${countOf(accepted, 'unproven finding')} ${accepted === 1 ? 'is' : 'are'} accepted, not proven`;
    return `${enumerate(parts)} are exactly what AWS signed; ${borne}`;
  }
  const single = parts.length === 1 && digests.valid === 1;
  const clause = single
    ? `${enumerate(parts)} is exactly what AWS signed`
    : `all ${enumerate(parts)} are exactly what AWS signed`;
  return totalOf(logs) > 0 ? clause : clause + uncheckedLogs(logs.listed);
}

function uncheckedLogs(listed: number): string {
  if (listed === 0) return ', with no log file to check';
  return `; ${countOf(listed, 'log file')} ${listed === 1 ? 'was' : 'were'} not checked`;
}

/** Violations that hold against what an earlier run proved, not against a signature read in this one. */
const AGAINST_CHECKPOINT: ReadonlySet<string> = new Set([
  'CHAIN_ROLLED_BACK',
  'CHAIN_REWRITTEN',
  'CHAIN_VANISHED',
  'LISTING_SHRUNK',
  'STATE_BEHIND',
]);

function whatIsContradicted(report: Report): string {
  const codes = new Set(
    countsOf(report).flatMap(({ code, weight }) => (weight === 'violation' ? [code] : [])),
  );
  const ofMemory = [...codes].filter((code) => AGAINST_CHECKPOINT.has(code)).length;
  if (ofMemory === 0) return "AWS's signatures";
  return ofMemory === codes.size ? 'the checkpoint' : "AWS's signatures or the checkpoint";
}

function invalidClause(report: Report): string {
  const objects = countObjects(report, 'violation');
  const parts: string[] = [];
  if (objects.digest > 0) parts.push(outOf(objects.digest, totalOf(report.totals.digests), 'digest file'));
  if (objects.log > 0) parts.push(outOf(objects.log, totalOf(report.totals.logs), 'log file'));
  if (objects.chain > 0) parts.push(outOf(objects.chain, report.chains.length, 'chain'));
  if (objects.other > 0) parts.push(countOf(objects.other, 'other object'));
  const total = objects.digest + objects.log + objects.chain + objects.other;
  return `${enumerate(parts)} ${total === 1 ? 'contradicts' : 'contradict'}`;
}

function unprovenClause(report: Report): string {
  const has = (wanted: FindingCode): boolean => report.findings.some(({ code }) => code === wanted);
  if (has('NOTHING_VERIFIED')) {
    if (report.chains.length === 0 && has('DISCOVERY_INCOMPLETE'))
      return "nothing was verified, for the search for trails ended before every folder was looked into; name the trail's prefix in the target";
    return 'nothing was verified, for no digest file in scope could be proven';
  }
  const objects = countObjects(report, 'unproven');
  const clauses: string[] = [];
  const files: string[] = [];
  const accepted = countAccepted(report);
  if (objects.digest > 0) files.push(outOf(objects.digest, totalOf(report.totals.digests), 'digest file'));
  if (objects.log > 0) files.push(countOf(objects.log, 'log file'));
  if (files.length > 0) clauses.push(`${enumerate(files)} could not be proven`);
  if (objects.chain > 0) {
    clauses.push(
      `${countOf(objects.chain, 'chain')} ${objects.chain === 1 ? 'leaves' : 'leave'} time uncovered`,
    );
  }
  if (objects.other > 0)
    clauses.push(`${countOf(objects.other, 'further point')} ${objects.other === 1 ? 'is' : 'are'} open`);
  // Every finding is accepted, and time that none of them speaks of is open.
  if (clauses.length === 0) clauses.push('time is uncovered that no acceptance bears');
  const borne =
    accepted === 0
      ? ''
      : `; ${countOf(accepted, 'further finding')} ${accepted === 1 ? 'is' : 'are'} accepted, not proven`;
  return `nothing contradicts AWS's signatures, but ${enumerate(clauses)}${borne}`;
}

function soFarClause(report: Report): string {
  const { digests, logs } = report.totals;
  const done = `${countOf(digests.valid, 'digest file')} and ${countOf(logs.valid, 'log file')}`;
  return `of what was checked, ${done} agree with AWS's signatures and nothing contradicts them`;
}

/** Up to when the trail is proven, as a sentence of its own; says so where there are gaps before. */
export function verifiedThroughSentence(report: Report): string {
  const { verifiedThrough: through, uncovered } = report.window;
  if (through === null) return 'No time is verified.';
  const hasGaps = uncovered.some((span) => Date.parse(span.from) < Date.parse(through));
  return `Verified through ${through}${hasGaps ? ', with gaps' : ''}.`;
}
