import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { isoTime } from '../../src/base/clock.ts';
import { formatProof, readProof } from '../../src/proof/proof.ts';
import { type InventoryLine, readInventoryLine } from '../../src/report/inventory.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import {
  atServer,
  type CommandResult,
  keysAtServer,
  runCommand,
  serverKeys,
  stubAwsEnvironment,
} from '../support/command.ts';
import { keyLines } from '../support/key-files.ts';
import { inflate } from '../support/test-gzip.ts';
import { TEST_KEYS } from '../support/test-keys.ts';

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const KEYS = fixture('keys/public-keys.jsonl');
const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
const OF_INTACT = ['--report', 'intact/report.json'];
const OF_TAMPERED = ['--report', 'tampered/report.json'];
const OF_S3 = ['--report', 's3/report.json'];
let server: AwsServer;

beforeAll(async () => {
  stubAwsEnvironment();
  process.chdir(folder);
  for (const name of ['intact', 'tampered']) {
    const { store, now } = (await loadScenario(name)).build();
    const at = ['--now', isoTime(now), '--output', name];
    await runCommand(['verify', fixture(`${name}/copy`), '--keys', KEYS, ...at, '--no-sign']);
    if (name === 'tampered') continue;
    server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => now });
    const target = ['verify', 's3://example-trail-logs', ...keysAtServer(server), '--now', isoTime(now)];
    await runCommand([...target, '--output', 's3', '--no-sign']);
  }
});
afterAll(async () => {
  await server.close();
  process.chdir(START);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function linesOf(run: string): readonly InventoryLine[] {
  const text = gunzipSync(readFileSync(`${run}/inventory.jsonl.gz`)).toString('latin1');
  return text.split('\n').flatMap((line) => readInventoryLine(line) ?? []);
}

/** The first object of a kind and status in a run's inventory. */
function objectOf(run: string, kind: InventoryLine['kind'], status: InventoryLine['status'] = 'valid') {
  const line = linesOf(run).find((one) => one.kind === kind && one.status === status);
  if (line === undefined) throw new Error(`no ${status} ${kind} in ${run}`);
  const file = path.join(fixture(`${run === 's3' ? 'intact' : run}/copy`), line.bucket, line.key);
  return { uri: `s3://${line.bucket}/${line.key}`, file };
}

function eventOf(file: string): string {
  return JSON.parse(inflate(readFileSync(file)).toString()).Records[0].eventID;
}

const proveAlone = (...args: readonly string[]): Promise<CommandResult> => runCommand(['prove', ...args]);
const prove = (...args: readonly string[]): Promise<CommandResult> => proveAlone(...args, '--keys', KEYS);
const verifyAlone = (...args: readonly string[]): Promise<CommandResult> =>
  runCommand(['proof', 'verify', ...args]);
const verify = (...args: readonly string[]): Promise<CommandResult> => verifyAlone(...args, '--keys', KEYS);
describe('prove and proof verify', () => {
  test.each(['digest', 'log'] as const)('a %s of a folder', async (kind) => {
    const { uri } = objectOf('intact', kind);
    const file = `${kind}.json`;
    const made = await prove(uri, ...OF_INTACT, '--output', file);
    expect(made).toMatchObject({ exitCode: 0, error: '' });
    expect(made.out).toContain(`GENUINE: ${uri} is as AWS signed it, and one of the `);
    expect(readFileSync(file).length).toBeLessThan(20_000);
    const alone = await proveAlone(uri, ...OF_INTACT, '--output', `alone-${file}`);
    expect(alone).toEqual({
      exitCode: 3,
      out: `UNPROVEN: ${uri}: the key is from the report alone: give CloudTrail's public keys from another source with --keys\n`,
      error: '',
    });
    expect(readFileSync(`alone-${file}`)).toEqual(readFileSync(file));
    expect(await verifyAlone(file, ...OF_INTACT)).toEqual(alone);
    const checked = await verify(file, ...OF_INTACT);
    expect(checked).toEqual(made);
    expect(checked).toMatchObject({ exitCode: 0, error: '' });
    expect(checked.out).toMatch(
      /; key \w{32} is one of those given with --keys \(.+: it counts if that did not come with the proof\)\n$/,
    );
  });

  test('an event of a folder, its log file in the proof or beside it', async () => {
    const { uri, file } = objectOf('intact', 'log');
    const id = eventOf(file);
    const whole = await prove(id, '--log', uri, ...OF_INTACT, '--output', 'event.json');
    expect(whole).toMatchObject({ exitCode: 0, error: '' });
    expect(whole.out).toContain(`GENUINE: event ${id} in ${uri} is as AWS signed it`);
    const { event } = readProof(readFileSync('event.json'), 'event.json');
    expect(JSON.parse(Buffer.from(event?.bytes ?? '', 'base64').toString()).eventID).toBe(id);
    expect(await verify('event.json', ...OF_INTACT)).toEqual(whole);
    expect((await prove('--event', id, uri, ...OF_INTACT)).out).toBe(readFileSync('event.json', 'latin1'));

    const bare = await prove('--event', id, '--log', file, ...OF_INTACT, '--without-log');
    expect(bare).toMatchObject({ exitCode: 0, error: whole.out });
    writeFileSync('bare.json', bare.out);
    expect(await verify('bare.json', ...OF_INTACT)).toMatchObject({
      exitCode: 3,
      out: `UNPROVEN: event ${id} in ${uri}: the log file is not in the proof: give it with --log, so that its event can be checked\n`,
    });
    expect(await verify('bare.json', ...OF_INTACT, '--log', file)).toEqual(whole);
    const other = objectOf('intact', 'digest').file;
    expect(await verify('bare.json', ...OF_INTACT, '--log', other)).toMatchObject({
      exitCode: 5,
      out: `REFUSED: event ${id} in ${uri}: the log file is not the one that the report counted\n`,
    });
  });

  test('a log file and an event of a bucket', async () => {
    const { uri, file } = objectOf('s3', 'log');
    const reads = server.requests.length;
    const log = await prove(uri, ...OF_S3, ...atServer(server), '--output', 's3-log.json');
    expect(log).toMatchObject({ exitCode: 0, error: '' });
    // One digest file, and the Region of its bucket at most: a proof costs no walk.
    expect(server.requests.length - reads).toBeLessThan(5);
    expect(await verify('s3-log.json', ...OF_S3)).toMatchObject({ exitCode: 0 });
    const id = eventOf(file);
    const event = await prove(id, '--log', uri, ...OF_S3, ...atServer(server), '--output', 's3-event.json');
    expect(event).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining(`GENUINE: event ${id} in ${uri}`),
    });
    expect(await verify('s3-event.json', ...OF_S3)).toEqual(event);
    // The copy of the bucket serves as well.
    const copied = await prove(id, '--log', uri, ...OF_S3, '--source', fixture('intact/copy'));
    expect(copied).toMatchObject({
      exitCode: 0,
      error: event.out,
      out: readFileSync('s3-event.json', 'latin1'),
    });
  });

  test.each([
    ['log', 'invalid'],
    ['log', 'missing'],
    ['digest', 'invalid'],
    ['digest', 'missing'],
  ] as const)('a %s that is %s: the proof says so', async (kind, status) => {
    const { uri } = objectOf('tampered', kind, status);
    const file = `${kind}-${status}.json`;
    const made = await prove(uri, ...OF_TAMPERED, '--output', file);
    expect(made).toMatchObject({ exitCode: 1, error: '' });
    expect(made.out).toMatch(new RegExp(`^GENUINE: s3://.*: .*the report found the object ${status}\\n$`));
    expect(made.out).toMatch(
      kind === 'log' && status === 'invalid'
        ? /: AWS signed content of SHA-256 \w{64}, and it holds \w{64}; /
        : /./,
    );
    expect(await verify(file, ...OF_TAMPERED)).toEqual(made);
  });
});

describe('proof verify refuses', () => {
  test('the proof for another report, and one that was changed', async () => {
    const { uri } = objectOf('intact', 'log');
    await prove(uri, ...OF_INTACT, '--output', 'proof.json');
    const other = await verify('proof.json', ...OF_TAMPERED);
    expect(other).toMatchObject({ exitCode: 5, error: '' });
    expect(other.out).toContain('the proof is of another report; ');
    const proof = readProof(readFileSync('proof.json'), 'proof.json');
    const renamed = {
      ...proof,
      object: { ...proof.object, leaf: proof.object.leaf.replace('json.gz', 'json\u001b') },
    };
    writeFileSync('changed.json', formatProof(renamed));
    const changed = await verify('changed.json', ...OF_INTACT);
    expect(changed).toMatchObject({ exitCode: 5, error: '' });
    expect(changed.out).toBe('REFUSED: the object: the object does not lead to the Merkle root\n');
    writeFileSync('text.json', 'no proof');
    expect(await verify('text.json', ...OF_INTACT)).toMatchObject({
      exitCode: 5,
      out: 'REFUSED: the object: the proof is not JSON in ASCII\n',
    });
  });

  test('to take the word of the report where other keys are given', async () => {
    const { uri } = objectOf('intact', 'log');
    await prove(uri, ...OF_INTACT, '--output', 'keyed.json');
    const used = readProof(readFileSync('keyed.json'), 'keyed.json').signature?.key.fingerprint;
    writeFileSync('others.jsonl', keyLines(TEST_KEYS.filter(({ fingerprint }) => fingerprint !== used)));
    expect(await verifyAlone('keyed.json', ...OF_INTACT, '--keys', 'others.jsonl')).toMatchObject({
      exitCode: 3,
      out: `UNPROVEN: ${uri}: the key is none of those given with --keys\n`,
    });
  });
});

test('prove and proof verify say the same of a key that AWS did not list, and of one that is in the copy', async () => {
  const { uri } = objectOf('s3', 'log');
  const made = await proveAlone(uri, ...OF_S3, ...atServer(server), '--output', 'listed.json');
  expect(made.exitCode).toBe(3);
  expect(made.out).toContain(`the key is from the report alone, which had it from ${server.url}`);
  expect(await verifyAlone('listed.json', ...OF_S3)).toEqual(made);
  cpSync(fixture('intact/copy'), 'copy', { recursive: true });
  cpSync(KEYS, 'copy/keys.jsonl');
  const planted = await proveAlone(uri, ...OF_S3, '--source', 'copy', '--keys', 'copy/keys.jsonl');
  expect(planted).toMatchObject({
    exitCode: 3,
    error: `UNPROVEN: ${uri}: the key is none of those given with --keys that are outside the evidence\n`,
  });
});

describe('what is no longer as the report counted it is exit 5', () => {
  test('an inventory', async () => {
    const { uri } = objectOf('intact', 'log');
    const lines = gunzipSync(readFileSync('intact/inventory.jsonl.gz')).toString('latin1').split('\n');
    writeFileSync('less.jsonl.gz', gzipSync(lines.slice(1).join('\n')));
    const made = await prove(uri, ...OF_INTACT, '--inventory', 'less.jsonl.gz');
    expect(made).toMatchObject({ exitCode: 5, out: '' });
    expect(made.error).toMatch(/^trail-verify: the inventory has \d+ lines, and the report counts \d+\n/);
  });

  test('an object', async () => {
    const { uri } = objectOf('intact', 'log');
    const made = await prove(uri, ...OF_INTACT, '--source', fixture('tampered/copy'));
    expect(made).toMatchObject({ exitCode: 5, out: '' });
    expect(made.error).toMatch(/^trail-verify: s3:.* is no longer there as the report counted it\n/);
    const missing = objectOf('tampered', 'log', 'missing').uri;
    const event = await prove('--event', 'x', '--log', missing, ...OF_TAMPERED);
    expect(event).toMatchObject({ exitCode: 5, out: '' });
    expect(event.error).toContain('was missing, says the report, so it has no events to prove');
  });
});

describe('what cannot be done is exit 2', () => {
  const uri = 's3://example-trail-logs/AWSLogs/x.json.gz';
  const id = '01234567-89ab-cdef-0123-456789abcdef';
  test.each<readonly [string, readonly string[], RegExp]>([
    ['nothing named', OF_INTACT, /nothing to prove was named/],
    [
      'an object that was not counted',
      [uri, ...OF_INTACT],
      /is not among the objects that the report counts/,
    ],
    ['a key without its bucket', ['AWSLogs/x.json.gz', ...OF_INTACT], /names no object of S3/],
    ['an event without its log file', [id, ...OF_INTACT], /an event needs its log file/],
    ['two events', [id, '--event', id, ...OF_INTACT], /two events are named/],
    ['an empty id', ['--event', '', uri, ...OF_INTACT], /--event: the value is empty/],
    ['a log file without its event', ['--log', uri, ...OF_INTACT], /--log has no event/],
    ['--without-log without an event', [uri, '--without-log', ...OF_INTACT], /--without-log is of use with/],
    ['no report', [uri], /prove needs --report/],
    ['a report that is not there', [uri, '--report', 'none.json'], /report none\.json cannot be read/],
    ['a report that is none', [uri, '--report', 'empty.json'], /empty\.json is not JSON/],
    [
      'a log file that is not there',
      [id, '--log', 'none.gz', ...OF_INTACT],
      /log file none\.gz cannot be read/,
    ],
    [
      'a log file that was not counted',
      [id, '--log', 'empty.json', ...OF_INTACT],
      /empty\.json is not among/,
    ],
    [
      'no inventory',
      [uri, '--report', 'alone/report.json'],
      /there is no inventory alone.inventory\.jsonl\.gz/,
    ],
    ['a folder that is not there', ['--source', 'none', uri, ...OF_INTACT], /none/],
    ['a report without an inventory', [uri, '--report', 'bare/report.json'], /binds no inventory/],
  ])('prove: %s', async (_, args, problem) => {
    writeFileSync('empty.json', '');
    for (const name of ['alone', 'bare']) mkdirSync(name, { recursive: true });
    writeFileSync('alone/report.json', readFileSync('intact/report.json'));
    const { objects: _objects, ...bare } = JSON.parse(readFileSync('intact/report.json', 'utf8'));
    writeFileSync('bare/report.json', JSON.stringify(bare));
    const { exitCode, out, error } = await prove(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toMatch(problem);
  });

  test('prove: an event that is not there, and a file that is', async () => {
    const log = objectOf('intact', 'log').uri;
    expect(await prove(id, '--log', log, ...OF_INTACT)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining(`no event ${id} is in ${log}`),
    });
    writeFileSync('taken.json', 'kept');
    expect(await prove(log, ...OF_INTACT, '--output', 'taken.json')).toMatchObject({ exitCode: 2, out: '' });
    expect(readFileSync('taken.json', 'utf8')).toBe('kept');
  });

  test.each<readonly [readonly string[], RegExp]>([
    [['none.json', ...OF_INTACT], /proof none\.json cannot be read/],
    [['.', ...OF_INTACT], /it is no file/],
    [['intact/report.json'], /proof verify needs --report/],
    [['intact/report.json', '--report', 'none.json'], /report none\.json cannot be read/],
    [['intact/report.json', ...OF_INTACT, '--keys', 'none.jsonl'], /key file none\.jsonl cannot be read/],
    [['intact/report.json', ...OF_INTACT, '--keys', 'intact/report.json'], /report\.json/],
    [['intact/report.json', ...OF_INTACT, '--log', 'none.gz'], /log file none\.gz cannot be read/],
  ])('proof verify %j', async (args, problem) => {
    const { exitCode, out, error } = await verifyAlone(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toMatch(problem);
  });
});

test('a bucket that cannot be reached is exit 4', async () => {
  const { uri } = objectOf('s3', 'log');
  const made = await prove(
    uri,
    ...OF_S3,
    '--endpoint-url',
    'http://127.0.0.1:1',
    '--output',
    'unreached.json',
  );
  expect(made).toMatchObject({ exitCode: 4, out: '' });
  expect(existsSync('unreached.json')).toBe(false);
});
