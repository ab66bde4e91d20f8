import { UsageError } from './usage-error.ts';

const EXAMPLES = 'for example 2026-11-20T15:00:00Z, 2026-11-20T16:00:00+01:00, 2026-11-20, 7d, 36h or 90m';
const AGE = /^(\d{1,9})([mhdw])$/;
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

/**
 * A time as people give it, in milliseconds since the epoch: ISO 8601 with its offset honoured (UTC where it has
 * none), a date (its beginning, UTC midnight, for both ends of a window), the stamp of a CloudTrail file name, or
 * an age before `now`. Throws UsageError, naming `option`, also for a day that no calendar has.
 */
export function parseTime(text: string, option: string, now: number): number {
  const age = AGE.exec(text);
  if (age !== null) return now - Number(age[1]) * (AGE_UNITS[age[2] ?? ''] ?? Number.NaN);
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
