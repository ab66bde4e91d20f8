/** How far a run has come, and how its events reach those who follow it. */

import type { Progress, TrailEvent } from '../findings/event.ts';

/** Log files between two progress events. */
const LOGS_PER_UPDATE = 64;

/** Takes one event of a run; resolves when there is room for the next. */
export type Emit = (event: TrailEvent) => Promise<void>;

/** A follower of a run's events. */
export interface Observer {
  /** Takes note of an event, before it is handed on. */
  see(event: TrailEvent): void;
}

/**
 * Shows each event to `observers`, in their order, and hands it to `report`; after it comes a progress event where `progress`, which is
 * one of them, has one to report.
 */
export function emitTo(report: Emit, observers: readonly Observer[], progress: RunProgress): Emit {
  return (event) => {
    for (const observer of observers) observer.see(event);
    const update = progress.due();
    const passed = report(event);
    // Nearly all events wait for nothing, and each promise more is one for every event.
    return update === undefined ? passed : passed.then(() => report(update));
  };
}

/** Counts a run's events, and says when it is time to report how far it has come. */
export class RunProgress implements Observer {
  readonly #counts: { -readonly [Name in keyof Progress]: number } = {
    placesDone: 0,
    placesPlanned: 0,
    digestsDone: 0,
    digestsPlanned: 0,
    logsDone: 0,
    logsPlanned: 0,
    bytesRead: 0,
  };
  #isDue = false;
  #hasResults = false;

  /** Whether any digest or query result was judged so far. */
  get hasBegun(): boolean {
    return this.#counts.digestsDone > 0 || this.#hasResults;
  }

  /** So many places are to be verified. */
  plan(places: number): void {
    this.#counts.placesPlanned = places;
  }

  /** One place more is done. */
  placeDone(): void {
    this.#counts.placesDone += 1;
  }

  /** How far the run has come. */
  now(): TrailEvent {
    return { type: 'progress', progress: { ...this.#counts } };
  }

  /** The progress event that the events seen so far ask for; undefined where none does since the last one was taken. */
  due(): TrailEvent | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    return this.now();
  }

  /** Counts an event: each chain and digest, or run of digests, is worth a progress event, and every so many log files are. */
  see(event: TrailEvent): void {
    const counts = this.#counts;
    switch (event.type) {
      case 'chain':
        if (!event.inScope) return;
        counts.digestsPlanned += event.listed;
        break;
      case 'digest':
        if (event.listed) counts.digestsDone += 1;
        counts.logsPlanned += event.logFiles;
        counts.bytesRead += event.bytes.read;
        break;
      case 'digests':
        counts.digestsDone += event.count;
        counts.logsPlanned += event.logFiles;
        counts.bytesRead += event.bytes.read;
        break;
      case 'log':
        this.#logs(1, event.bytes.read);
        return;
      case 'logs':
        this.#logs(event.count, event.bytes.read);
        return;
      case 'query-results':
        this.#hasResults = true;
        counts.bytesRead += event.bytes;
        break;
      default:
        return;
    }
    this.#isDue = true;
  }

  #logs(count: number, bytes: number): void {
    const counts = this.#counts;
    const updates = Math.floor(counts.logsDone / LOGS_PER_UPDATE);
    counts.logsDone += count;
    counts.bytesRead += bytes;
    if (Math.floor(counts.logsDone / LOGS_PER_UPDATE) > updates) this.#isDue = true;
  }
}
