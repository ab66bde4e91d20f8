/** Options that take a list: commas and repetition are the same, and an empty value is no list of everything. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileListParser, listParser, UsageError } from '../../../src/cli/options/common.ts';
import { runCommand } from '../../support/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { verifySettings } from '../../support/verify-settings.ts';

const START = process.cwd();
const KEYS = path.join(START, 'fixtures/keys/public-keys.jsonl');

beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(START));

/** Parses the texts that an option was given one after the other. */
function gather(parse: ReturnType<typeof listParser>, ...texts: readonly string[]): readonly string[] {
  return texts.reduce<readonly string[] | undefined>((before, text) => parse(text, before), undefined) ?? [];
}

describe('values', () => {
  test.each([[['a,b', 'c']], [['a', 'b', 'c']], [['a,b,c']], [['a, b', 'c']]])('%j are three', (texts) => {
    expect(gather(listParser('--of'), ...texts)).toEqual(['a', 'b', 'c']);
  });

  test.each(['', ' ', ',', 'a,', ',a', 'a,,b', 'a, ,b'])('%j has an empty one', (text) => {
    for (const parse of [listParser('--of'), fileListParser('--of')]) {
      expect(() => parse(text, ['before'])).toThrow(UsageError);
      expect(() => parse(text, undefined)).toThrow(`--of: ${JSON.stringify(text)} has an empty value`);
    }
  });

  test('a value that is given again is one', () => {
    expect(gather(listParser('--of'), 'a,b', 'a', 'c,c')).toEqual(['a', 'b', 'c']);
  });

  test('a single one stays as it is', () => {
    expect(gather(listParser('--of'), ' a')).toEqual([' a']);
  });
});

describe('files', () => {
  test('a comma parts their names, unless a file has the whole as its name', () => {
    const parse = fileListParser('--of');
    expect(gather(parse, 'a,b', 'c')).toEqual(['a', 'b', 'c']);
    writeFileSync('a,b', '');
    expect(gather(parse, 'a,b', 'c')).toEqual(['a,b', 'c']);
    expect(gather(parse, 'a,b,c')).toEqual(['a', 'b', 'c']);
    writeFileSync('x,', '');
    expect(gather(parse, 'x,')).toEqual(['x,']);
  });

  test('a name that can be read both ways is refused: somebody may have put the file there', () => {
    const parse = fileListParser('--of');
    writeFileSync('a,b', '');
    for (const one of ['a', 'b']) {
      writeFileSync(one, '');
      expect(() => parse('a,b', undefined)).toThrow('--of: "a,b" can be one file or a list of files');
      rmSync(one);
    }
    mkdirSync('a,copy');
    writeFileSync('a,copy/keys', '');
    writeFileSync('a', '');
    expect(() => parse('a,copy/keys', undefined)).toThrow(UsageError);
  });

  test('of --keys are read either way', async () => {
    copyFileSync(KEYS, 'own.jsonl');
    copyFileSync(KEYS, 'one,other.jsonl');
    expect((await verifySettings('copy', '--keys', 'own.jsonl,other.jsonl')).keyFiles).toEqual([
      'own.jsonl',
      'other.jsonl',
    ]);
    expect((await verifySettings('copy', '--keys', 'one,other.jsonl', 'own.jsonl')).keyFiles).toEqual([
      'one,other.jsonl',
      'own.jsonl',
    ]);
    const { exitCode, error } = await runCommand(['verify', 'copy', '--keys', 'own.jsonl,gone.jsonl']);
    expect([exitCode, error]).toEqual([2, expect.stringContaining('key file gone.jsonl cannot be read')]);
  });
});

const ACCOUNTS = ['111122223333', '444455556666', '777788889999'] as const;

test.each([
  [['--account', ACCOUNTS.join(',')]],
  [['--account', ...ACCOUNTS]],
  [['--account', `${ACCOUNTS[0]},${ACCOUNTS[1]}`, '--account', ACCOUNTS[2]]],
  [['--account', ACCOUNTS[0], `${ACCOUNTS[1]},${ACCOUNTS[2]}`]],
  [['--account', ACCOUNTS[0], '--account-id', `${ACCOUNTS[1]},${ACCOUNTS[2]}`]],
])('%j are three accounts', async (args) => {
  expect((await verifySettings('s3://my-bucket', ...args)).accounts).toEqual(ACCOUNTS);
});

test('every list of verify takes commas and repetition', async () => {
  const settings = await verifySettings(
    's3://my-bucket',
    ...['--region', 'us-east-1,eu-west-1', '--region', 'eu-west-2', 'eu-west-3'],
    ...['--trail', 'one,two', '--trail', 'three'],
    ...['--relocated', 'aaa=bbb,ccc=ddd', '--relocated', 'eee/x,y=fff/x,y'],
    ...['--also', 'html,csv', '--also', 'junit', '--also', 'html'],
    ...['--tsa', 'http://timestamp.example.com', '--tsa-ca', 'a.pem,b.pem', '--tsa-ca', 'c.pem'],
    ...['--state', 'state.json', '--state-signer', 'a.pem,b.pem', '--state-signer', 'c.pem'],
  );
  expect(settings).toMatchObject({
    regions: ['us-east-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
    trails: ['one', 'two', 'three'],
    relocated: [
      { from: 'aaa', to: 'bbb' },
      { from: 'ccc', to: 'ddd' },
      { from: 'eee/x,y', to: 'fff/x,y' },
    ],
    also: ['html', 'csv', 'junit'],
    signing: { timestamp: { authorityFiles: ['a.pem', 'b.pem', 'c.pem'] } },
    state: { signerFiles: ['a.pem', 'b.pem', 'c.pem'] },
  });
});

const BUCKET = 's3://my-bucket';

/** Every list option, with the command that takes it. */
const LISTS: readonly (readonly [option: string, ...args: readonly string[]])[] = [
  ...['--account', '--account-id', '--region', '--trail', '--keys', '--relocated', '--also'].map(
    (option) => [option, 'verify', BUCKET] as const,
  ),
  ['--tsa-ca', 'verify', BUCKET, '--tsa', 'http://timestamp.example.com'],
  ['--state-signer', 'verify', BUCKET, '--state', 'state.json'],
  ['--account', 'collect', BUCKET, 'copy'],
  ['--region', 'collect', BUCKET, 'copy'],
  ['--trail', 'collect', BUCKET, 'copy'],
  ['--region', 'keys', 'fetch'],
  ['--trust', 'report', 'verify', 'report.json'],
  ['--tsa-ca', 'report', 'verify', 'report.json'],
  ['--trust', 'evidence', 'verify', 'bag'],
  ['--tsa-ca', 'evidence', 'verify', 'bag'],
  ['--keys', 'evidence', 'verify', 'bag'],
  ['--keys', 'proof', 'verify', 'proof.json', '--report', 'report.json'],
  ['--chain', 'explain-gap', 'report.json'],
  ['--ignore', 'doctor', BUCKET],
  ['--expect-events', 'doctor', BUCKET],
];

describe.each(LISTS)('%s of %s %s', (option, ...args) => {
  test.each(['', ',', ' ', ',,'])('%j is a wrong use, told in one line', async (text) => {
    const { exitCode, out, error } = await runCommand([...args, option, text]);
    const named = option === '--account-id' ? '--account' : option;
    expect(error).toBe(
      `trail-verify: ${named}: ${JSON.stringify(text)} has an empty value\nhint: write values with one comma between two, or repeat ${named}\n`,
    );
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  });
});

test('a comma in the key of a resource parts nothing', async () => {
  const args = ['doctor', BUCKET, '--expect-events', 'AWS::S3::Object=arn:aws:s3:::bucket/a,b'];
  const { error } = await runCommand([...args, '--format', 'none', '--endpoint-url', 'http://127.0.0.1:1']);
  expect(error).not.toContain('--expect-events');
  const mixed = 'AWS::S3::Object=arn:aws:s3:::bucket/a,b,AWS::Lambda';
  expect((await runCommand(['doctor', BUCKET, '--expect-events', mixed])).error).toContain(
    '"AWS::Lambda" is not',
  );
  const parted = await runCommand(['doctor', BUCKET, '--expect-events', 'AWS::S3::Object,AWS::Lambda']);
  expect(parted.error).toContain('--expect-events: "AWS::Lambda" is not a resource type');
});

test('a move whose prefix holds a comma is not taken for two', async () => {
  const moved = async (...args: readonly string[]) => (await verifySettings(BUCKET, ...args)).relocated;
  expect(await moved('--relocated', 'aaa/x,y=bbb/x,y')).toEqual([{ from: 'aaa/x,y', to: 'bbb/x,y' }]);
  await expect(moved('--relocated', 'aaa/x,y=bbb/x,y,ccc=ddd')).rejects.toThrow('can be read in two ways');
});
