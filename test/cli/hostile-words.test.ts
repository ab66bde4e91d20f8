/** Words that somebody else chose - an option's value, a file's name, what stands in a file - on their way to a terminal. */
import { mkdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { showFailure } from '../../src/cli/io/exit.ts';
import { readPassphrase } from '../../src/cli/io/signing/secrets.ts';
import { UsageError } from '../../src/cli/options/common.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const BUCKET = 's3://example-bucket';
/** An empty folder, so that a run that gets that far ends there, and asks nobody. */
const COPY = 'copy';
/** An escape sequence, a C1 control, both kinds of bidirectional control, line ends of three kinds, and what shows as nothing. */
const WORD = 'x\u001b[31mVALID\u009b0m\u202e\u2066\u2028\u2029\u0085\r\nVALID: all is well\u0007\u007f\u200b';
/** Of a line that the command writes, nothing but these may reach a terminal. */
const RAW = /[^\n -~\p{L}\p{M}\p{N}\p{P}\p{S}]/u;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  mkdirSync(COPY);
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

/** Every option that a value can be wrong for, and every place for a name. */
const LINES: readonly (readonly string[])[] = [
  [WORD],
  [`--${WORD}`],
  ['help', WORD],
  ['explain', WORD],
  ['verify', WORD],
  ['verify', `s3://${WORD}`],
  ['verify', `arn:${WORD}`],
  ['verify', `https://${WORD}`],
  ['verify', BUCKET, WORD],
  ['verify', BUCKET, `--${WORD}`],
  ['verify', BUCKET, `-${WORD}`],
  ['verify', BUCKET, `--verbose=${WORD}`],
  ...[
    '--from --to --now --start-time --end-time --account --account-id --region --trail --expect --accept --keys',
    '--relocated --endpoint-url --profile --role-arn --concurrency --workers --max-rate --output --format --also --metrics',
    '--fail-on --state --state-signer --recheck-sample --recheck-seed --require-checkpoint --s3-bucket --s3-prefix --trail-arn',
    '--sign-key --sign-cert --signer-cmd --sign-kms --tsa --tsa-ca --passphrase-file --passphrase-env --examiner --case',
    '--also-sign --log-hash --evidence-id',
  ].flatMap((options) => options.split(' ').map((option) => ['verify', COPY, `${option}=${WORD}`])),
  ['verify', BUCKET, '--state=state.json', `--require-checkpoint=${WORD}`],
  ['verify', BUCKET, '--state=state.json', `--recheck-sample=${WORD}`],
  ['verify', BUCKET, '--verbose', `--from=${WORD}`],
  ['verify', COPY, '--verbose', `--keys=${WORD}`],
  ['collect', WORD, 'copy'],
  ['collect', BUCKET, `s3://${WORD}`],
  ['keys', 'fetch', `--region=${WORD}`],
  ['keys', 'list', WORD],
  ['keys', WORD],
  ['keygen', '--output', 'own', `--days=${WORD}`],
  ['keygen', '--output', 'own', `--subject=${WORD}`],
  ['keygen', '--output', 'own', `--key-type=${WORD}`],
  ['keygen', `--output=none/${WORD}`, '--key-type=ecdsa-p256'],
  ['doctor', WORD],
  ['doctor', BUCKET, `--expect-events=${WORD}`],
  ['doctor', BUCKET, `--format=${WORD}`],
  ['report', 'verify', WORD],
  ['report', 'verify', 'report.json', `--now=${WORD}`],
  ['report', 'render', WORD, '--format', 'html'],
  ['report', 'render', 'report.json', `--format=${WORD}`],
  ['evidence', 'verify', WORD],
  ['evidence', 'pack', WORD, `--output=${WORD}`],
  ['prove', WORD, '--report', 'report.json'],
  ['prove', `s3://bucket/${WORD}`, `--report=${WORD}`],
  ['prove', `--event=${WORD}`, `--log=${WORD}`, '--report', 'report.json'],
  ['proof', 'verify', WORD],
  ['recover', WORD, 'out'],
  ['recover', 'report.json', `s3://${WORD}`],
  ['explain-gap', WORD],
];

describe('what the command was given reaches no terminal raw', () => {
  test.each(LINES.map((line) => [line.join(' ').replaceAll(WORD, '…'), line] as const))(
    '%s',
    async (_shown, line) => {
      const { exitCode, out, error } = await runCommand(line);
      expect(exitCode).toBeGreaterThan(0);
      expect(error).not.toBe('');
      expect(out + error).not.toMatch(RAW);
      expect(out + error).not.toMatch(/^VALID/m);
    },
  );

  test('nor does what is in a file', async () => {
    for (const [name, option] of [
      ['keys.json', '--keys'],
      ['accept.json', '--accept'],
      ['expect.json', '--expect'],
      ['state.json', '--state'],
    ]) {
      const entry = { [WORD]: WORD, name: WORD, code: WORD, fingerprint: WORD, accounts: [WORD] };
      for (const content of [WORD, JSON.stringify(entry), JSON.stringify([entry])]) {
        writeFileSync(name ?? '', content);
        const { exitCode, out, error } = await runCommand(['verify', COPY, '--no-sign', `${option}=${name}`]);
        expect(exitCode).toBe(2);
        expect(out + error).not.toMatch(RAW);
      }
    }
  });
});

test('nor does the name of a key whose passphrase is asked for', async () => {
  const terminal = fakeTerminal({ secret: 'correct horse' });
  await readPassphrase({ kind: 'terminal' }, WORD, terminal);
  expect(terminal.complained()).toMatch(/^Passphrase for x.*: $/);
  expect(terminal.complained()).not.toMatch(RAW);
});

test('a mistyped word is told exactly, whatever it holds', async () => {
  const told = async (word: string): Promise<string> => {
    const { exitCode, error } = await runCommand(['verify', `--${word}`]);
    expect({ word, exitCode, raw: RAW.test(error) }).toEqual({ word, exitCode: 2, raw: false });
    return error.split('\n')[0] ?? '';
  };
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (one, other) => {
      const words = [`x'${one}`, `x'${other}`] as const;
      if (one !== other) expect(await told(words[0])).not.toBe(await told(words[1]));
    }),
    { numRuns: 50 },
  );
});

test('a name in any error is told exactly, and two never look alike', async () => {
  const told = async (make: (text: string) => Error, text: string): Promise<string> => {
    const terminal = fakeTerminal({});
    await showFailure(make(text), terminal, true);
    return terminal.complained();
  };
  const quoted = (text: string): string => `--from: ${JSON.stringify(text)} is not a time`;
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (one, other) => {
      for (const make of [
        (text: string) => new UsageError(quoted(text), text),
        (text: string) => new TrailVerifyError('INTERNAL', text, { hint: text }),
        (text: string) => new Error(text),
      ]) {
        const first = await told(make, one);
        expect(first).not.toMatch(RAW);
        if (one !== other) expect(first.split('\n')[0]).not.toBe((await told(make, other)).split('\n')[0]);
      }
    }),
    { numRuns: 50 },
  );
});
