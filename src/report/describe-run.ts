import { asciiJson } from '../base/json.ts';
import { sha256 } from '../crypto/hash.ts';
import type { ClockSkew } from '../source/source.ts';
import { conclude, scopeRecord } from './conclude.ts';
import type {
  ClockRecord,
  ExaminationFacts,
  ExaminationReport,
  ObjectsReport,
  ScopeRecord,
  ToolRecord,
  TrailRecord,
} from './examination.ts';
import { METHOD } from './method.ts';
import type { Report } from './report.ts';

/** What is known of a run besides its events and its result. */
export interface RunDescription {
  readonly runId: string;
  readonly examination?: ExaminationFacts | undefined;
  /** The scope asked for, as far as it narrows what was found. */
  readonly asked?:
    | {
        readonly accounts?: readonly string[];
        readonly regions?: readonly string[];
        readonly trails?: readonly string[];
      }
    | undefined;
  readonly checks?: ScopeRecord['checks'] | undefined;
  readonly skew?: ClockSkew | undefined;
  readonly objects?: ObjectsReport | undefined;
}

/** The fields of a report that tell of its own making, but for those of its tool. */
export function describeRun(
  result: Pick<Report, 'verdict' | 'totals' | 'findings' | 'furtherFindings' | 'chains'>,
  { runId, examination = {}, asked = {}, checks, skew, objects }: RunDescription,
): ExaminationReport {
  const { caseRef, supersedes, examiner, clock, elapsed, trail, signing } = examination;
  const { arguments: words, files } = examination;
  return {
    title: 'Verification of AWS CloudTrail log files',
    language: 'en',
    reportId: runId,
    ...(caseRef === undefined ? {} : { caseRef }),
    ...(supersedes === undefined ? {} : { supersedes }),
    conclusion: conclude(result),
    ...(examiner === undefined ? {} : { examiner }),
    ...(clock === undefined ? {} : { clock: clockRecord(clock, skew, elapsed) }),
    ...(words === undefined ? {} : { inputs: { arguments: words, files: files ?? [] } }),
    scope: { ...scopeRecord(result, asked), ...(checks === undefined ? {} : { checks }) },
    method: METHOD,
    ...(trail === undefined ? {} : { trail: trailRecord(trail) }),
    ...(objects === undefined ? {} : { objects }),
    ...(signing === undefined ? {} : { signing }),
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
    ...(elapsed === undefined ? {} : { elapsedMilliseconds: Math.round(elapsed()) }),
  };
}

/** The tool as a report names it: what the library knows of itself, and what its caller knows of it. */
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
