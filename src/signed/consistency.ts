import { randomUUID } from 'node:crypto';
import { CATALOGUE, FINDING_CODES, wasInterrupted } from '../findings/catalogue.ts';
import type { ControlEvent } from '../findings/control-event.ts';
import type { QueryResults } from '../findings/event.ts';
import type { Finding, FindingCode } from '../findings/finding.ts';
import { conclude } from '../report/describe-run.ts';
import { compareFindings, countOfCode, countsOf, verdictHeadline } from '../report/findings-beyond.ts';
import { acceptFindings, openVerdict } from '../report/judge-findings.ts';
import { lakeTotals } from '../report/lake.ts';
import { Reach } from '../report/reach.ts';
import type {
  AcceptanceReport,
  DigestTotals,
  FindingCount,
  Report,
  UncoveredSpan,
} from '../report/report.ts';
import { sweepingAcceptances } from '../report/sweeping-acceptances.ts';

/**
 * Whether a report agrees with itself. A signature shows who signed a report. These rules show that its
 * parts say the same, so that nobody reads a verdict that its own findings contradict.
 */

/** A rule that every report of this tool keeps: returns in words what breaks it. */
type ReportRule = (report: Report) => readonly string[];

const OUTCOMES = ['listed', 'valid', 'invalid', 'missing', 'unproven'] as const;

/** Every rule. */
const REPORT_RULES: readonly ReportRule[] = [
  verdictFollows,
  acceptancesFollow,
  explanationsAreRecorded,
  digestTotalsAddUp,
  logTotalsAddUp,
  findingsMatchCounts,
  logsAllHaveOutcomes,
  findingsInOrder,
  overflowFollow,
  controlsFollow,
  chainsOnce,
  limitsThere,
  memoryIsTrusted,
  conclusionFollows,
  querySetsAddUp,
  inventoryCounts,
  untrustedKeysUnused,
];

/** In words, what in a report contradicts something else in it; empty for a report that agrees with itself. */
export function inconsistenciesOf(report: Report): readonly string[] {
  return REPORT_RULES.flatMap((rule) => rule(report));
}

function verdictFollows(report: Report): readonly string[] {
  const { verdict, window, totals } = report;
  const problems: string[] = [];
  const expected = openVerdict(report, window.uncovered);
  if (verdict !== expected) problems.push(`its verdict is ${verdict}, and its findings make ${expected}`);
  if (verdict !== 'VALID') return problems;
  if (window.uncovered.some(({ accepted }) => accepted === undefined))
    problems.push('its verdict is VALID, and time is uncovered');
  // A run that was asked for query results alone says so in its limits.
  const isOfQueries = report.limits.some(({ code }) => code === 'QUERY_RESULTS_ONLY');
  if (isOfQueries && report.lake?.sets.some(({ signed }) => signed) !== true)
    problems.push('its verdict is VALID, and no set of query results is proven');
  if (!isOfQueries && totals.digests.valid === 0)
    problems.push('its verdict is VALID, and no digest file is');
  const bad = [totals.digests, totals.logs].flatMap(({ invalid, missing }) => [invalid, missing]);
  bad.push(report.lake?.totals.sets.invalid ?? 0);
  if (bad.some((count) => count > 0))
    problems.push('its verdict is VALID, and objects are invalid or missing');
  return problems;
}

/** The controls are those of its findings' codes; which they are may differ between versions of the tool. */
function controlsFollow(report: Report): readonly string[] {
  if (report.controls === undefined) return [];
  const named = new Set(report.controls.map(({ code }) => code));
  const found = new Set(countsOf(report).map(({ code }) => code));
  const isSame = named.size === report.controls.length && named.size === found.size;
  if (isSame && [...named].every((code) => found.has(code))) return [];
  return ['the codes that it names controls for are not those of its findings'];
}

/** The explanation of a finding is one of the control events of the report, word for word. */
function explanationsAreRecorded({
  findings,
  window,
  controlEvents = [],
  chains,
}: Report): readonly string[] {
  const recorded = new Map(controlEvents.map((event) => [event.eventId, JSON.stringify(event)]));
  const isRecorded = (event: ControlEvent): boolean => recorded.get(event.eventId) === JSON.stringify(event);
  const problems: string[] = [];
  if (recorded.size !== controlEvents.length) problems.push('it has a control event twice');
  if (!findings.every(({ explanation = [] }) => explanation.every(isRecorded)))
    problems.push('a finding is explained by an event that its control events do not have');
  if (!window.uncovered.every(({ explainedBy = [] }) => explainedBy.every((id) => recorded.has(id))))
    problems.push('uncovered time is explained by an event that its control events do not have');
  const ids = new Set(chains.map(({ id }) => id));
  if (!controlEvents.every(({ chain }) => ids.has(chain)))
    problems.push('a control event is of a chain that it does not have');
  return problems;
}

function digestTotalsAddUp({ totals, chains }: Report): readonly string[] {
  return unequal(
    'digest files',
    totals.digests,
    chains.map(({ digests }) => digests),
  );
}

function logTotalsAddUp({ totals, chains }: Report): readonly string[] {
  return unequal(
    'log files',
    totals.logs,
    chains.map(({ logs }) => logs),
  );
}

function unequal(what: string, total: DigestTotals, parts: readonly DigestTotals[]): readonly string[] {
  return OUTCOMES.flatMap((outcome) => {
    const sum = parts.reduce((count, part) => count + part[outcome], 0);
    return sum === total[outcome]
      ? []
      : [`it counts ${total[outcome]} ${outcome} ${what}, and its chains make ${sum}`];
  });
}

/** A hundred deleted log files are a hundred LOG_MISSING: the counts of these codes are those of the objects. */
function findingsMatchCounts(report: Report): readonly string[] {
  const { digests, logs } = report.totals;
  return FINDING_CODES.flatMap((code) => {
    const { counts, subject } = CATALOGUE[code];
    if (counts === undefined) return [];
    const totals: { readonly missing: number; readonly unlisted?: number | undefined } =
      subject === 'log' ? logs : digests;
    const counted = totals[counts] ?? 0;
    const found = countOfCode(report, code);
    return counted === found
      ? []
      : [`it counts ${counted} ${counts} ${subject} files, and ${found} findings name one`];
  });
}

function logsAllHaveOutcomes({ totals: { logs }, findings, limits }: Report): readonly string[] {
  const isExcused = wasInterrupted(findings) || limits.some(({ code }) => code === 'LOGS_NOT_CHECKED');
  const outcomes = logs.valid + logs.invalid + logs.missing + logs.unproven;
  if (logs.listed === outcomes || (isExcused && outcomes < logs.listed)) return [];
  return [`${logs.listed} log files are listed, and ${outcomes} have an outcome`];
}

function findingsInOrder({ findings }: Report): readonly string[] {
  const isSorted = findings.every((finding, at) => {
    const before = findings[at - 1];
    return before === undefined || compareFindings(before, finding) <= 0;
  });
  return isSorted ? [] : ['its findings are not in their order'];
}

function chainsOnce({ chains, findings, window }: Report): readonly string[] {
  const ids = new Set(chains.map(({ id }) => id));
  const problems = ids.size === chains.length ? [] : ['it has a chain twice'];
  const codes = new Set(findings.map(({ code }) => code));
  const uncovered = window.uncovered.find(({ reason }) => !codes.has(reason));
  return uncovered === undefined
    ? problems
    : [...problems, `time is uncovered for ${uncovered.reason}, and no finding says so`];
}

/** A checkpoint that is not trusted leaves nothing unread. */
function memoryIsTrusted({ state, chains }: Report): readonly string[] {
  if ((state?.read?.trustedBy ?? null) !== null) return [];
  return chains.some(
    ({ depth = 'full', trustedFromCheckpoint = [] }) => depth !== 'full' || trustedFromCheckpoint.length > 0,
  )
    ? ['it left time unread for a checkpoint that nothing makes trusted']
    : [];
}

function conclusionFollows(report: Report): readonly string[] {
  const { conclusion } = report;
  if (conclusion === undefined) return [];
  const { verdict, counts } = conclude(report);
  const problems: string[] = [];
  if (conclusion.verdict !== verdict || !conclusion.sentence.startsWith(`${verdictHeadline(report)}: `))
    problems.push('its conclusion is of another verdict');
  if (JSON.stringify(conclusion.counts) !== JSON.stringify(counts))
    problems.push('its conclusion has other counts than the report');
  return problems;
}

function inventoryCounts({ objects, totals }: Report): readonly string[] {
  if (objects === undefined) return [];
  const { merkle, inventory } = objects;
  const counted = [totals.digests, totals.logs].reduce(
    (sum, { valid, invalid, missing, unproven }) => sum + valid + invalid + missing + unproven,
    0,
  );
  return merkle.size === counted && inventory.lines === counted
    ? []
    : [`it counts ${counted} objects, and its inventory ${merkle.size} leaves and ${inventory.lines} lines`];
}

/** Sets and their files make the counts; a set with a file that is not as listed is not valid, and none is valid unsigned. */
function querySetsAddUp({ lake }: Report): readonly string[] {
  if (lake === undefined) return [];
  const { sets } = lake;
  const problems: string[] = [];
  if (JSON.stringify(lakeTotals(sets)) !== JSON.stringify(lake.totals))
    problems.push('it counts other query results than it names');
  if (new Set(sets.map(({ uri }) => uri)).size !== sets.length)
    problems.push('it has a set of query results twice');
  const isAgainst = ({ outcome, signed, files }: QueryResults): boolean =>
    outcome === 'valid' &&
    (!signed || files.some((file) => file.outcome !== 'valid' && file.outcome !== null));
  return sets.some(isAgainst)
    ? [...problems, 'a set of query results is valid, and its parts are not']
    : problems;
}

/** A digest, or a set of query results, that names a key which is not trusted is not proven by it, and never goes with VALID. */
function untrustedKeysUnused({ verdict, keys, lake }: Report): readonly string[] {
  const ofTrust = (trusted: false | undefined): ReadonlySet<string> =>
    new Set(keys.filter((key) => key.trusted === trusted).map(({ fingerprint }) => fingerprint));
  const [untrusted, trusted] = [ofTrust(false), ofTrust(undefined)];
  const isUsed =
    keys.some((key) => key.trusted === false && (key.usedByDigests ?? 0) > 0) ||
    lake?.sets.some(
      ({ signed, fingerprint }) =>
        signed && untrusted.has(fingerprint ?? '') && !trusted.has(fingerprint ?? ''),
    ) === true;
  return verdict === 'VALID' && isUsed ? ['its verdict is VALID by keys that it does not trust'] : [];
}

function limitsThere({ limits }: Report): readonly string[] {
  return limits.length > 0 ? [] : ['it has no limits'];
}

/**
 * Rules of a report's findings: acceptances accept only what they may, and findings that it only counts can be as
 * it says. Named findings are judged again, exactly; for counted ones, nothing may go beyond the counts.
 */

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
function overflowFollow({ overflowFindings, findings }: Report): readonly string[] {
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
