import type { Answer } from './answer.ts';
import type { RequestRecord } from './request.ts';

/**
 * One way of going wrong, for the requests that match.
 *
 * - `status`: answer `status` and `code` (503 SlowDown unless said).
 * - `reset`: reset the connection, before any answer or, with `afterBytes`, after that much of the body.
 * - `truncate`: announce the whole Content-Length, send `afterBytes` (half unless said), end the connection.
 * - `stall`: say nothing any more, from the start or, with `afterBytes`, after that much of the body.
 * - `answer`: send what `change` makes of the right answer.
 * - `headers`: send a line of the headers every `latencyMs` (100 unless said), without an end.
 * - `slow`: send the body in pieces of `afterBytes` (16 unless said), `latencyMs` (5 unless said) apart.
 */
export interface Fault {
  readonly kind: 'status' | 'reset' | 'truncate' | 'stall' | 'slow' | 'answer' | 'headers';
  /** Of `METHOD /path` (decoded, no query) as a pattern, or a function of both. Every request matches unless said. */
  readonly match?: RegExp | ((method: string, path: string) => boolean);
  /** The same of all that is known of a request. */
  readonly of?: (record: RequestRecord) => boolean;
  /** The API operation, such as GetObject; for the services where every path is `/`. */
  readonly operation?: string;
  /** How many requests it strikes; Infinity for all. Default 1. */
  readonly times?: number;
  readonly status?: number;
  readonly code?: string;
  readonly afterBytes?: number;
  readonly change?: (answer: Answer) => Answer;
  /** Waits this long before the answer (for `slow`: between pieces). */
  readonly latencyMs?: number;
}

/** The faults that wait to strike. */
export interface Faults {
  /** Adds a fault behind those that wait already; the first that matches strikes. */
  add(fault: Fault): void;
  /** Takes all faults back. */
  clear(): void;
  /** How many requests have been struck so far. */
  readonly struck: number;
  /** The fault that strikes this request, if any: it is then used up once. */
  take(record: RequestRecord): Fault | undefined;
}

/** An empty list of faults. */
export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = [];
  let struck = 0;
  return {
    add(fault) {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    clear() {
      waiting = [];
    },
    get struck() {
      return struck;
    },
    take(record) {
      const entry = waiting.find(({ fault, left }) => left > 0 && matches(fault, record));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      struck += 1;
      return entry.fault;
    },
  };
}

function matches(fault: Fault, record: RequestRecord): boolean {
  if (fault.operation !== undefined && fault.operation !== record.operation) return false;
  if (fault.of !== undefined && !fault.of(record)) return false;
  if (fault.match === undefined) return true;
  if (typeof fault.match === 'function') return fault.match(record.method, record.path);
  // search ignores the lastIndex of a pattern with the flag g.
  return `${record.method} ${record.path}`.search(fault.match) >= 0;
}
