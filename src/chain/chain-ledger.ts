import { isoTime } from '../base/clock.ts';
import type { SegmentEnd, TrailEvent } from '../findings/event.ts';
import type { FindingCode } from '../findings/finding.ts';
import type { VerifiedDigest } from './check-digest.ts';
import type { Interval } from './coverage.ts';
import type { Window } from './list-digests.ts';

interface OpenSegment {
  readonly newest: VerifiedDigest;
  oldest: VerifiedDigest;
  digests: number;
}

/**
 * What a walk down one chain proves of the window: runs of covered time, the holes between them each with the
 * code of the finding that says why, and the segments. Written newest first; each run is passed on when it ends, so
 * that nothing is kept but the open one.
 */
export class ChainLedger {
  readonly #id: string;
  readonly #window: Window;
  readonly #events: TrailEvent[] = [];
  #run: Interval | undefined;
  #segment: OpenSegment | undefined;
  /** Down to here everything is covered or accounted for as uncovered. */
  #reached: number;
  #reason: FindingCode | undefined;

  /** `through`: up to where coverage is owed (milliseconds since the epoch). */
  constructor(id: string, window: Window, through: number) {
    this.#id = id;
    this.#window = window;
    this.#reached = through;
  }

  /** Notes why the time below is not covered, until the next covered digest; the first reason counts. */
  broken(reason: FindingCode): void {
    this.#reason ??= reason;
    this.#closeSegment();
  }

  /** As `broken`, for a hole between two digests that are linked. */
  hole(reason: FindingCode): void {
    this.#reason ??= reason;
  }

  /** A digest was proven. `linked`: the one before it in the walk (its successor) recorded it so. */
  proven(digest: VerifiedDigest, linked: boolean): void {
    if (!linked) this.#closeSegment();
    if (this.#segment === undefined) this.#segment = { newest: digest, oldest: digest, digests: 1 };
    else {
      this.#segment.oldest = digest;
      this.#segment.digests += 1;
    }
    // The window of a starting digest is the hour before logging began: no log file was owed in it.
    if (digest.digest.previous !== undefined && digest.asRecorded)
      this.#cover(digest.digest.startTime, digest.digest.endTime);
  }

  /** Ends the walk. With a `reason`, time from the beginning of the window to the oldest covered digest is uncovered. */
  close(reason: FindingCode | undefined): void {
    const { from } = this.#window;
    if (from !== undefined && this.#reached > from && reason !== undefined) {
      this.#uncovered(from, this.#reached, this.#reason ?? reason);
      this.#reached = from;
    }
    this.#closeRun();
    this.#closeSegment();
  }

  /** The hole that is open at `at`, time that the walk has passed and nothing covers so far. */
  openHole(at: number): { readonly openHole?: Interval | undefined } {
    return at < this.#reached ? { openHole: { from: at, to: this.#reached } } : {};
  }

  /** Takes the events written so far. */
  drain(): readonly TrailEvent[] {
    return this.#events.splice(0);
  }

  #cover(start: number, end: number): void {
    const from = Math.max(start, this.#window.from ?? start);
    const to = Math.min(end, this.#window.to);
    if (from >= to) return;
    if (to < this.#reached) this.#uncovered(to, this.#reached, this.#reason ?? 'WINDOW_HOLE');
    this.#reason = undefined;
    // The newest digest may be above the time that is due; a hole right below it is one all the same.
    this.#reached = this.#run === undefined ? from : Math.min(this.#reached, from);
    if (this.#run !== undefined && to >= this.#run.from)
      this.#run = { from: Math.min(from, this.#run.from), to: this.#run.to };
    else {
      this.#closeRun();
      this.#run = { from, to };
    }
  }

  #uncovered(from: number, to: number, reason: FindingCode): void {
    this.#events.push({ type: 'uncovered', chain: this.#id, from, to, reason });
  }

  #closeRun(): void {
    if (this.#run !== undefined) this.#events.push({ type: 'covered', chain: this.#id, ...this.#run });
    this.#run = undefined;
  }

  #closeSegment(): void {
    const segment = this.#segment;
    if (segment === undefined) return;
    this.#segment = undefined;
    const { newest, oldest, digests } = segment;
    this.#events.push({
      type: 'segment',
      chain: this.#id,
      from: oldest.digest.startTime,
      to: newest.digest.endTime,
      digests,
      newest: { ...newest.ref, sha256: newest.sha256, signature: newest.signature },
      previous: previousEnd(oldest),
    });
  }
}

function previousEnd(oldest: VerifiedDigest): SegmentEnd | null {
  return oldest.digest.previous ?? null;
}

/** A span as findings have it: ISO 8601 UTC. */
export function span(from: number, to: number): { readonly from: string; readonly to: string } {
  return { from: isoTime(from), to: isoTime(to) };
}
