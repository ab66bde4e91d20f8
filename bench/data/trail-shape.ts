import { DAY, HOUR, MINUTE } from '../../src/base/clock.ts';
import { dayFolder, digestFolderKey, formatDigestKey, formatStamp } from '../../src/digest/digest-key.ts';
import { mix } from './random.ts';

/** One chain: digests for `hours` hours, each naming `logs` log files (the oldest, which starts the chain, none). */
export interface ChainShape {
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly hours: number;
  readonly logs: number;
}

/** A trail bucket as plain data, from which every key and byte in it follows. */
export interface TrailShape {
  readonly bucket: string;
  readonly chains: readonly ChainShape[];
}

/** A log file by its place: the n-th of a five-minute slot, and of its hour's digest. */
export interface LogPlace {
  readonly key: string;
  readonly hour: number;
  /** Its number among the log files of its digest, from 0. */
  readonly index: number;
}

const SLOT = 5 * MINUTE;
const SLOTS = HOUR / SLOT;
/** The newest window of every chain ends here. */
const LAST_END = Date.parse('2026-10-16T20:10:00Z');
/** How many hours before that the first test key of a Region lets a chain begin. */
export const MOST_HOURS = { 'us-east-1': 1290, 'eu-west-1': 1150 } as const;
/** A time (milliseconds since the epoch) at which the newest digests have been delivered and the next ones not. */
export const NOW: number = Date.parse('2026-10-16T21:30:00Z');

/** The end of the window of a chain's digest `hour`, 0 being the starting one; milliseconds since the epoch. */
export function windowEnd(chain: ChainShape, hour: number): number {
  return LAST_END - (chain.hours - hour) * HOUR;
}

/** The key of a chain's digest. */
export function digestKeyOf(chain: ChainShape, hour: number): string {
  const { account, region, trail } = chain;
  const endTime = windowEnd(chain, hour);
  return formatDigestKey({
    prefix: '',
    account,
    region,
    trail,
    homeRegion: 'us-east-1',
    endTime,
    kind: 'standard',
  });
}

/** The log files that a chain's digest names, in the order of their keys. `code` tells chains of one place apart. */
export function* logsOf(chain: ChainShape, code: string, hour: number): Generator<LogPlace> {
  if (hour === 0) return;
  const start = windowEnd(chain, hour - 1);
  for (let slot = 0; slot < SLOTS; slot += 1) yield* logsOfSlot(chain, code, start + slot * SLOT, hour, slot);
}

/** The log files of one five-minute slot. */
function* logsOfSlot(
  chain: ChainShape,
  code: string,
  time: number,
  hour: number,
  slot: number,
): Generator<LogPlace> {
  const first = Math.ceil((slot * chain.logs) / SLOTS);
  const end = Math.ceil(((slot + 1) * chain.logs) / SLOTS);
  if (first === end) return;
  const folder = `AWSLogs/${chain.account}/CloudTrail/${chain.region}/${dayFolder(time)}`;
  const head = `${folder}${chain.account}_CloudTrail_${chain.region}_${formatStamp(time).slice(0, 13)}Z_${code}`;
  for (let index = first; index < end; index += 1)
    yield { key: `${head}${uniqueText(hour, index)}.json.gz`, hour, index };
}

/** The log files of a chain whose names fall on a day, in the order of their keys. */
export function* logsOfDay(chain: ChainShape, code: string, day: number): Generator<LogPlace> {
  const begin = windowEnd(chain, 0);
  const first = Math.max(day, begin);
  const end = Math.min(day + DAY, windowEnd(chain, chain.hours));
  for (let time = first; time < end; time += SLOT) {
    const hour = Math.floor((time - begin) / HOUR) + 1;
    const slot = Math.floor((time - begin) / SLOT) % SLOTS;
    yield* logsOfSlot(chain, code, time, hour, slot);
  }
}

/** The log file that a key of `chain` names, undefined where it names none. `name` is what follows `_` and the code. */
export function logOfKey(chain: ChainShape, code: string, key: string): LogPlace | undefined {
  const [, stamp = '', unique = ''] = /_(\d{8}T\d{4})Z_(\w{16})\.json\.gz$/.exec(key) ?? [];
  const time = Date.parse(
    `${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6, 8)}T${stamp.slice(9, 11)}:${stamp.slice(11, 13)}:00Z`,
  );
  const hour = Math.floor((time - windowEnd(chain, 0)) / HOUR) + 1;
  const index = Number.parseInt(unique.slice(1, 5), 36);
  if (!unique.startsWith(code) || !(hour >= 1 && hour <= chain.hours) || !(index < chain.logs))
    return undefined;
  return unique.slice(1) === uniqueText(hour, index) ? { key, hour, index } : undefined;
}

/** The days (milliseconds since the epoch) on which a chain has windows or log files. */
export function daysOf(chain: ChainShape): readonly number[] {
  const first = Math.floor(windowEnd(chain, 0) / DAY) * DAY;
  const days = (windowEnd(chain, chain.hours) - first) / DAY;
  return Array.from({ length: Math.ceil(days) }, (_, at) => first + at * DAY);
}

/** The folder of a chain's digests on a day. */
export function digestDayFolder(chain: ChainShape, day: number): string {
  return `${digestFolderKey({ prefix: '', account: chain.account }, chain.region)}${dayFolder(day)}`;
}

/** The folder of a chain's log files on a day. */
export function logDayFolder(chain: ChainShape, day: number): string {
  return `AWSLogs/${chain.account}/CloudTrail/${chain.region}/${dayFolder(day)}`;
}

/** Four characters that keep the order of a slot's log files, and eleven that look random. */
function uniqueText(hour: number, index: number): string {
  const random = mix(hour * 65_537 + index) * 2 ** 20 + (mix(index * 31 + hour) >>> 12);
  return (
    index.toString(36).toUpperCase().padStart(4, '0') + random.toString(36).toUpperCase().padStart(11, '0')
  );
}
