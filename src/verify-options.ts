import type { Clock } from './base/clock.ts';
import type { Scope } from './chain/expectations.ts';
import type { ChainWalker, Expectation, TakeExamined } from './chain/list-digests.ts';
import type { Checker } from './checking/contract.ts';
import type { KeyRing } from './crypto/public-key.ts';
import type { Relocation } from './digest/digest-key.ts';
import type { Acceptance, DescribedQuery, Limit } from './findings/event.ts';
import type { LineStore } from './report/lines.ts';
import type { ExaminationFacts } from './report/report.ts';
import type { ShardReadings } from './scale/shard-results.ts';
import type { Source } from './source/source.ts';
import type { StateTarget } from './state/checkpoint.ts';
import type { StateOptions } from './state/read-checkpoint.ts';

/** Everything under `prefix` of a bucket; `prefix` is '' or ends in `/`. */
export interface Target {
  readonly bucket: string;
  readonly prefix: string;
}

/** What to verify, and with what. Times are milliseconds since the epoch. */
export interface VerifyOptions {
  readonly source: Source;
  readonly targets: readonly Target[];
  readonly keyRing: KeyRing;
  /** The window in digest time; default: everything found, to now. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly scope?: Scope | undefined;
  readonly expectations?: readonly Expectation[] | undefined;
  /** Unproven findings that somebody accepts; no two of one name. They stay in the report, and have no part in the verdict. */
  readonly acceptances?: readonly Acceptance[] | undefined;
  readonly relocated?: readonly Relocation[] | undefined;
  /** Check log files against their recorded hashes (default true). */
  readonly logs?: boolean | undefined;
  /** List the log folders for files that no digest names (default true). */
  readonly unlisted?: boolean | undefined;
  /**
   * Verify the query results of CloudTrail Lake and nothing else: no digest, log file or time of a trail (default false; true where
   * every target is within a folder of them).
   */
  readonly queryResultsOnly?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** The name of this run in the report; default a random UUID. */
  readonly runId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Objects read at once (default 64 of a copy; from S3 128, and up to 256 log files more while that pays). */
  readonly concurrency?: number | undefined;
  /**
   * Checks log files, in batches where the source can be read so (default: this thread); `openChecker` gives one with threads.
   * The caller closes it. With a `concurrency`, both must have been given the same, but for a copy.
   */
  readonly checker?: Checker | undefined;
  /**
   * Walks the chains of a copy or of buckets on other threads (default: this thread); `openWalker` gives one. The caller closes
   * it. A key that the ring has found is not asked for again within its validity. With a `concurrency` it walks those of copies alone.
   */
  readonly walker?: ChainWalker | undefined;
  /**
   * Asks CloudTrail Lake about a query, whose results were found and are signed, in its Region; without it nobody is asked. An answer
   * may add findings, and takes none away.
   */
  readonly describeQuery?: DescribeQuery | undefined;
  /** What could not be known before the run began, for the report. */
  readonly limits?: readonly Limit[] | undefined;
  /**
   * Is handed every digest and log file once it was read and judged, and waited for; several may come at once. What it
   * throws ends the run.
   */
  readonly onObject?: TakeExamined | undefined;
  /** The same for log files alone: without `onObject` digests are then not kept, and chains are walked as quickly as ever. */
  readonly onLog?: TakeExamined | undefined;
  /** What the caller knows of the examination, for the report: it goes there as it is. */
  readonly facts?: ExaminationFacts | Promise<ExaminationFacts> | undefined;
  /** Where the inventory of every object checked is written; without one the report binds no inventory. */
  readonly inventory?: LineStore | undefined;
  /**
   * Where findings go beyond those that a report names, the first 20 000 of each code; without one the report names them
   * all, and holds them in memory, 1 to 3 KB each.
   */
  readonly overflowFindings?: LineStore | undefined;
  /** What an earlier run left, and what this one is to leave; without it everything in the window is read. */
  readonly state?: StateOptions | undefined;
  /**
   * What other machines have read of it, by the shards of a plan: the run takes digests and the agreement of log files from there,
   * and reads all else by itself. A state of such a run spares no reading to one that does not take the same word. With it there is no `onObject` or `onLog`.
   */
  readonly shards?: ShardReadings | undefined;
}

/** What CloudTrail says of a query: undefined where it knows none of that id, or in words why it would not say. */
export type DescribeQuery = (
  region: string,
  queryId: string,
) => Promise<{ readonly query: DescribedQuery | undefined; readonly refusal?: string | undefined }>;

/** What the state of a run is of. */
export function stateTarget({ targets, scope = {} }: Pick<VerifyOptions, 'targets' | 'scope'>): StateTarget {
  const { accounts = [], regions = [], trails = [] } = scope;
  return { targets: targets.map(({ bucket, prefix }) => ({ bucket, prefix })), accounts, regions, trails };
}
