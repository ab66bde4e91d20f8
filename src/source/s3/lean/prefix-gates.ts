/**
 * How many requests may be under way below each prefix, learned from S3's answers: it limits requests by prefix and
 * says 503 SlowDown where there are too many (user guide, "Optimizing Amazon S3 performance").
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isCongestion } from '../../../aws/failure.ts';
import type { ObjectRef } from '../../source.ts';

/** Below one request at a time the time between two of them is stretched instead, in milliseconds. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 2000;
const SHORTEST_PAUSE = 5;
/** The share of that time that an answer leaves. */
const PAUSE_RECOVERY = 0.95;
/** A bound that has grown beyond this is none any more. */
const UNBOUNDED = 512;

/** The state of one prefix; times are those of performance.now(). */
interface Gate {
  active: number;
  /** Requests that may be under way; infinite until S3 first refuses. */
  limit: number;
  /** From the beginning of one request to that of the next. */
  pause: number;
  nextStart: number;
  /** When the bound was last cut: refusals of requests begun before it say nothing new. */
  lastCut: number;
  readonly waiting: (() => void)[];
}

/** One try of a request that may go, below its prefix. */
export interface GateTurn {
  readonly prefix: string;
  readonly gate: Gate;
  /** When it began. */
  readonly begun: number;
}

/** Additive increase and multiplicative decrease for each prefix; where S3 never refused, nothing waits. */
export class PrefixGates {
  readonly #gates = new Map<string, Gate>();

  /** Runs one try of a request when there is room below its object's prefix. Rejects as `task` does. */
  async pass<Result>(ref: ObjectRef, task: () => Promise<Result>): Promise<Result> {
    const entering = this.enter(ref);
    const turn = entering instanceof Promise ? await entering : entering;
    try {
      const result = await task();
      this.leave(turn, 'answered');
      return result;
    } catch (error) {
      this.leave(turn, isCongestion(error) ? 'congested' : 'failed');
      throw error;
    }
  }

  /** A turn for one try of a request: at once where S3 never refused below its object's prefix. Each turn must be ended by `leave`. */
  enter(ref: ObjectRef): GateTurn | Promise<GateTurn> {
    const prefix = prefixOf(ref);
    const gate = this.#gates.get(prefix) ?? newGate();
    this.#gates.set(prefix, gate);
    if (gate.limit !== Number.POSITIVE_INFINITY)
      return takeTurn(gate).then(() => ({ prefix, gate, begun: performance.now() }));
    gate.active += 1;
    return { prefix, gate, begun: performance.now() };
  }

  /** Ends a turn: with an answer, a refusal for there are too many requests, or another failure. */
  leave({ prefix, gate, begun }: GateTurn, how: 'answered' | 'congested' | 'failed'): void {
    if (how === 'answered') recover(gate);
    else if (how === 'congested') cut(gate, begun);
    gate.active -= 1;
    admitWaiting(gate);
    if (gate.active === 0 && gate.limit === Number.POSITIVE_INFINITY) this.#gates.delete(prefix);
  }
}

/** The folder above an object's date folders: one chain's, or one kind of log files'. S3 does not say where it splits prefixes. */
function prefixOf({ bucket, key }: ObjectRef): string {
  return `${bucket}/${key.replace(/(?:\/\d{1,4})*\/[^/]*$/, '')}`;
}

function newGate(): Gate {
  return {
    active: 0,
    limit: Number.POSITIVE_INFINITY,
    pause: 0,
    nextStart: 0,
    lastCut: Number.NEGATIVE_INFINITY,
    waiting: [],
  };
}

/** Resolves with a place taken, at its time. */
async function takeTurn(gate: Gate): Promise<void> {
  if (gate.waiting.length === 0 && gate.active < Math.floor(gate.limit)) gate.active += 1;
  else await new Promise<void>((resolve) => gate.waiting.push(resolve));
  const now = performance.now();
  const start = Math.max(now, gate.nextStart);
  gate.nextStart = start + gate.pause;
  if (start - now >= 1) await delay(start - now);
}

/** Gives places to those who wait, as far as there are any. */
function admitWaiting(gate: Gate): void {
  while (gate.waiting.length > 0 && gate.active < Math.floor(gate.limit)) {
    gate.active += 1;
    gate.waiting.shift()?.();
  }
}

function recover(gate: Gate): void {
  if (gate.limit === Number.POSITIVE_INFINITY) return;
  if (gate.pause > 0) {
    const shorter = gate.pause * PAUSE_RECOVERY;
    gate.pause = shorter < SHORTEST_PAUSE ? 0 : shorter;
    return;
  }
  const wider = gate.limit + 1 / gate.limit;
  gate.limit = wider > UNBOUNDED ? Number.POSITIVE_INFINITY : wider;
}

function cut(gate: Gate, begun: number): void {
  if (begun < gate.lastCut) return;
  gate.lastCut = performance.now();
  const half = Math.min(gate.limit, gate.active) / 2;
  if (half < 1) gate.pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, gate.pause * 2));
  gate.limit = Math.max(1, half);
}
