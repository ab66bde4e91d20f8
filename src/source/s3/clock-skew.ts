import type { ClockSkew } from '../source.ts';

/** A server names its time in whole seconds: on average it is half of one later than it says (RFC 9110, 6.6.1). */
const HALF_SECOND = 500;

/** Compares this machine's clock with the one that a server's answers name in their Date header. */
export interface SkewMeter {
  /** Takes one answer into account; times are milliseconds since the epoch on this machine's clock. */
  add(answer: { readonly sent: number; readonly received: number; readonly date: string | undefined }): void;
  /** What the quickest answer showed, for it leaves the least doubt; undefined before the first one with a date. */
  skew(): ClockSkew | undefined;
}

/** A meter that has seen nothing yet. */
export function skewMeter(): SkewMeter {
  let best: ClockSkew | undefined;
  return {
    add: ({ sent, received, date }) => {
      const uncertainty = Math.ceil(HALF_SECOND + (received - sent) / 2);
      if (received < sent || (best !== undefined && best.uncertainty <= uncertainty)) return;
      const named = Date.parse(date ?? '');
      if (Number.isNaN(named)) return;
      best = { milliseconds: Math.round((sent + received) / 2 - named - HALF_SECOND), uncertainty };
    },
    skew: () => best,
  };
}
