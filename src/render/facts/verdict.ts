/** The verdict in words, with its counts: what became of digests, log files and time. None of it is escaped yet. */

import { CATALOGUE, wasInterrupted } from '../../findings/catalogue.ts';
import type { Finding, FindingCode } from '../../findings/finding.ts';
import {
  acceptedOf,
  countAccepted,
  countsOf,
  type FindingsOf,
  isAccepted,
  verdictHeadline,
} from '../../report/findings-beyond.ts';
import type { DigestTotals, Report } from '../../report/report.ts';
import { countOf, enumerate, formatCount } from '../words.ts';
import { countOfSets, isOfQueriesOnly } from './queries.ts';

/** The subject of a finding, for counting: one digest file, one log file, a chain or stretch of time, or else. */
type Subject = 'digest' | 'log' | 'chain' | 'results' | 'other';

function subjectOf(code: FindingCode): Subject {
  const { subject } = CATALOGUE[code];
  if (code.startsWith('LAKE_')) return subject === 'object' ? 'results' : 'other';
  return subject === 'object' ? 'other' : subject;
}

/** Digests or log files that anything is known of: listed or named by evidence. */
export function totalOf(totals: DigestTotals): number {
  return totals.valid + totals.invalid + totals.missing + totals.unproven;
}

/** What became of an object, the gravest first; of several findings about one object the first here counts. */
const FATES = [
  'altered',
  'missing',
  'rewritten',
  'cut short',
  'signed with a wrong key',
  'moved',
  'unproven',
] as const;

type Fate = (typeof FATES)[number];

/** Violations of which an object is neither missing nor altered. */
const OTHER_FATES: Readonly<Partial<Record<FindingCode, Fate>>> = {
  DIGEST_MOVED: 'moved',
  DIGEST_KEY_EXPIRED: 'signed with a wrong key',
  DIGEST_KEY_UNKNOWN: 'signed with a wrong key',
  LAKE_KEY_EXPIRED: 'signed with a wrong key',
  LAKE_KEY_UNKNOWN: 'signed with a wrong key',
  CHAIN_ENDS_EARLY: 'cut short',
  CHAIN_ROLLED_BACK: 'cut short',
  CHAIN_REWRITTEN: 'rewritten',
};

function fateOf({ code, weight }: Pick<Finding, 'code' | 'weight'>): Fate {
  if (weight !== 'violation') return 'unproven';
  return OTHER_FATES[code] ?? (CATALOGUE[code].isGone === true ? 'missing' : 'altered');
}

type Fates = Readonly<Record<Subject, ReadonlyMap<Fate, number>>>;

/**
 * How many objects of each kind are altered, missing or unproven. An object with two findings counts once, by the gravest;
 * findings that the report only counts are one object each. Notes and accepted findings count for nothing.
 */
function countFates({ findings, overflowFindings }: FindingsOf): Fates {
  const byObject = new Map<string, { readonly subject: Subject; fate: Fate }>();
  for (const [index, finding] of findings.entries()) {
    // That a run was interrupted is a sentence of its own.
    if (finding.weight === 'note' || isAccepted(finding) || CATALOGUE[finding.code].endsRun) continue;
    const subject = subjectOf(finding.code);
    const { chain, object } = finding;
    const name = subject === 'other' ? index : subject === 'chain' ? (chain ?? object.uri) : object.uri;
    const fate = fateOf(finding);
    const known = byObject.get(`${subject} ${name}`);
    if (known === undefined) byObject.set(`${subject} ${name}`, { subject, fate });
    else if (FATES.indexOf(fate) < FATES.indexOf(known.fate)) known.fate = fate;
  }
  const fates = {
    digest: new Map<Fate, number>(),
    log: new Map<Fate, number>(),
    chain: new Map<Fate, number>(),
    results: new Map<Fate, number>(),
    other: new Map<Fate, number>(),
  };
  const add = (subject: Subject, fate: Fate, count: number): void => {
    if (count > 0) fates[subject].set(fate, (fates[subject].get(fate) ?? 0) + count);
  };
  for (const { subject, fate } of byObject.values()) add(subject, fate, 1);
  for (const further of overflowFindings?.counts ?? []) {
    if (further.weight !== 'note')
      add(subjectOf(further.code), fateOf(further), further.count - acceptedOf(further));
  }
  return fates;
}

/** `2 log files altered, 1 missing, 3 unproven`; undefined where there is none. */
function fatesText(fates: ReadonlyMap<Fate, number>, noun: string, plural?: string): string | undefined {
  const parts = FATES.flatMap((fate) => {
    const count = fates.get(fate) ?? 0;
    return count === 0 ? [] : [{ count, fate }];
  });
  if (parts.length === 0) return undefined;
  return parts
    .map(({ count, fate }, at) => `${at === 0 ? countOf(count, noun, plural) : formatCount(count)} ${fate}`)
    .join(', ');
}

function outOf(count: number, total: number, noun: string): string {
  return `${formatCount(count)} of ${countOf(Math.max(count, total), noun)}`;
}

/** The verdict in one sentence with its counts; the first and the last line of every text for people. */
export function verdictSentence(report: Report): string {
  const interrupted = wasInterrupted(report.findings);
  const headline = verdictHeadline(report);
  if (report.verdict === 'VALID') return `${headline}: ${validClause(report)}.`;
  if (report.verdict === 'INVALID') {
    const rest = interrupted ? ' The run was interrupted before everything was checked.' : '';
    return `${headline}: ${invalidClause(report)}.${rest}`;
  }
  if (interrupted) return `${headline}: the run was interrupted; ${soFarClause(report)}.`;
  return `${headline}: ${unprovenClause(report)}.`;
}

function validClause(report: Report): string {
  const { digests, logs } = report.totals;
  const isOnlyQueries = isOfQueriesOnly(report);
  const sets = report.lake?.totals.sets.valid ?? 0;
  const parts = isOnlyQueries ? [] : [countOf(digests.valid, 'digest file')];
  if (totalOf(logs) > 0) parts.push(countOf(logs.valid, 'log file'));
  const unread = report.lake?.totals.files.unread ?? 0;
  // Of results that were not read no more is known than that AWS signed their hashes.
  const signFiles = `the sign ${sets === 1 ? 'file' : 'files'} of ${countOfSets(sets)}`;
  if (report.lake !== undefined) parts.push(unread > 0 ? signFiles : countOfSets(sets));
  const accepted = countAccepted(report);
  if (accepted > 0) {
    const acceptedWords = `${countOf(accepted, 'unproven finding')} ${accepted === 1 ? 'is' : 'are'} accepted, not proven`;
    return `${enumerate(parts)} are exactly what AWS signed${unreadResults(unread)}; ${acceptedWords}`;
  }
  const single = parts.length === 1 && (isOnlyQueries ? sets : digests.valid) === 1;
  const all = unread > 0 && isOnlyQueries ? '' : 'all ';
  const what = single
    ? `${enumerate(parts)} is exactly what AWS signed`
    : `${all}${enumerate(parts)} are exactly what AWS signed`;
  const clause = what + unreadResults(unread);
  return totalOf(logs) > 0 || isOnlyQueries ? clause : clause + uncheckedLogs(logs.listed);
}

function unreadResults(unread: number): string {
  if (unread === 0) return '';
  return `; ${countOf(unread, 'result file')} ${unread === 1 ? 'was' : 'were'} not read`;
}

function uncheckedLogs(listed: number): string {
  if (listed === 0) return ', with no log file to check';
  return `; ${countOf(listed, 'log file')} ${listed === 1 ? 'was' : 'were'} not checked`;
}

function isSinceCheckpoint(report: Report): boolean {
  const violations = countsOf(report).filter(({ weight }) => weight === 'violation');
  return violations.every(({ code }) => CATALOGUE[code].against === 'checkpoint');
}

function invalidClause(report: Report): string {
  const { digest, log, chain, results, other } = countFates(report);
  const since = isSinceCheckpoint(report) ? ' since the checkpoint' : '';
  const violations = new Map([...chain].filter(([fate]) => fate !== 'unproven'));
  const open = chain.get('unproven') ?? 0;
  const others = [...other]
    .filter(([fate]) => fate !== 'unproven')
    .reduce((sum, [, count]) => sum + count, 0);
  const points = other.get('unproven') ?? 0;
  const parts = [
    fatesText(digest, 'digest file'),
    fatesText(log, 'log file'),
    fatesText(results, 'file of query results', 'files of query results'),
    fatesText(violations, 'chain'),
    others > 0 ? countOf(others, 'other violation') : undefined,
  ].filter((part) => part !== undefined);
  const rest = [...(open > 0 ? [leavingTime(open)] : []), ...(points > 0 ? [openPoints(points)] : [])];
  return [`${parts.join('; ')}${since}`, ...rest].join('; ');
}

function leavingTime(chains: number): string {
  return `${countOf(chains, 'chain')} ${chains === 1 ? 'leaves' : 'leave'} time uncovered`;
}

function openPoints(points: number): string {
  return `${countOf(points, 'further point')} ${points === 1 ? 'is' : 'are'} open`;
}

function unprovenClause(report: Report): string {
  const has = (wanted: FindingCode): boolean => report.findings.some(({ code }) => code === wanted);
  if (has('NOTHING_VERIFIED')) {
    if (report.chains.length === 0 && has('DISCOVERY_INCOMPLETE'))
      return "nothing was verified, because the search for trails ended before every folder was examined; name the trail's prefix in the target";
    if (isOfQueriesOnly(report))
      return 'nothing was verified, because no query results in scope could be proven';
    return 'nothing was verified, because no digest file in scope could be proven';
  }
  const fates = countFates(report);
  const unproven = (subject: Subject): number => fates[subject].get('unproven') ?? 0;
  const clauses: string[] = [];
  const files: string[] = [];
  const accepted = countAccepted(report);
  const [digests, chains, others] = [
    unproven('digest'),
    unproven('chain'),
    unproven('other') + unproven('results'),
  ];
  if (digests > 0) files.push(outOf(digests, totalOf(report.totals.digests), 'digest file'));
  if (unproven('log') > 0) files.push(countOf(unproven('log'), 'log file'));
  if (files.length > 0) clauses.push(`${enumerate(files)} could not be proven`);
  if (chains > 0) clauses.push(leavingTime(chains));
  if (others > 0) clauses.push(openPoints(others));
  // Every finding is accepted, and time that none of them is about is open.
  if (clauses.length === 0) clauses.push('some uncovered time is not accepted');
  const acceptedWords =
    accepted === 0
      ? ''
      : `; ${countOf(accepted, 'further finding')} ${accepted === 1 ? 'is' : 'are'} accepted, not proven`;
  return `nothing contradicts AWS's signatures, but ${enumerate(clauses)}${acceptedWords}`;
}

function soFarClause(report: Report): string {
  const { digests, logs } = report.totals;
  const done = `${countOf(digests.valid, 'digest file')} and ${countOf(logs.valid, 'log file')}`;
  return `of what was checked, ${done} agree with AWS's signatures and nothing contradicts them`;
}

/** Up to when the trail is proven, as a sentence of its own; says so where there are gaps before. */
export function verifiedThroughSentence(report: Report): string {
  const { verifiedThrough: through, uncovered } = report.window;
  if (isOfQueriesOnly(report)) return 'No time of a trail was asked about.';
  if (through === null) return 'No time is verified.';
  const hasGaps = uncovered.some((span) => Date.parse(span.from) < Date.parse(through));
  return `Verified through ${through}${hasGaps ? ', with gaps' : ''}.`;
}
