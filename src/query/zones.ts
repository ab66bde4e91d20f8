/**
 * Times with a zone of their own. Trino keeps the zone in the value, DuckDB the instant alone. So the zone is kept where it is
 * read at once, an instant will do where the time is compared, and anything else is an error.
 *
 *     hour(eventTime AT TIME ZONE 'America/New_York')     hour(eventTime::TIMESTAMPTZ AT TIME ZONE 'America/New_York')
 *     eventTime > TIMESTAMP '2026-10-05 12:30:00+02:00'   eventTime > TIMESTAMPTZ '2026-10-05 12:30:00+02:00'
 */
import { TrailVerifyError } from '../base/errors.ts';
import type { Edits } from './edits.ts';

/** Functions that read a part of a time, or write it; the time is their first argument. */
const READING = new Set(
  'hour minute second millisecond day month quarter week year day_of_week dow day_of_month day_of_year doy week_of_year year_of_week yow date date_format format_datetime last_day_of_month extract'.split(
    ' ',
  ),
);
/** Functions that read the instant alone. */
const INSTANT = new Set(['to_unixtime', 'at_timezone']);
/** Types that a cast gives the local time of. */
const LOCAL_TYPES = new Set(['date', 'timestamp', 'time']);
const MOST_BRACKETS = 32;
const COMPARING = new Set(['<', '>', '=', '!']);
const IN_UTC = /^(?:utc|z|gmt|ut|[+-]00(?::?00)?|etc\/utc)$/i;
/** The zone at the end of a literal: an offset, Z, or a name. */
const ZONE =
  /^(\s*\d{1,6}-\d{1,2}-\d{1,2}(?:[ T]+\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d*)?)?)?)\s*([+-]\d{1,2}(?::?\d{2})?|[A-Za-z][\w/+-]*)\s*$/;
const TEXT_WITH_OFFSET = /^'\d{4}-\d\d-\d\d[ T]\d\d:\d\d[\d:.]*\s*[+-](?!00(?::?00)?')\d\d(?::?\d\d)?'$/;
/** Words that end an operand, so that a bracket after one is no call's. */
const NO_CALL = new Set(
  'select where and or not on when then else in by having between case from as values'.split(' '),
);

/** How a time with a zone is used: its parts are read, its instant is, or something else. */
type Use = 'local' | 'instant' | 'other';

/** Rewrites the time with a zone that begins at a token, or AT TIME ZONE there. Throws CONFIGURATION where its zone would be lost. */
export function rewriteZone(edits: Edits, at: number): void {
  const word = edits.word(at);
  if (word === 'timestamp' && edits.token(at + 1)?.kind === 'text') rewriteLiteral(edits, at);
  if (word === 'at' && edits.word(at + 1) === 'time' && edits.word(at + 2) === 'zone')
    rewriteAtTimeZone(edits, at);
  const close = edits.text(at + 1) === '(' ? edits.closing(at + 1) : undefined;
  if (close === undefined || edits.text(at - 1) === '.') return;
  const [comma, ...more] = edits.commas(at + 1);
  if (word === 'from_iso8601_timestamp') {
    const use = useOf(edits, at, close);
    if (use !== 'other') edits.set(at, use === 'local' ? 'trino_iso_local' : 'trino_iso_instant');
  }
  if (comma === undefined || more.length > 0) return;
  if (word !== 'at_timezone' && word !== 'with_timezone' && word !== 'from_unixtime') return;
  if (isUtc(edits, comma + 1, close)) return;
  const use = useOf(edits, at, close);
  if (use === 'other') throw lost(edits, at, word);
  const [before, between, after] = FORMS[word][use];
  edits.set(at, before);
  edits.set(at + 1, '');
  edits.set(comma, between);
  if (after === undefined) for (let index = comma + 1; index < close; index += 1) edits.set(index, '');
  edits.set(close, after ?? '');
}

/** Throws CONFIGURATION for a text with an offset that is compared: a time of Lake is, and DuckDB would drop the offset. */
export function refuseOffset(edits: Edits, at: number): void {
  if (edits.token(at)?.kind !== 'text' || !TEXT_WITH_OFFSET.test(edits.text(at))) return;
  const isTyped = /^(?:timestamp|timestamptz|zone)$/.test(edits.word(at - 1) ?? '');
  if (isTyped || useOf(edits, at, at) !== 'instant') return;
  throw new TrailVerifyError(
    'CONFIGURATION',
    `the offset of ${edits.text(at)} (${edits.position(at)}) would be lost`,
    {
      hint: 'write TIMESTAMP before it',
    },
  );
}

/** What goes around the two arguments, by the use; without the last text the second argument goes. */
const FORMS: Readonly<
  Record<
    'at_timezone' | 'with_timezone' | 'from_unixtime',
    Readonly<Record<'local' | 'instant', readonly [string, string, string?]>>
  >
> = {
  at_timezone: {
    local: ['(CAST(', ' AS TIMESTAMPTZ) AT TIME ZONE ', ')'],
    instant: ['CAST(', ' AS TIMESTAMPTZ)'],
  },
  with_timezone: {
    local: ['CAST(', ' AS TIMESTAMP)'],
    instant: ['(CAST(', ' AS TIMESTAMP) AT TIME ZONE ', ')'],
  },
  from_unixtime: { local: ['(to_timestamp(', ') AT TIME ZONE ', ')'], instant: ['to_timestamp(', ')'] },
};

function rewriteLiteral(edits: Edits, at: number): void {
  const [, time, zone] = ZONE.exec(edits.text(at + 1).slice(1, -1)) ?? [];
  if (time === undefined || zone === undefined) return;
  const use = IN_UTC.test(zone) ? 'instant' : useOf(edits, at, at + 1);
  if (use === 'other') throw lost(edits, at, `TIMESTAMP ${edits.text(at + 1)}`);
  if (use === 'local') edits.set(at + 1, `'${time}'`);
  else edits.set(at, 'TIMESTAMPTZ');
}

/** The operand is cast to an instant first: DuckDB reads a time without a zone as one of the zone that is named. */
function rewriteAtTimeZone(edits: Edits, at: number): void {
  const zone = at + 3;
  const last = edits.text(zone) === '(' ? (edits.closing(zone) ?? zone) : zone;
  const use = isUtc(edits, zone, last + 1) ? 'instant' : useOf(edits, operandStart(edits, at - 1), last);
  if (use === 'other') throw lost(edits, at, 'AT TIME ZONE');
  if (use === 'local') edits.set(at, '::TIMESTAMPTZ AT');
  else {
    edits.set(at, '::TIMESTAMPTZ');
    for (let index = at + 1; index <= last; index += 1) edits.set(index, '');
  }
}

function isUtc(edits: Edits, from: number, end: number): boolean {
  return end === from + 1 && edits.token(from)?.kind === 'text' && IN_UTC.test(edits.text(from).slice(1, -1));
}

/** The first token of the operand that ends with a token: a name with dots, a call, a bracket, or a literal with its type. */
function operandStart(edits: Edits, end: number): number {
  let at = edits.opening(end) ?? end;
  const isName = (index: number): boolean => {
    const kind = edits.token(index)?.kind;
    return kind === 'quoted' || (kind === 'word' && !NO_CALL.has(edits.word(index) ?? ''));
  };
  if (at !== end && isName(at - 1)) at -= 1;
  else if (edits.token(at)?.kind === 'text' && /^timestamp(?:tz)?$/.test(edits.word(at - 1) ?? '')) at -= 1;
  while (edits.text(at - 1) === '.' && (isName(at - 2) || edits.opening(at - 2) !== undefined)) {
    at = edits.opening(at - 2) ?? at - 2;
    if (edits.text(at) === '[' || edits.text(at) === '(') at -= 1;
  }
  return at;
}

/** Whether a call gives a time of which the instant alone is read. */
export function isCompared(edits: Edits, at: number): boolean {
  return useOf(edits, at, edits.closing(at + 1) ?? at) === 'instant';
}

function useOf(edits: Edits, from: number, to: number): Use {
  let [first, last] = [from, to];
  // Brackets around the time alone, and those of TRY. Nobody writes more of them.
  for (let depth = 0; depth < MOST_BRACKETS; depth += 1) {
    const isTried = edits.word(first - 2) === 'try';
    const isAlone = edits.text(first - 1) === '(' && edits.text(last + 1) === ')';
    if (!isAlone || (!isTried && isCall(edits, first - 2))) break;
    first -= isTried ? 2 : 1;
    last += 1;
  }
  const before = edits.text(first - 1);
  const after = edits.text(last + 1);
  const next = edits.word(last + 1);
  if (next === 'at') return 'instant';
  if (before === '(' || (before.toLowerCase() === 'from' && after === ')'))
    return useInCall(edits, first, last);
  const isMoved = ['+', '-', '*', '/', '|', '::'].includes(after);
  const isBeside =
    COMPARING.has(after) || next === 'between' || COMPARING.has(before) || /^(?:between|and)$/i.test(before);
  return isBeside && !isMoved ? 'instant' : 'other';
}

function isCall(edits: Edits, index: number): boolean {
  const word = edits.word(index);
  return word !== undefined && !NO_CALL.has(word);
}

function useInCall(edits: Edits, first: number, last: number): Use {
  const isExtract = edits.word(first - 1) === 'from' && edits.word(first - 4) === 'extract';
  const name = isExtract ? 'extract' : (edits.word(first - 2) ?? '');
  const after = edits.text(last + 1);
  if (name === 'cast' || name === 'try_cast') {
    const isLocal = edits.word(last + 1) === 'as' && LOCAL_TYPES.has(edits.word(last + 2) ?? '');
    const isWithZone = edits.word(last + 3) === 'with' || edits.word(last + 6) === 'with';
    return isLocal && !isWithZone ? 'local' : 'other';
  }
  if (after !== ')' && after !== ',') {
    return COMPARING.has(after) || edits.word(last + 1) === 'between' ? 'instant' : 'other';
  }
  if (INSTANT.has(name)) return 'instant';
  const writesZone =
    name === 'format_datetime' && /[zZ]/.test(edits.text(last + 2).replaceAll(/''[^']*''/g, ''));
  return READING.has(name) && !writesZone ? 'local' : 'other';
}

function lost(edits: Edits, at: number, what: string): TrailVerifyError {
  const message = `the zone of ${what} (${edits.position(at)}) cannot be kept here`;
  return new TrailVerifyError('CONFIGURATION', message, {
    hint: 'compare the time, read a part of it as hour does, or write CAST(… AS timestamp) around it for its local time',
  });
}
