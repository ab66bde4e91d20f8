/** How far a run has come, and how its events reach those who follow it. */

import type { Place } from '../chain/discover.ts';
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
  readonly #counts: { -readonly [Name in keyof Progress]: Progress[Name] } = {
    phase: 'finding',
    placesDone: 0,
    placesListed: 0,
    placesPlanned: 0,
    digestsDone: 0,
    digestsPlanned: 0,
    logsDone: 0,
    logsPlanned: 0,
    logsExpected: 0,
    bytesRead: 0,
  };
  /** Of each chain that is walked: the digests that are planned and not read, those that are read, and the log files that these name. */
  readonly #open = new Map<string, { left: number; read: number; logs: number }>();
  readonly #checksLogs: boolean;
  #isDue = false;
  #hasResults = false;

  /** `checksLogs` is false where log files are named and not read. */
  constructor(checksLogs: boolean = true) {
    this.#checksLogs = checksLogs;
  }

  /** Whether any digest or query result was judged so far. */
  get hasBegun(): boolean {
    return this.#counts.digestsDone > 0 || this.#hasResults;
  }

  /** So many places are found so far. */
  found(places: number): void {
    this.#counts.placesPlanned = places;
  }

  /** The places are found, and are verified now. */
  plan(places: number): void {
    this.#counts.placesPlanned = places;
    this.#counts.phase = 'verifying';
  }

  /** The chains of one place more are known, and were announced. */
  placeListed(): void {
    this.#counts.placesListed += 1;
    this.#isDue = true;
  }

  /** One place more is walked: its digests that were not read, as an earlier run had read them, are no longer planned. */
  placeDone({ account, region }: Pick<Place, 'account' | 'region'>): void {
    const counts = this.#counts;
    counts.placesDone += 1;
    for (const [chain, open] of this.#open) {
      if (!chain.startsWith(`${account}/${region}/`)) continue;
      counts.digestsPlanned -= open.left;
      this.#open.delete(chain);
    }
    this.#isDue = true;
  }

  /** All places are verified. */
  conclude(): void {
    this.#counts.phase = 'concluding';
  }

  /** How far the run has come. */
  now(): TrailEvent {
    return { type: 'progress', progress: { ...this.#counts, logsExpected: this.#logsExpected() } };
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
        this.#open.set(event.id, { left: event.listed, read: 0, logs: 0 });
        break;
      case 'digest':
        this.#digests(event, event.listed ? 1 : 0);
        break;
      case 'digests':
        this.#digests(event, event.count);
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

  #digests(
    { chain, logFiles, bytes }: Extract<TrailEvent, { type: 'digest' | 'digests' }>,
    count: number,
  ): void {
    const counts = this.#counts;
    const logs = this.#checksLogs ? logFiles : 0;
    counts.digestsDone += count;
    counts.logsPlanned += logs;
    counts.bytesRead += bytes.read;
    const open = this.#open.get(chain);
    if (open === undefined) return;
    open.left = Math.max(0, open.left - count);
    open.read += count;
    open.logs += logs;
  }

  /** A chain of which no digest is read yet is taken for one like all the others. */
  #logsExpected(): number {
    const { digestsDone, logsPlanned } = this.#counts;
    const usual = logsPlanned / Math.max(1, digestsDone);
    let expected = 0;
    for (const { left, read, logs } of this.#open.values())
      expected += left * (read > 0 ? logs / read : usual);
    return Math.round(expected);
  }

  #logs(count: number, bytes: number): void {
    const counts = this.#counts;
    const updates = Math.floor(counts.logsDone / LOGS_PER_UPDATE);
    counts.logsDone += count;
    counts.bytesRead += bytes;
    if (Math.floor(counts.logsDone / LOGS_PER_UPDATE) > updates) this.#isDue = true;
  }
}
