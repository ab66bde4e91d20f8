/** Where the present comes from: handed in, so that a run can be replayed and tested. */
export interface Clock {
  /** The current time in milliseconds since the Unix epoch. */
  now(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that always shows `time` (milliseconds since the Unix epoch). */
export function fixedClock(time: number): Clock {
  return { now: () => time };
}

/** Milliseconds in one minute, hour and day. */
export const MINUTE: number = 60_000;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** CloudTrail went into service in November 2013 (user guide, document history). */
export const CLOUDTRAIL_BEGAN: number = Date.UTC(2013, 10, 1);

/** The dates that have a year of four figures, as every reader of ISO 8601 takes them. */
const FIRST_TIME = Date.parse('0000-01-01T00:00:00Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * `time` (milliseconds since the Unix epoch) where a date can say it, else undefined: storage and file systems hold any number,
 * and one that is no time is none.
 */
export function knownTime(time: number | undefined): number | undefined {
  return time !== undefined && time >= FIRST_TIME && time <= LAST_TIME ? time : undefined;
}

/** `time` (milliseconds since the Unix epoch) as ISO 8601 in UTC to the second, as CloudTrail writes times. */
export function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
