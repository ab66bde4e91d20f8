import { WIDEST_WINDOW } from '../source/wrappers.ts';
import { checkerHere } from './check-here.ts';
import type { Checker } from './checker.ts';
import { BYTES_HELD, requestsOf } from './contract.ts';

/** What decides how a run checks its log files, and where. */
interface CheckingOptions {
  readonly source: { readonly access?: unknown; readonly kind?: string };
  readonly checker?: Checker | undefined;
  readonly concurrency?: number | undefined;
}

/** The checker of one run. */
export interface RunChecker {
  readonly checker: Checker;
  /** Whether it reads log files itself, in batches; else the run reads them one by one, and has them hashed. */
  readonly inBatches: boolean;
  /** Objects that the run itself may read at once, beside it. */
  readonly rest: number;
  /** Ends what was opened for this run alone. */
  close(): Promise<void>;
}

/**
 * Objects that the thread that asks reads at once where no number is given: of a copy enough for its disk; of S3 the digests of
 * several chains, a bucket's latency being worth some hundred.
 */
const OF_A_COPY = 64;
const OF_A_BUCKET = 128;

/**
 * The checker of a run: the given one, or else the thread that asks. Log files are checked in batches, but where nobody else reads
 * the source, and where so few requests may be in flight that they cannot be divided. Reading a copy
 * is no request.
 */
export function runChecker(options: CheckingOptions): RunChecker {
  const { source, checker } = options;
  const isCopy = source.kind !== 's3';
  const concurrency = isCopy ? undefined : options.concurrency;
  const given = checker?.requests ?? requestsOf(concurrency) ?? WIDEST_WINDOW;
  const left = concurrency === undefined ? undefined : concurrency - given;
  const inBatches = source.access !== undefined && given > 0 && (left === undefined || left > 0);
  const all = options.concurrency ?? (isCopy ? OF_A_COPY : OF_A_BUCKET);
  const rest = inBatches && left !== undefined ? left : all;
  if (checker !== undefined) return { checker, inBatches, rest, close: async () => {} };
  const fixed = concurrency !== undefined;
  const here = checkerHere({ requests: Math.max(1, given), fixed, bytes: BYTES_HELD });
  return { checker: here, inBatches, rest, close: () => here.close() };
}
