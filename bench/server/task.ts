import type { TrailRecipe } from '../data/made-trail.ts';

/** What a server serves. `latency` is in milliseconds; with `prepare` every answer is made before the first request. */
export interface ServerTask {
  readonly recipe: TrailRecipe;
  readonly latency: number;
  readonly prepare: boolean;
}

/** The first line that a server prints. */
export interface ServerReady {
  readonly url: string;
}

/** What was asked of a server; `listings` are requests of ListObjectsV2. */
export interface ServerCounts {
  readonly requests: number;
  readonly listings: number;
}
