import { isAccountId, isRegionName } from '../../base/names.ts';
import { type AnyCommand, type ListParser, listParser, UsageError } from './common.ts';

/** The window asked for; undefined means no bound of the user's. Milliseconds since the epoch. */
export interface WindowSettings {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** A time as it was given: an age is a time only together with the present (milliseconds since the epoch). */
export type GivenTime = (now: number) => number;

/** The words on times in the help. */
export const TIME = 'ISO 8601, a date (its beginning, UTC) or an age (7d, 36h, 90m)';

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

/** No log file has an earlier time, and a later one has no four digits for its year, as in CloudTrail's names. */
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

/** The parser of an option that takes a time. Throws UsageError, as the time that it returns does for an age that is too high. */
export function timeParser(option: string): (text: string) => GivenTime {
  return (text) => {
    if (AGE.test(text)) return (now) => parseTime(text, option, now);
    const time = parseTime(text, option, 0);
    return () => time;
  };
}

/** How the help of a command describes its window. */
interface WindowWords {
  readonly from: string;
  readonly to: string;
}

/** The particular words for the window of a command. */
interface WindowRules {
  readonly words?: WindowWords | undefined;
  /** Where the window begins without --from. */
  readonly usualFrom?: GivenTime | undefined;
  readonly aliases?: boolean | undefined;
}

const USUAL_WORDS: WindowWords = {
  from: `begin of the window, in digest time: ${TIME} (default: everything found)`,
  to: 'end of the window (default: now)',
};

/**
 * --from and --to, and with `aliases` their names in `aws cloudtrail validate-logs`. The reader counts ages from `now`; it throws
 * UsageError for a window without a length.
 */
export function windowOptions(
  command: AnyCommand,
  { words = USUAL_WORDS, usualFrom, aliases = false }: WindowRules = {},
): (now: number) => WindowSettings {
  const options = command
    .option('--from <time>', words.from, timeParser('--from'))
    .option('--to <time>', words.to, timeParser('--to'));
  const other = aliases
    ? command
        .addOption(
          command.createOption('--start-time <time>').argParser(timeParser('--start-time')).hideHelp(),
        )
        .addOption(command.createOption('--end-time <time>').argParser(timeParser('--end-time')).hideHelp())
    : undefined;
  return (now) => {
    const { from, to } = options.opts();
    const { startTime, endTime } = other?.opts() ?? {};
    if (from !== undefined && startTime !== undefined) throw sameOption('--from', '--start-time');
    if (to !== undefined && endTime !== undefined) throw sameOption('--to', '--end-time');
    const window = { from: (from ?? startTime ?? usualFrom)?.(now), to: (to ?? endTime)?.(now) };
    const end = window.to ?? now;
    if (window.from !== undefined && window.from >= end) {
      const written = (time: number): string => new Date(time).toISOString();
      const begin = startTime === undefined ? '--from' : '--start-time';
      const until = to === undefined ? '--end-time' : '--to';
      const right = window.to === undefined ? `now (${written(now)})` : `${until} (${written(end)})`;
      throw new UsageError(
        `${begin} (${written(window.from)}) is not before ${right}`,
        'give a window that has a length',
      );
    }
    return window;
  };
}

function sameOption(option: string, alias: string): UsageError {
  return new UsageError(`${option} and ${alias} are the same option`, 'give one of them');
}

/** The option that sets the clock. The reader returns the time, where it was given; its age counts from `machineTime`. */
export function nowOption(command: AnyCommand): (machineTime: number) => number | undefined {
  const options = command.option('--now <time>', 'the present time, for replays', timeParser('--now'));
  return (machineTime) => options.opts().now?.(machineTime);
}

/** The chains asked for: exact names, an empty list means all. */
export interface ScopeSettings {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly trails: readonly string[];
}

/** The alphabet of trail names; older trails break the further rules of today. */
export const TRAIL_NAME: RegExp = /^[A-Za-z0-9._-]{1,128}$/;

/** The parser of an option that takes Regions. Throws UsageError for a text that cannot be one. */
export const parseRegions: ListParser = namesParser(
  '--region',
  isRegionName,
  'a Region name such as us-east-1',
);

const parseAccounts: ListParser = namesParser('--account', isAccountId, 'an account id of twelve digits');

function namesParser(option: string, isName: (text: string) => boolean, what: string): ListParser {
  const check = (name: string): void => {
    if (isName(name)) return;
    throw new UsageError(
      `${option}: ${JSON.stringify(name)} is not ${what}`,
      'write the target before options that take several values',
    );
  };
  return listParser(option, { check });
}

/** The options that narrow the scope, and with `aliases` --account-id of `aws cloudtrail validate-logs`. */
export function scopeOptions(command: AnyCommand, aliases?: 'with aliases'): () => ScopeSettings {
  const options = command
    .option('--account <id...>', 'only these accounts', parseAccounts)
    .option('--region <region...>', 'only these Regions', parseRegions)
    .option(
      '--trail <name...>',
      'only these trails, by exact name',
      namesParser('--trail', (name) => TRAIL_NAME.test(name), 'a trail name'),
    );
  const alias =
    aliases &&
    command.addOption(command.createOption('--account-id <id...>').argParser(parseAccounts).hideHelp());
  return () => {
    const { account = [], region = [], trail = [] } = options.opts();
    return { accounts: [...account, ...(alias?.opts().accountId ?? [])], regions: region, trails: trail };
  };
}
