import { isoTime } from '../base/clock.ts';
import { asciiJson } from '../base/json.ts';
import { sha256 } from '../crypto/hash.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { FINDING_CODES } from '../findings/catalogue.ts';
import { controlNames, controlsOf } from '../findings/controls.ts';
import type { Limit } from '../findings/event.ts';
import type { Outcome } from '../findings/finding.ts';
import type { ClockSkew } from '../source/source.ts';
import {
  countAccepted,
  countFindings,
  countsOf,
  type FindingsOf,
  verdictHeadline,
} from './findings-beyond.ts';
import { setsOf } from './lake.ts';
import type {
  ClockRecord,
  ConclusionRecord,
  DigestTotals,
  ExaminationFacts,
  ExaminationReport,
  KeyReport,
  MethodRecord,
  ObjectsReport,
  Report,
  ScopeRecord,
  ToolRecord,
  TrailRecord,
} from './report.ts';

/** The facts of a run besides its events and its result. */
export interface RunDescription {
  readonly runId: string;
  readonly examination?: ExaminationFacts | undefined;
  /** The scope asked for, as far as it narrows what was found. */
  readonly asked?:
    | {
        readonly accounts?: readonly string[] | undefined;
        readonly regions?: readonly string[] | undefined;
        readonly trails?: readonly string[] | undefined;
      }
    | undefined;
  readonly checks?: ScopeRecord['checks'] | undefined;
  readonly skew?: ClockSkew | undefined;
  readonly objects?: ObjectsReport | undefined;
}

/** The controls that the findings of a report support; nothing where it has none. */
export function controlsReport(found: FindingsOf): Pick<Report, 'controls'> {
  const present = new Set(countsOf(found).map(({ code }) => code));
  const codes = FINDING_CODES.filter((code) => present.has(code));
  if (codes.length === 0) return {};
  return { controls: codes.map((code) => ({ code, supports: controlNames(controlsOf(code)) })) };
}

/** The fields of a report about its own making, except those of its tool. */
export function describeRun(
  result: Pick<Report, 'verdict' | 'totals' | 'findings' | 'overflowFindings' | 'chains' | 'lake'>,
  { runId, examination = {}, asked = {}, checks, skew, objects }: RunDescription,
): ExaminationReport {
  const { caseRef, supersedes, examiner, clock, elapsed, trail, signing } = examination;
  const { arguments: words, files } = examination;
  return {
    title: 'Verification of AWS CloudTrail log files',
    language: 'en',
    reportId: runId,
    caseRef,
    supersedes,
    conclusion: conclude(result),
    examiner,
    clock: clock === undefined ? undefined : clockRecord(clock, skew, elapsed),
    ...(words === undefined ? {} : { inputs: { arguments: words, files: files ?? [] } }),
    scope: { ...scopeRecord(result, asked), ...(checks === undefined ? {} : { checks }) },
    method: METHOD,
    trail: trail === undefined ? undefined : trailRecord(trail),
    objects,
    signing,
  };
}

function clockRecord(
  source: ClockRecord['source'],
  skew: ClockSkew | undefined,
  elapsed: ExaminationFacts['elapsed'],
): ClockRecord {
  return {
    source,
    skew: skew ?? null,
    elapsedMilliseconds: elapsed === undefined ? undefined : Math.round(elapsed()),
  };
}

/** The tool as a report names it: the library's own facts, and those that its caller gives. */
export function toolRecord(
  own: Omit<ToolRecord, 'name' | 'buildDigest' | 'dependencies'>,
  { buildDigest, dependencies }: ExaminationFacts = {},
): ToolRecord {
  return {
    name: 'trail-verify',
    ...own,
    ...(buildDigest === undefined ? {} : { buildDigest }),
    ...(dependencies === undefined ? {} : { dependencies }),
  };
}

function trailRecord(description: TrailRecord['description']): TrailRecord {
  return { description, sha256: sha256(Buffer.from(asciiJson(description), 'ascii')) };
}

/** A key as the report has it; `usedByDigests` is how many proven digests name it. */
export function keyReport(key: PublicKey, usedByDigests: number): KeyReport {
  const { modulusLength, publicExponent } = key.key.asymmetricKeyDetails ?? {};
  return {
    fingerprint: key.fingerprint,
    region: key.region ?? null,
    validFrom: key.validFrom === undefined ? null : isoTime(key.validFrom),
    validTo: key.validTo === undefined ? null : isoTime(key.validTo),
    origin: key.origin,
    trusted: key.distrust === undefined ? undefined : false,
    endpoint: key.endpoint,
    publicKey: Buffer.from(key.der).toString('base64'),
    sha256: sha256(key.der),
    bits: modulusLength,
    exponent: publicExponent === undefined ? undefined : Number(publicExponent),
    usedByDigests,
  };
}

/** The result of a run, from its own counts. */
export function conclude(report: Pick<Report, 'verdict' | 'totals' | 'lake'> & FindingsOf): ConclusionRecord {
  const { verdict, totals } = report;
  const accepted = countAccepted(report);
  const counts = {
    findings: countFindings(report),
    digests: outcomes(totals.digests),
    logs: outcomes(totals.logs),
    queryResults: report.lake?.totals.sets,
    accepted: accepted === 0 ? undefined : accepted,
  };
  return { verdict, sentence: `${verdictHeadline(report)}: ${clause(verdict, counts)}`, counts };
}

function outcomes({ valid, invalid, missing, unproven }: DigestTotals): Readonly<Record<Outcome, number>> {
  return { valid, invalid, missing, unproven };
}

function clause(
  verdict: Report['verdict'],
  { findings, digests, logs, queryResults, accepted = 0 }: ConclusionRecord['counts'],
): string {
  const proven = inAll(digests.valid, logs.valid, queryResults?.valid);
  const { violation, unproven } = findings;
  const acceptedWords =
    accepted === 0 ? '' : `, ${accepted} of which ${accepted === 1 ? 'is' : 'are'} accepted`;
  switch (verdict) {
    case 'VALID':
      if (accepted > 0)
        return `${proven} are as CloudTrail signed them; ${counted(accepted, 'unproven finding')} ${accepted === 1 ? 'was' : 'were'} accepted, and no other finding says otherwise.`;
      return `${proven} are as CloudTrail signed them, and no finding says otherwise of anything in scope.`;
    case 'INVALID':
      return `${counted(violation, 'violation')} and ${counted(unproven, 'unproven finding')}${acceptedWords}; ${proven} are as CloudTrail signed them.`;
    case 'INCONCLUSIVE':
      return `no violation, but ${counted(unproven, 'unproven finding')}${acceptedWords}; ${proven} are as CloudTrail signed them.`;
  }
}

/** Digest files, log files and sets of query results, each with its count. */
function inAll(digests: number, logs: number, sets: number | undefined): string {
  const files = [counted(digests, 'digest file'), counted(logs, 'log file')];
  return sets === undefined
    ? files.join(' and ')
    : `${files.join(', ')} and ${counted(sets, 'set')} of query results`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The scope of the report: the statement that ISO/IEC 17025, 7.8.2.1, asks for, and the narrowing options. */
export function scopeRecord(
  report: Pick<Report, 'totals' | 'chains' | 'lake'>,
  asked: {
    readonly accounts?: readonly string[] | undefined;
    readonly regions?: readonly string[] | undefined;
    readonly trails?: readonly string[] | undefined;
  },
): ScopeRecord {
  const { digests, logs } = report.totals;
  const examined = (totals: DigestTotals): number =>
    totals.valid + totals.invalid + totals.missing + totals.unproven;
  const sets = report.lake === undefined ? 0 : setsOf(report.lake.totals.sets);
  const queries = sets === 0 ? '' : `, and to the ${counted(sets, 'set')} of query results`;
  const what = `${counted(examined(digests), 'digest file')} and ${counted(examined(logs), 'log file')} of ${counted(report.chains.length, 'chain')}${queries}`;
  return {
    statement: `This report relates only to the ${what} that it counts, as its source showed them while the run lasted. Objects that no digest names, and times that no chain covers, are not proven; its limits name what else is not.`,
    accounts: asked.accounts ?? null,
    regions: asked.regions ?? null,
    trails: asked.trails ?? null,
  };
}

/** The limits of every run of this tool, whatever its options. */
const ALWAYS: readonly Limit[] = [
  {
    code: 'DELIVERED_ONLY',
    text: 'A proven log file is unchanged since CloudTrail delivered it. Whether its events are true or complete is not shown.',
  },
  { code: 'AFTER_LAST_DIGEST', text: 'Activity after the newest proven digest is not covered.' },
  {
    code: 'KEY_TRUST',
    text: "CloudTrail's public keys are trusted as AWS's API or the key file gave them; there is no certificate and no revocation to check.",
  },
  {
    code: 'BACKFILL_OPTIONAL',
    text: 'CloudTrail delivers backfill digests only when needed. A deleted one without a successor leaves no trace except its log files, which are then unlisted.',
  },
];

const QUERIES_ONLY: Limit = {
  code: 'QUERY_RESULTS_ONLY',
  text: 'Only query results of CloudTrail Lake were asked for and verified: no digest, log file or time of a trail was.',
};

/** The options of a run that limit what it shows. */
interface AskedFor {
  readonly logs?: boolean | undefined;
  readonly unlisted?: boolean | undefined;
  readonly from?: number | undefined;
  /** Whether query results alone were asked for. */
  readonly onlyQueries?: boolean | undefined;
  readonly expectations?: readonly { readonly settings?: object | undefined }[] | undefined;
}

/** The limits that follow from how a run was asked for; never empty. */
export function fixedLimits(asked: AskedFor): readonly Limit[] {
  if (asked.onlyQueries === true) return [...ALWAYS.filter(({ code }) => code === 'KEY_TRUST'), QUERIES_ONLY];
  const limits = [...ALWAYS];
  const add = (code: string, text: string): number => limits.push({ code, text });
  if (asked.logs === false)
    add(
      'LOGS_NOT_CHECKED',
      'Log files were not read: only digests and their links were checked (--no-logs).',
    );
  if (asked.unlisted === false)
    add(
      'UNLISTED_NOT_SEARCHED',
      'Log folders were not listed: log files that no digest names went unseen (--no-unlisted).',
    );
  else
    add(
      'UNLISTED_IN_WINDOW',
      "Log folders were searched for unlisted files in the window's days. On the levels that lead to these days, folders that can be no year, month or day were searched too. Other days and months, whatever is in them, and the folders of other services were not examined.",
    );
  if (asked.from === undefined)
    add(
      'WINDOW_AS_FOUND',
      'No beginning was asked for: time before the oldest digest of each chain is not covered.',
    );
  if (asked.expectations?.some(({ settings }) => settings !== undefined) === true)
    add(
      'TRAIL_AS_IT_IS_NOW',
      "The expected chains follow from the trail's settings as they are now, not as they were in the window. A Region or account goes unseen where the trail served it only before a change and every trace of it is gone.",
    );
  if ((asked.expectations ?? []).length === 0) {
    add(
      'NOTHING_EXPECTED',
      'No expected chains were known (no trail ARN, no --expect). An account, Region or trail of which every trace is gone goes unseen.',
    );
  }
  return limits;
}

/** The text of the limit for log files that were left undecided. */
export function undecidedLimit(count: number): string {
  const [files, they] =
    count === 1 ? ['1 log file', 'it'] : [`${count.toLocaleString('en-US')} log files`, 'them'];
  return `${files} of the time asked about could not be decided: a digest still to come, or one from before the oldest, may name ${they}. Whether CloudTrail delivered ${they} is not shown; a later run shows it.`;
}

/** The text of the limit for log files from before the oldest digest, where no beginning was asked for; `paths` as `2025/` or `2026/03/02/`. */
export function earlierLimit(paths: readonly string[]): string {
  const [earliest = ''] = [...paths].sort();
  const where =
    paths.length === 1 ? "one Region's folder" : `${paths.length.toLocaleString('en-US')} Regions' folders`;
  return `There are log files from before the oldest digest in ${where}, from ${earliest.slice(0, -1)} on. No digest covers them, and they were not read. Where the trail validated its log files then, digests were deleted.`;
}

/** The method of every report of this version, step by step. A change of a step is a new id. */
export const METHOD: MethodRecord = {
  id: 'trail-verify/digest-chain/1',
  reference:
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html',
  steps: [
    'List the digest files of every account, Region and trail in scope, and the digests next to the window on either side.',
    'Walk each chain from its newest digest to its oldest, along the links that digests carry.',
    'Inflate each digest strictly (one gzip member, its check sum and length right), refuse JSON keys that occur twice, and compute the SHA-256 of its content.',
    "Verify the digest's signature (RSASSA-PKCS1-v1_5, SHA-256) with the public key of CloudTrail whose fingerprint it names, over the end of its window, its place, its content hash and the previous signature.",
    'Compare place, content hash and signature of each digest with what its successor records of it.',
    'Count as covered only time that a proven digest covers, and name the reason for every other stretch.',
    'Inflate each log file that a proven digest names, and compare the SHA-256 of its content with the one that the digest records.',
    'List the log folders of the days covered, and name every log file that no proven digest lists.',
    'Compare the chains found with the expected ones, as far as those are known.',
    'Conclude: INVALID where a finding contradicts signed evidence, INCONCLUSIVE where one leaves something unproven, VALID otherwise.',
  ],
};
