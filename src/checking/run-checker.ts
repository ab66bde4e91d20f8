import { WIDEST_WINDOW } from '../source/request-window.ts';
import { checkerHere } from './check-here.ts';
import type { Checker } from './checker.ts';
import { BYTES_HELD, requestsOf } from './contract.ts';

/** What decides whether a run checks its log files in batches, and where. */
interface CheckingOptions {
  readonly source: { readonly access?: unknown; readonly kind?: string };
  readonly logs?: boolean | undefined;
  /** There where somebody wants every object as it was read: batches hand none on. */
  readonly onObject?: unknown;
  /** There where files that are checked one by one are hashed elsewhere. */
  readonly hasher?: unknown;
  readonly checker?: Checker | undefined;
  readonly concurrency?: number | undefined;
}

/** The checker of one run. */
export interface RunChecker {
  readonly checker: Checker;
  /** Requests that may be in flight beside it; undefined where there is nothing to divide. */
  readonly rest: number | undefined;
  /** Ends what was opened for this run alone. */
  close(): Promise<void>;
}

/**
 * The checker of a run: the given one, or else the thread that asks. Undefined where each file is checked by itself: where
 * the source is read by nobody else, where objects are handed on, and where so few requests may be in flight that they cannot be
 * divided. Reading a copy is no request.
 */
export function runChecker(options: CheckingOptions): RunChecker | undefined {
  const { source, logs, onObject, hasher, checker } = options;
  const concurrency = source.kind === 'folder' ? undefined : options.concurrency;
  if (source.access === undefined || logs === false || onObject !== undefined) return undefined;
  if (checker !== undefined) {
    const rest = concurrency === undefined ? undefined : concurrency - checker.requests;
    return rest === undefined || rest > 0 ? { checker, rest, close: async () => {} } : undefined;
  }
  if (hasher !== undefined) return undefined;
  const requests = requestsOf(concurrency) ?? WIDEST_WINDOW;
  if (requests < 1) return undefined;
  const here = checkerHere({ requests, fixed: concurrency !== undefined, bytes: BYTES_HELD });
  const rest = concurrency === undefined ? undefined : concurrency - requests;
  return { checker: here, rest, close: () => here.close() };
}
