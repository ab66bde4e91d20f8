import type { Progress, TrailEvent } from '../findings/event.ts';

/** Log files between two progress events. */
const LOGS_PER_UPDATE = 64;

/** Counts a run's events into progress events: one for each chain and digest, or run of digests, and one for so many log files. */
export class RunProgress {
  readonly #counts: { -readonly [Name in keyof Progress]: number };

  constructor(placesPlanned: number) {
    this.#counts = {
      placesDone: 0,
      placesPlanned,
      digestsDone: 0,
      digestsPlanned: 0,
      logsDone: 0,
      logsPlanned: 0,
      bytesRead: 0,
    };
  }

  /** Whether any digest was judged so far. */
  get hasBegun(): boolean {
    return this.#counts.digestsDone > 0;
  }

  placeDone(): void {
    this.#counts.placesDone += 1;
  }

  /** Where the run stands. */
  now(): TrailEvent {
    return { type: 'progress', progress: { ...this.#counts } };
  }

  /** Takes an event into account; gives back a progress event where it is time for one. */
  after(event: TrailEvent): TrailEvent | undefined {
    const counts = this.#counts;
    if (event.type === 'chain' && event.inScope) {
      counts.digestsPlanned += event.listed;
      return this.now();
    }
    if (event.type === 'digest') {
      if (event.listed) counts.digestsDone += 1;
      counts.logsPlanned += event.logFiles;
      counts.bytesRead += event.bytes.read;
      return this.now();
    } else if (event.type === 'digests') {
      counts.digestsDone += event.count;
      counts.logsPlanned += event.logFiles;
      counts.bytesRead += event.bytes.read;
      return this.now();
    } else if (event.type === 'log') {
      counts.logsDone += 1;
      counts.bytesRead += event.bytes.read;
      if (counts.logsDone % LOGS_PER_UPDATE === 0) return this.now();
    } else if (event.type === 'logs') {
      const updates = Math.floor(counts.logsDone / LOGS_PER_UPDATE);
      counts.logsDone += event.count;
      counts.bytesRead += event.bytes.read;
      if (Math.floor(counts.logsDone / LOGS_PER_UPDATE) > updates) return this.now();
    }
    return undefined;
  }
}
