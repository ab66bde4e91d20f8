/**
 * Whether a report agrees with itself. A signature shows who signed a report. These rules show that its
 * parts say the same, so that nobody reads a verdict that its own findings contradict.
 */
import { CATALOGUE, FINDING_CODES, wasInterrupted } from '../findings/catalogue.ts';
import type { ControlEvent } from '../findings/control-event.ts';
import { compareFindings } from '../report/compare-findings.ts';
import { conclude } from '../report/describe-run.ts';
import { countOfCode, verdictHeadline } from '../report/finding-counts.ts';
import { openVerdict } from '../report/judge-findings.ts';
import type { DigestTotals, Report } from '../report/report.ts';
import { acceptancesFollow, overflowFollow } from './finding-rules.ts';

/** A rule that every report of this tool keeps: returns in words what breaks it. */
export type ReportRule = (report: Report) => readonly string[];

const OUTCOMES = ['listed', 'valid', 'invalid', 'missing', 'unproven'] as const;

/** Every rule. */
export const REPORT_RULES: readonly ReportRule[] = [
  verdictFollows,
  acceptancesFollow,
  explanationsAreRecorded,
  digestTotalsAddUp,
  logTotalsAddUp,
  findingsMatchCounts,
  logsAllHaveOutcomes,
  findingsInOrder,
  overflowFollow,
  chainsOnce,
  limitsThere,
  memoryIsTrusted,
  conclusionFollows,
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
  if (totals.digests.valid === 0) problems.push('its verdict is VALID, and no digest file is');
  const bad = [totals.digests, totals.logs].flatMap(({ invalid, missing }) => [invalid, missing]);
  if (bad.some((count) => count > 0))
    problems.push('its verdict is VALID, and objects are invalid or missing');
  return problems;
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
  const uncovered = window.uncovered.find(({ reason }) => !findings.some(({ code }) => code === reason));
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

/** A digest that names a key which is not trusted is not proven by it, and never goes with VALID. */
function untrustedKeysUnused({ verdict, keys }: Report): readonly string[] {
  const isUsed = keys.some(({ trusted, usedByDigests = 0 }) => trusted === false && usedByDigests > 0);
  return verdict === 'VALID' && isUsed ? ['its verdict is VALID by keys that it does not trust'] : [];
}

function limitsThere({ limits }: Report): readonly string[] {
  return limits.length > 0 ? [] : ['it has no limits'];
}
