import { execFileSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { readCheckpoint } from '../../src/state/read-checkpoint.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import {
  type CommandResult,
  keysAtServer,
  runCommand,
  serverKeys,
  stubAwsEnvironment,
} from '../support/command.ts';
import { deleteObject } from '../support/damage.ts';
import { ObjectStore } from '../support/object-store.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';

const START = process.cwd();
const schema = fileURLToPath(new URL('../../src/report/report-v1.schema.json', import.meta.url));
const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(schema, 'utf8')));

let store: ObjectStore;
let trail: TestTrail;
let server: AwsServer;
let runs = 0;

beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  store = new ObjectStore(() => Date.parse('2026-10-05T12:00:00Z'));
  store.createBucket('audit-state');
  trail = new TestTrail({
    store,
    bucket: 'example-trail-logs',
    account: '111122223333',
    region: 'us-east-1',
    trail: 'audit',
    startLogging: Date.parse('2026-10-05T09:12:37Z'),
  });
  trail.hours(30, { logs: [{ minute: 40 }] });
  server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => trail.end + HOUR });
});
afterEach(async () => {
  await server.close();
  process.chdir(START);
  vi.unstubAllEnvs();
});

/** One night; options come behind those that every night has. */
function night(...options: readonly string[]): Promise<CommandResult> {
  runs += 1;
  const now = isoTime(trail.end + HOUR + 30 * MINUTE);
  const args = [
    'verify',
    's3://example-trail-logs',
    '--now',
    now,
    '--output',
    `out${runs}`,
    ...keysAtServer(server),
  ];
  return runCommand([...args, '--state', 'state.json', ...options], { columns: 120 });
}

function report(): ReturnType<typeof JSON.parse> {
  const read = JSON.parse(readFileSync(`out${runs}/report.json`, 'utf8'));
  validate(read);
  expect(validate.errors ?? []).toEqual([]);
  return read;
}

const lastLine = ({ out }: CommandResult): string => out.trimEnd().split('\n').at(-1) ?? '';
const state = (): string => readFileSync('state.json', 'utf8');
const hashOf = (text: string): string => readCheckpoint(Buffer.from(text), 'state', undefined).sha256;

describe.each([
  ['a file', 'state.json', state],
  [
    'an object',
    's3://audit-state/nightly/state.json',
    () => Buffer.from(store.get('audit-state', 'nightly/state.json')?.bytes ?? []).toString(),
  ],
] as const)('with %s', (_, place, read) => {
  test('two nights, each with the hash of its checkpoint on the last line', async () => {
    const first = await night('--state', place);
    expect(first).toMatchObject({ exitCode: 0, error: '' });
    expect(lastLine(first)).toBe(`Checkpoint: ${hashOf(read())}`);
    expect(report().state).toMatchObject({ location: place, read: null, checkpoint: hashOf(read()) });
    const before = hashOf(read());
    trail.hours(24, { logs: [{ minute: 40 }] });
    const second = await night('--state', place, '--require-checkpoint', before, '--verbose');
    expect(second).toMatchObject({ exitCode: 0, error: '' });
    expect(lastLine(second)).toBe(`Checkpoint: ${hashOf(read())}`);
    expect(hashOf(read())).not.toBe(before);
    expect(report().state.read.sha256).toBe(before);
    expect(report().state.read.signer).toMatch(/^[0-9a-f]{64}$/);
    expect(report().chains[0].depth).toBe('chain+listing');
    expect(second.out).toContain('depth      chain+listing (1 chain); 1 day unchanged, 0 changed, 0 drawn');
    expect(second.out).toContain(`${before} of 2026-10-06T16:42:37Z; their`);
    expect(second.out).toContain(
      'Proven only by the checkpoint, not read again (UTC):\n    2026-10-05 09:12 to 2026-10-06 11:12',
    );
  });

  test('a night that finds something leaves the state as it is, and says so', async () => {
    await night('--state', place);
    const before = read();
    deleteObject(store, trail.logAt(4));
    const after = await night('--state', place, '--quiet');
    expect(after.exitCode).toBe(1);
    expect(lastLine(after)).toBe(`Checkpoint: ${hashOf(before)} (unchanged)`);
    expect(read()).toBe(before);
    expect(report().findings.map(({ code }: { code: string }) => code)).toContain(
      'LOG_VANISHED_SINCE_CHECKPOINT',
    );
  });

  test('two runs at once: one of them is refused', async () => {
    await night('--state', place);
    trail.hours(2, { logs: 1 });
    const both = await Promise.all([night('--state', place), night('--state', place)]);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 4]);
    const [lost] = both.filter(({ exitCode }) => exitCode === 4);
    expect(lost?.error).toContain('was written by another run meanwhile');
    expect(lost === undefined ? '' : lastLine(lost)).toMatch(/\(unchanged\)$/);
    const won = both.find(({ exitCode }) => exitCode === 0);
    expect(won === undefined ? '' : lastLine(won)).toBe(`Checkpoint: ${hashOf(read())}`);
  });

  test('and nothing is left beside it', async () => {
    await night('--state', place);
    expect(readdirSync('.').filter((name) => /lock|tmp/.test(name))).toEqual([]);
    expect(store.keys('audit-state').length).toBe(place.startsWith('s3:') ? 1 : 0);
  });
});

describe('a state that is not what it must be', () => {
  const edits: readonly (readonly [string, (text: string) => string, RegExp])[] = [
    ['empty', () => '', /is not a whole state file/],
    ['truncated', (text) => text.slice(0, text.length / 2), /is not a whole state file/],
    ['without its last byte', (text) => text.slice(0, -1), /is not a whole state file/],
    ['without its signature', (text) => text.replace(/\n\{.*\n$/, '\n{"signature":null}\n'), /is not signed/],
    ['changed', (text) => text.replace('"digests":31', '"digests":32'), /is not what was signed/],
    ['not JSON', () => 'x\n{"signature":null}\n', /is not JSON/],
    ['of a later version', (text) => text.replace('state/v1', 'state/v2'), /is of trail-verify\/state\/v2/],
    [
      'with a field twice',
      (text) => text.replace('{"schema"', '{"tool":"1","schema"'),
      /names "\w+" twice in one object/,
    ],
    [
      'with a field missing',
      (text) => text.replace(/"cut":\d+,/, ''),
      /is not a state of trail-verify: at \$/,
    ],
    ['something else', () => '{"a":1}\n{"b":2}\n', /is not a state of trail-verify/],
    [
      'with a Region twice',
      (text) => text.replace(/"places":\[(.*)\]\}\n/, '"places":[$1,$1]}\n'),
      /contradicts itself/,
    ],
  ];

  test.each(edits)('%s: exit 2, and it stays', async (_, edit, words) => {
    await night();
    const edited = edit(state());
    expect(edited).not.toBe(state());
    writeFileSync('state.json', edited);
    const after = await night();
    expect(after.exitCode).toBe(2);
    expect(after.error).toMatch(words);
    expect(after.error).toMatch(/\nhint: /);
    expect(state()).toBe(edited);
    expect(existsSync(`out${runs}`)).toBe(false);
  });

  test('of another bucket, another scope, or the future', async () => {
    store.createBucket('other');
    await night('--no-sign');
    const before = state();
    const other = await runCommand([
      ...['verify', 's3://audit-state', '--state', 'state.json', '--no-sign', '--output', 'other'],
      ...keysAtServer(server),
    ]);
    expect(other).toMatchObject({ exitCode: 2 });
    expect(other.error).toContain('is of s3://example-trail-logs/, not of s3://audit-state/');
    const narrow = await night('--no-sign', '--region', 'us-east-1');
    expect(narrow.exitCode).toBe(2);
    expect(narrow.error).toContain('is of other regions (all)');
    const early = await night('--no-sign', '--now', '2026-10-06T09:00:00Z');
    expect(early.exitCode).toBe(2);
    expect(early.error).toContain('was written in the future');
    expect(state()).toBe(before);
  });

  test('signed by another: refused, unless that signer is named', async () => {
    await night();
    await runCommand(['keygen', '--output', 'auditor', '--subject', 'CN=Auditor']);
    const signed = ['--sign-key', 'auditor.key.pem', '--sign-cert', 'auditor.cert.pem'];
    const stranger = await night(...signed);
    expect(stranger.exitCode).toBe(2);
    expect(stranger.error).toContain('is signed by another: CN=test identity');
    expect(stranger.error).toContain('a machine that is set up again for each run');
    const own = `${await identityFolder()}/trail-verify/certificate.pem`;
    expect(await night(...signed, '--state-signer', own)).toMatchObject({ exitCode: 0, error: '' });
    expect(await night(...signed)).toMatchObject({ exitCode: 0, error: '' });
  });

  test('an unsigned one with --no-sign spares nothing, and is proof where its hash is given', async () => {
    const first = lastLine(await night('--no-sign')).replace('Checkpoint: ', '');
    trail.hours(24, { logs: 1 });
    const before = state();
    const second = await night('--no-sign');
    expect(second).toMatchObject({ exitCode: 0 });
    expect(second.out.replaceAll(/\s+/g, ' ')).toContain('so it only adds findings');
    expect(report()).toMatchObject({ state: { read: { trustedBy: null } }, chains: [{ depth: 'full' }] });
    expect(report().limits.map(({ code }: { code: string }) => code)).toContain('STATE_UNSIGNED');
    writeFileSync('state.json', before);
    expect(await night('--no-sign', '--require-checkpoint', first)).toMatchObject({ exitCode: 0 });
    expect(report()).toMatchObject({ state: { read: { trustedBy: 'hash' } } });
    expect(report().chains[0].depth).toBe('chain+listing');
    // A certificate that came with the state is nobody's either.
    rmSync('state.json');
    expect((await night()).exitCode).toBe(0);
    expect(await night('--no-sign')).toMatchObject({ exitCode: 0 });
    expect(report()).toMatchObject({ state: { read: { trustedBy: null } }, chains: [{ depth: 'full' }] });
  });

  test('an old one put back: found by the checkpoint that is required', async () => {
    await night();
    const old = state();
    trail.hours(24, { logs: 1 });
    const newest = lastLine(await night()).replace('Checkpoint: ', '');
    writeFileSync('state.json', old);
    const after = await night('--require-checkpoint', newest);
    expect(after.exitCode).toBe(1);
    expect(after.out).toContain('STATE_BEHIND');
    expect(state()).toBe(old);
  });
});

describe('links that somebody planted', () => {
  test('beside the state are never written through', async () => {
    writeFileSync('target', 'mine');
    for (const name of ['state.json.tmp', 'state.json.lock.tmp']) symlinkSync('target', name);
    expect(await night()).toMatchObject({ exitCode: 0, error: '' });
    expect(readFileSync('target', 'utf8')).toBe('mine');
    expect(statSync('state.json').mode & 0o777).toBe(0o600);
    expect(readdirSync('.').filter((name) => name.endsWith('.tmp'))).toEqual([
      'state.json.lock.tmp',
      'state.json.tmp',
    ]);
  });

  test('in place of the state or the metrics are replaced', async () => {
    writeFileSync('target', 'mine');
    symlinkSync('target', 'run.prom');
    expect(await night()).toMatchObject({ exitCode: 0 });
    renameSync('state.json', 'elsewhere.json');
    symlinkSync('elsewhere.json', 'state.json');
    const before = readFileSync('elsewhere.json', 'utf8');
    trail.hours(24, { logs: 1 });
    expect(await night('--metrics', 'run.prom')).toMatchObject({ exitCode: 0, error: '' });
    expect(readFileSync('elsewhere.json', 'utf8')).toBe(before);
    expect(state()).not.toBe(before);
    expect(readFileSync('target', 'utf8')).toBe('mine');
    expect(readFileSync('run.prom', 'utf8')).toContain('trail_verify_verdict');
  });

  test('a lock that is a pipe is no run to wait for without an end', async () => {
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', ['state.json.lock']);
    utimesSync('state.json.lock', new Date(0), new Date(0));
    expect(await night()).toMatchObject({ exitCode: 0, error: '' });
  });
});

describe('what contradicts a state', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--bag'], /--state and an evidence bag contradict/],
    [['--no-logs'], /--state and --no-logs contradict each other/],
    [['--no-unlisted'], /--state and --no-unlisted contradict/],
    [['--to', '2026-10-06'], /--state and --to contradict/],
    [['--state', 's3://bucket-only'], /names no object/],
    [['--recheck-sample', '2'], /is not a share from 0% to 100%/],
    [['--recheck-sample', '101%'], /is not a share from 0% to 100%/],
    [['--recheck-seed', 'x'], /is of use with --recheck-sample only/],
    [['--recheck-sample', '5%', '--no-relist'], /--recheck-sample and --no-relist contradict each other/],
    [['--require-checkpoint', 'soon'], /--require-checkpoint: "soon" is not a time/],
  ];
  test.each(cases)('%j', async (options, words) => {
    const { exitCode, error } = await night(...options);
    expect(exitCode).toBe(2);
    expect(error).toMatch(words);
  });

  test('options of a state without one', async () => {
    const { exitCode, error } = await runCommand([
      'verify',
      's3://example-trail-logs',
      '--recheck-sample',
      '1%',
    ]);
    expect(exitCode).toBe(2);
    expect(error).toContain('--recheck-sample is of use with --state only');
  });
});

test('a folder that cannot be written to: exit 4 after the report', async () => {
  const { exitCode, error } = await night('--state', 'nowhere/state.json');
  expect(exitCode).toBe(4);
  expect(error).toContain('could not be written');
  expect(report().verdict).toBe('VALID');
});
