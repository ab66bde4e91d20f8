/** A number, rounded to a whole one, with thousands separated: `7,440`. */
export function formatCount(count: number): string {
  // As Intl.NumberFormat has it, whose languages take longer to load than all of this library.
  return count.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A count and its noun: `1 log file`, `7,440 log files`. `plural` is for nouns that do not take an s. */
export function countOf(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Parts as an enumeration: `a`, `a and b`, `a, b and c`. */
export function enumerate(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  if (parts.length < 2) return last;
  return `${parts.slice(0, -1).join(', ')} and ${last}`;
}

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in the largest decimal unit that leaves a number of at least one: `512 B`, `1.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${BYTE_UNITS[unit] ?? ''}`;
}

const SECOND = 1000;
const STEPS: readonly (readonly [unit: string, length: number])[] = [
  ['d', 86_400 * SECOND],
  ['h', 3600 * SECOND],
  ['min', 60 * SECOND],
  ['s', SECOND],
];

/** Milliseconds in at most two neighbouring units: `3 d 4 h`, `59 min`, `12 s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.max(0, Math.round(milliseconds / SECOND)) * SECOND;
  const first = STEPS.findIndex(([, length]) => whole >= length);
  const [unit, length] = STEPS[first] ?? ['s', SECOND];
  const [nextUnit, nextLength] = STEPS[first + 1] ?? ['', Number.POSITIVE_INFINITY];
  const rest = first === -1 ? 0 : Math.floor((whole % length) / nextLength);
  const head = `${Math.floor(whole / length)} ${unit}`;
  return rest === 0 ? head : `${head} ${rest} ${nextUnit}`;
}

/** Prose broken at spaces into lines of at most `width` columns, each behind `indent`; a longer word stays whole. */
export function wrapText(text: string, width: number, indent: string = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + longer.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(indent + line);
  return lines.join('\n');
}

/** The sign of a verdict where pictures are usual, as in Markdown. */
export const VERDICT_SIGN = { VALID: '✅', INVALID: '❌', INCONCLUSIVE: '⚠️' } as const;
