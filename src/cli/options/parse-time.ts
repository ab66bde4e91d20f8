import { UsageError } from './usage-error.ts';

const EXAMPLES = 'for example 2026-11-20T15:00:00Z, 2026-11-20T16:00:00+01:00, 2026-11-20, 7d, 36h or 90m';
const AGE = /^(\d+)([mhdw])$/;
const AGE_UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** The stamp in CloudTrail's file names. */
const STAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** What is before belongs to no log file, and what is after has no four digits for its year, as in CloudTrail's names. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 9999;

/**
 * A time as people give it, in milliseconds since the epoch: ISO 8601 with its offset honoured (UTC where it has
 * none), a date (its beginning, UTC midnight, for both ends of a window), the stamp of a CloudTrail file name, or
 * an age before `now`. Throws UsageError, naming `option`, also for a day that no calendar has and for a time that is
 * not within the years 1970 to 9999.
 */
export function parseTime(text: string, option: string, now: number): number {
  const time = readAge(text, now) ?? readDate(text, option);
  // Nothing that reckons with the time later has to mind a date that cannot be written: NaN is neither before nor after.
  const isWithin = time >= Date.UTC(FIRST_YEAR, 0) && time < Date.UTC(LAST_YEAR + 1, 0);
  if (!isWithin) {
    const why = `${JSON.stringify(text)} is not within the years ${FIRST_YEAR} to ${LAST_YEAR}`;
    throw new UsageError(`${option}: ${why}`, EXAMPLES);
  }
  return time;
}

function readAge(text: string, now: number): number | undefined {
  const [, count, unit] = AGE.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return now - Number(count) * (AGE_UNITS[unit] ?? Number.NaN);
}

function readDate(text: string, option: string): number {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] =
    ISO.exec(text) ?? STAMP.exec(text) ?? [];
  if (year === undefined) throw new UsageError(`${option}: ${JSON.stringify(text)} is not a time`, EXAMPLES);
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  const asUtc = Date.parse(`${local}Z`);
  // Date.parse rolls 2026-02-30 over to March; only what reads the same again exists.
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString() !== `${local}Z`) {
    throw new UsageError(`${option}: ${JSON.stringify(text)} does not exist`, EXAMPLES);
  }
  return asUtc - offsetMilliseconds(offset, text, option);
}

function offsetMilliseconds(offset: string, text: string, option: string): number {
  if (offset.toUpperCase() === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  // The farthest clocks are 14 hours ahead and 12 behind; ISO 8601 itself allows less than a day.
  if (hours > 23 || minutes > 59) {
    throw new UsageError(`${option}: the offset of ${JSON.stringify(text)} does not exist`, EXAMPLES);
  }
  const size = (hours * 60 + minutes) * 60_000;
  return offset.startsWith('-') ? -size : size;
}
