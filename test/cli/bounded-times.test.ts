/** Times that no log file can have, given to every option that takes one. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { verifySettings } from '../support/verify-settings.ts';

const START = process.cwd();
const BUCKET = 's3://example-bucket';
const TIME_OPTIONS: readonly (readonly [option: string, ...args: readonly string[]])[] = [
  ...['--from', '--to', '--now', '--start-time', '--end-time'].flatMap((option) => [
    [option, 'verify', BUCKET] as const,
    [option, 'verify', BUCKET, '--bag', '--output', 'bag'] as const,
  ]),
  ['--require-checkpoint', 'verify', BUCKET, '--state', 'state.json'],
  ['--from', 'collect', BUCKET, 'copy'],
  ['--to', 'collect', BUCKET, 'copy'],
  ['--from', 'keys', 'fetch', '--region', 'us-east-1'],
  ['--to', 'keys', 'fetch', '--region', 'us-east-1'],
  ['--now', 'evidence', 'verify', 'bag'],
  ['--now', 'report', 'verify', 'report.json'],
];
const OUTSIDE = [
  '999999999w',
  '99999999999999999999999min',
  '999999mo',
  '1927y',
  '9999w',
  '0000-01-01',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
];
const NO_TIME = ['-1d', '+275760-09-13', '10000-01-01', '1e9d', 'NaN', '∞'];

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

describe.each(TIME_OPTIONS)('%s of %s %s', (option, ...args) => {
  test.each([
    ...OUTSIDE.map((text) => [text, 'is not within the years 1970 to 9999'] as const),
    ...NO_TIME.map((text) => [text, 'is not a time'] as const),
  ])('%s is a wrong use, told in one line', async (text, why) => {
    const { exitCode, out, error } = await runCommand([...args, `${option}=${text}`]);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(error.split('\n')[0]).toBe(`trail-verify: ${option}: ${JSON.stringify(text)} ${why}`);
    expect(error.split('\n')).toHaveLength(3);
  });
});

test.each([
  ['verify', BUCKET, '--from', '2026-11-02', '--to', '2026-11-01'],
  ['verify', BUCKET, '--from', '2026-11-02', '--now', '2026-11-01'],
  ['collect', BUCKET, 'copy', '--from', '2026-11-02', '--to', '2026-11-02'],
  ['keys', 'fetch', '--region', 'us-east-1', '--from', '2026-11-02', '--to', '2026-11-01'],
])('%s %s: a window that ends before it begins is refused', async (...args) => {
  const { exitCode, error } = await runCommand(args);
  expect(exitCode).toBe(2);
  expect(error).toMatch(/^trail-verify: --from \(2026-11-02T\S+\) is not before (?:--to|now) \(/);
});

describe('--month', () => {
  test.each([
    ['2026-13', /^trail-verify: --month: "2026-13" is not a month\nhint: for example --month 2026-10\n$/],
    ['2026-10-01', /^trail-verify: --month: "2026-10-01" is not a month\n/],
    ['9999-12', /^trail-verify: --month: 9999-12 has not begun: it is \d{4}-/],
  ])('%s is refused', async (month, words) => {
    const { exitCode, error } = await runCommand(['verify', BUCKET, '--month', month]);
    expect(exitCode).toBe(2);
    expect(error).toMatch(words);
  });

  test.each(['--from', '--to', '--start-time', '--end-time'])('%s says it as well', async (option) => {
    const { exitCode, error } = await runCommand([
      ...['verify', BUCKET, '--month', '2026-10', option, '2026-10-05'],
    ]);
    expect(exitCode).toBe(2);
    expect(error).toBe(
      `trail-verify: --month and ${option} both say which time is meant\nhint: give one of them\n`,
    );
  });

  test('is all of a month that is over, and ends now in one that is not', async () => {
    const month = '2026-10';
    const over = await verifySettings('./copy', '--month', month, '--now', '2026-11-01T00:00:00Z');
    expect(over).toMatchObject({ from: Date.UTC(2026, 9, 1), to: Date.UTC(2026, 10, 1) });
    const underWay = await verifySettings('./copy', '--month', month, '--now', '2026-10-31T23:59:59Z');
    expect(underWay).toMatchObject({ from: Date.UTC(2026, 9, 1), to: undefined });
  });
});

describe('an end that is still to come', () => {
  const now = '2026-11-20T12:00:00Z';

  test.each(['--to', '--end-time'])('%s is refused with what to do', async (option) => {
    const { exitCode, error } = await runCommand([
      ...['verify', BUCKET, option, '2026-11-20T12:00:01Z', '--now', now],
    ]);
    expect(exitCode).toBe(2);
    expect(error).toBe(
      `trail-verify: ${option} (2026-11-20T12:00:01.000Z) is after now (2026-11-20T12:00:00.000Z)\nhint: leave out ${option}: the window then ends now\n`,
    );
  });

  test.each([
    ['collect', BUCKET, 'copy'],
    ['keys', 'fetch', '--region', 'us-east-1'],
  ])('%s refuses it too', async (...args) => {
    const { exitCode, error } = await runCommand([...args, '--to', '9998-01-01']);
    expect(exitCode).toBe(2);
    expect(error).toMatch(/^trail-verify: --to \(9998-\S+\) is after now/);
  });

  test('now itself is not', async () => {
    expect((await verifySettings('./copy', '--to', now, '--now', now)).to).toBe(Date.parse(now));
  });
});

test('m alone is refused: it can be minutes or months', async () => {
  const { exitCode, error } = await runCommand(['verify', BUCKET, '--from', '3m']);
  expect(exitCode).toBe(2);
  expect(error).toBe(
    'trail-verify: --from: "3m" can be minutes or months\nhint: minutes or months: write 3min or 3mo\n',
  );
});

test('the other names of the window are told as they were given', async () => {
  const { exitCode, error } = await runCommand([
    ...['verify', BUCKET, '--start-time', '2026-11-02', '--end-time', '2026-11-01'],
  ]);
  expect(exitCode).toBe(2);
  expect(error).toMatch(/^trail-verify: --start-time \(\S+\) is not before --end-time \(/);
});

test.each(['0', '-1', '36501', '999999999', '9999999999', '1e3', '1.5', ''])(
  'a certificate valid for %j days is not made',
  async (days) => {
    const { exitCode, error } = await runCommand(['keygen', '--output', 'own', `--days=${days}`]);
    expect(exitCode).toBe(2);
    expect(error).toMatch(
      /^trail-verify: --days: (?:".*" is not a whole number from 1 to 36500|the value is empty)\n/,
    );
  },
);
