/**
 * Times as people give them, read in one way wherever one is taken:
 *
 *     2026-11-20T15:00:00Z, 2026-11-20T16:00:00+01:00, 2026-11-20 15:00     ISO 8601; UTC where it names no offset
 *     2026-11-20                     a date: its beginning in UTC
 *     20261120T150131Z               the stamp in CloudTrail's file names
 *     90min, 36h, 7d, 2w, 12mo, 1y   an age: so long before the present; months and years by the calendar
 */
import { DAY, HOUR, MINUTE } from './clock.ts';

/** The words on times in a help. */
export const TIME = 'ISO 8601, a date (its beginning, UTC) or an age (90min, 36h, 7d, 2w, 3mo, 1y)';

/** What somebody may write who wrote no time. */
export const TIME_EXAMPLES =
  'for example 2026-11-20T15:00:00Z, 2026-11-20T16:00:00+01:00, 2026-11-20, 7d, 36h, 90min or 3mo';

/** A time in milliseconds since the epoch, or why a text is none, as the end of a sentence about it. */
export type GivenTime =
  | { readonly time: number }
  | { readonly time: undefined; readonly why: string; readonly hint: string };

const AGE = /^(\d+)([a-z]+)$/;
const UNITS: Readonly<Record<string, number>> = { min: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
const MONTHS: Readonly<Record<string, number>> = { mo: 1, y: 12 };
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
const STAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** No log file has an earlier time, and a later one has no four digits for its year, as in CloudTrail's names. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 9999;

/** Whether a text is an age, which is a time only together with the present. */
export function isAge(text: string): boolean {
  const [, , unit = ''] = AGE.exec(text) ?? [];
  return unit === 'm' || Object.hasOwn(UNITS, unit) || Object.hasOwn(MONTHS, unit);
}

/**
 * The time that a text names; an age counts back from `now` (milliseconds since the epoch). Gives no time for a day that no
 * calendar has, and for one that is not within the years 1970 to 9999.
 */
export function readGivenTime(text: string, now: number): GivenTime {
  const read = isAge(text) ? readAge(text, now) : readDate(text);
  if (read.time === undefined) return read;
  // Nothing that reckons with the time later has to mind a date that cannot be written: NaN is neither before nor after.
  const isWithin = read.time >= Date.UTC(FIRST_YEAR, 0) && read.time < Date.UTC(LAST_YEAR + 1, 0);
  return isWithin ? read : none(`is not within the years ${FIRST_YEAR} to ${LAST_YEAR}`);
}

function readAge(text: string, now: number): GivenTime {
  const [, digits = '', unit = ''] = AGE.exec(text) ?? [];
  if (unit === 'm')
    return none('can be minutes or months', `minutes or months: write ${digits}min or ${digits}mo`);
  const count = Number(digits);
  const months = MONTHS[unit];
  return {
    time:
      months === undefined ? now - count * (UNITS[unit] ?? Number.NaN) : monthsBefore(now, count * months),
  };
}

/** The same day and time of day so many months before, in UTC; the last day of that month where it has no such day. */
function monthsBefore(now: number, months: number): number {
  const from = new Date(now);
  const month = from.getUTCFullYear() * 12 + from.getUTCMonth() - months;
  const year = Math.floor(month / 12);
  // Date takes a year below 100 for one of the twentieth century.
  if (!(year >= FIRST_YEAR)) return Number.NaN;
  const lastDay = new Date(Date.UTC(year, (month % 12) + 1, 0)).getUTCDate();
  const day = Math.min(from.getUTCDate(), lastDay);
  return Date.UTC(year, month % 12, day) + (((now % DAY) + DAY) % DAY);
}

function readDate(text: string): GivenTime {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] =
    ISO.exec(text) ?? STAMP.exec(text) ?? [];
  if (year === undefined) return none('is not a time');
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  const asUtc = Date.parse(`${local}Z`);
  // Date.parse rolls 2026-02-30 over to March; only what reads the same again exists.
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString() !== `${local}Z`) return none('does not exist');
  const ahead = offsetMilliseconds(offset);
  return ahead === undefined ? none('has an offset that does not exist') : { time: asUtc - ahead };
}

function offsetMilliseconds(offset: string): number | undefined {
  if (offset.toUpperCase() === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  // The farthest clocks are 14 hours ahead and 12 behind; ISO 8601 itself allows less than a day.
  if (hours > 23 || minutes > 59) return undefined;
  const size = hours * HOUR + minutes * MINUTE;
  return offset.startsWith('-') ? -size : size;
}

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** A month written as `2026-10`: its beginning and its end in UTC, in milliseconds since the epoch; undefined for another text. */
export function readMonth(text: string): { readonly from: number; readonly to: number } | undefined {
  const [, year, month] = MONTH.exec(text) ?? [];
  if (year === undefined || Number(year) < FIRST_YEAR) return undefined;
  return {
    from: Date.UTC(Number(year), Number(month) - 1),
    to: Date.UTC(Number(year), Number(month)),
  };
}

function none(why: string, hint: string = TIME_EXAMPLES): GivenTime {
  return { time: undefined, why, hint };
}
