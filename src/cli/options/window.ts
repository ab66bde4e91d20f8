import { isAwsRegion } from '../../aws/network/hosts.ts';
import { isAge, readGivenTime, readMonth, TIME } from '../../base/given-time.ts';
import { isAccountId } from '../../base/names.ts';
import { type AnyCommand, type ListParser, listParser, UsageError } from './common.ts';

/** The window asked for; undefined means no bound of the user's. Milliseconds since the epoch. */
export interface WindowSettings {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** A time as it was given: an age is a time only together with the present (milliseconds since the epoch). */
export type TimeOfRun = (now: number) => number;

/**
 * A time as people give it, in milliseconds since the epoch; an age counts back from `now`. Throws UsageError, naming `option`, as
 * `readGivenTime` refuses.
 */
export function parseTime(text: string, option: string, now: number): number {
  const read = readGivenTime(text, now);
  if (read.time !== undefined) return read.time;
  throw new UsageError(`${option}: ${JSON.stringify(text)} ${read.why}`, read.hint);
}

const LAST_DAY = Date.UTC(9999, 11, 31);

/** The parser of an option that takes a time. Throws UsageError, as the time that it returns does for an age that is too high. */
export function timeParser(option: string): (text: string) => TimeOfRun {
  return (text) => {
    // An age that no present would make a time is refused at once.
    const time = parseTime(text, option, LAST_DAY);
    return isAge(text) ? (now) => parseTime(text, option, now) : () => time;
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
  readonly usualFrom?: TimeOfRun | undefined;
  readonly aliases?: boolean | undefined;
}

const USUAL_WORDS: WindowWords = {
  from: `begin of the window, in digest time: ${TIME} (default: everything found)`,
  to: 'end of the window (default: now)',
};

/**
 * --from and --to or --month, and with `aliases` their names in `aws cloudtrail validate-logs`. The reader counts ages from `now`; it
 * throws UsageError for a window without a length, and for one that ends after `now`: nobody can verify what is still to come.
 */
export function windowOptions(
  command: AnyCommand,
  { words = USUAL_WORDS, usualFrom, aliases = false }: WindowRules = {},
): (now: number) => WindowSettings {
  const options = command
    .option('--from <time>', words.from, timeParser('--from'))
    .option('--to <time>', words.to, timeParser('--to'))
    .option(
      '--month <yyyy-mm>',
      'a month in UTC as the window, such as 2026-10; so far, where it is not over',
      parseMonth,
    );
  const other = aliases
    ? command
        .addOption(
          command.createOption('--start-time <time>').argParser(timeParser('--start-time')).hideHelp(),
        )
        .addOption(command.createOption('--end-time <time>').argParser(timeParser('--end-time')).hideHelp())
    : undefined;
  return (now) => {
    const { from, to, month } = options.opts();
    const { startTime, endTime } = other?.opts() ?? {};
    if (month !== undefined) {
      const times = { '--from': from, '--to': to, '--start-time': startTime, '--end-time': endTime };
      const [besides] = Object.entries(times).find(([, time]) => time !== undefined) ?? [];
      return windowOfMonth(month, besides, now);
    }
    if (from !== undefined && startTime !== undefined) throw sameOption('--from', '--start-time');
    if (to !== undefined && endTime !== undefined) throw sameOption('--to', '--end-time');
    const window = { from: (from ?? startTime ?? usualFrom)?.(now), to: (to ?? endTime)?.(now) };
    const end = window.to ?? now;
    if (window.from !== undefined && window.from >= end) {
      const begin = startTime === undefined ? '--from' : '--start-time';
      const until = to === undefined ? '--end-time' : '--to';
      const right = window.to === undefined ? `now (${writtenTime(now)})` : `${until} (${writtenTime(end)})`;
      throw new UsageError(
        `${begin} (${writtenTime(window.from)}) is not before ${right}`,
        'give a window that has a length',
      );
    }
    if (end > now) {
      const until = to === undefined ? '--end-time' : '--to';
      throw new UsageError(
        `${until} (${writtenTime(end)}) is after now (${writtenTime(now)})`,
        `leave out ${until}: the window then ends now`,
      );
    }
    return window;
  };
}

interface Month {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

function parseMonth(text: string): Month {
  const month = readMonth(text);
  if (month !== undefined) return { text, ...month };
  throw new UsageError(`--month: ${JSON.stringify(text)} is not a month`, 'for example --month 2026-10');
}

/** A month that is not over ends now, as every window without an end. */
function windowOfMonth({ text, from, to }: Month, besides: string | undefined, now: number): WindowSettings {
  if (besides !== undefined)
    throw new UsageError(`--month and ${besides} both say which time is meant`, 'give one of them');
  if (from >= now)
    throw new UsageError(
      `--month: ${text} has not begun: it is ${writtenTime(now)}`,
      'give a month that is over, or under way',
    );
  return { from, to: to <= now ? to : undefined };
}

function writtenTime(time: number): string {
  return new Date(time).toISOString();
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
  isAwsRegion,
  "one of AWS's Region names, such as us-east-1",
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
