import { copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadScenario } from '../../../fixtures/scenarios.ts';
import { isoTime } from '../../../src/base/clock.ts';
import type { Finding } from '../../../src/findings/finding.ts';
import { type AwsServer, type AwsServerOptions, startAwsServer } from '../../support/aws-server.ts';
import { keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../../support/command.ts';
import type { ObjectStore } from '../../support/object-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const START = process.cwd();
const BUCKET = 's3://example-trail-logs';
let server: AwsServer;
let now: string;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(async () => {
  await server.close();
  process.chdir(START);
  vi.unstubAllEnvs();
});

async function serve(name: string, options: AwsServerOptions = {}): Promise<readonly string[]> {
  const scenario = (await loadScenario(name)).build();
  now = isoTime(scenario.now);
  server = await startAwsServer({
    store: scenario.store,
    publicKeys: serverKeys(),
    now: () => scenario.now,
    ...options,
  });
  return keysAtServer(server);
}

async function withMisfits(names: readonly string[]): Promise<ObjectStore> {
  const { store } = (await loadScenario('intact')).build();
  for (const name of names) store.put('example-trail-logs', `AWSLogs/111122223333/${name}`, Buffer.from('x'));
  return store;
}

/** The keys of the copy, from a place where whoever hands over the copy does not write. */
function keysTakenOut(): readonly string[] {
  copyFileSync('copy/keys.jsonl', 'aws-keys.jsonl');
  return ['--keys', 'aws-keys.jsonl'];
}

describe('collect', () => {
  test('strays with it, and as much as a run over the bucket tells of', async () => {
    const at = await serve('intact', {
      store: await withMisfits([
        'CloudTrailX/x',
        'CloudTrail/1_CloudTrail_us-east-1_20261005T1200Z_x.json.gz',
      ]),
    });
    const whole = await runCommand(['collect', BUCKET, 'copy', ...at]);
    expect(whole).toMatchObject({ exitCode: 0, error: '' });
    stubAwsEnvironment('without credentials');
    const args = ['--now', now, '--format', 'json', '--no-sign', ...keysTakenOut()];
    const offline = await runCommand(['verify', 'copy', '--output', 'a', ...args]);
    expect(offline.exitCode).toBe(3);
    expect(JSON.parse(offline.out).findings.map(({ code }: Finding) => code)).toEqual([
      'LOG_UNLISTED',
      'LOG_UNLISTED',
    ]);
  });

  test('a folder of strays cut, which the copy tells', async () => {
    const many = Array.from({ length: 1_001 }, (_, number) => `CloudTrailX/${number}`);
    const at = await serve('intact', { store: await withMisfits(many) });
    const cut = await runCommand(['collect', BUCKET, 'copy', ...at]);
    expect(cut).toMatchObject({ exitCode: 3, error: '' });
    expect(cut.out).toContain(
      '1 folder that belongs to no trail holds more than was copied, s3://example-trail',
    );
    stubAwsEnvironment('without credentials');
    const args = ['--now', now, '--format', 'json', '--no-sign', ...keysTakenOut()];
    const offline = await runCommand(['verify', 'copy', '--output', 'a', ...args]);
    expect(offline.exitCode).toBe(3);
    expect(JSON.parse(offline.out).findings).toContainEqual(
      expect.objectContaining({
        code: 'OUTSIDE_TARGET',
        evidence: {
          kind: 'unread',
          path: 'AWSLogs/111122223333/CloudTrailX/',
          reason: 'it holds more than was copied',
        },
      }),
    );
  });

  test('a copy that verifies offline with the same result', async () => {
    const at = await serve('intact');
    const collected = await runCommand(['collect', BUCKET, 'copy', ...at]);
    expect(collected).toMatchObject({ exitCode: 0, error: '' });
    expect(collected.out).toMatch(/^\d+ objects in copy, [\d.]+ kB copied\n$/);
    const online = await runCommand([
      'verify',
      BUCKET,
      '--now',
      now,
      '--output',
      'a',
      '--format',
      'json',
      ...at,
    ]);
    stubAwsEnvironment('without credentials');
    const keys = keysTakenOut();
    const offline = await runCommand([
      'verify',
      'copy',
      '--now',
      now,
      '--output',
      'b',
      '--format',
      'json',
      ...keys,
    ]);
    expect([online.exitCode, offline.exitCode]).toEqual([0, 0]);
    const facts = (json: string) => {
      const { verdict, window, totals, chains, findings } = JSON.parse(json);
      return { verdict, window, totals, chains, findings };
    };
    expect(facts(offline.out)).toEqual(facts(online.out));
  });

  test('keys inside of the copy do not prove it, by whatever way they are reached', async () => {
    const at = await serve('intact');
    await runCommand(['collect', BUCKET, 'copy', ...at]);
    stubAwsEnvironment('without credentials');
    symlinkSync('copy/keys.jsonl', 'linked-keys.jsonl');
    symlinkSync('copy', 'alias');
    copyFileSync('copy/keys.jsonl', 'elsewhere.jsonl');
    symlinkSync('../elsewhere.jsonl', 'copy/leads-out.jsonl');
    for (const [target, file] of [
      ['copy', 'copy/keys.jsonl'],
      ['alias', 'copy/keys.jsonl'],
      ['copy', 'alias/keys.jsonl'],
      ['copy', 'linked-keys.jsonl'],
      ['copy', 'copy/leads-out.jsonl'],
      ['./copy/', `../${path.basename(process.cwd())}/copy/./keys.jsonl`],
    ] as const) {
      const args = ['--keys', file, '--now', now, '--no-sign', '--format', 'json'];
      const output = `out-${file.replace(/\W/g, '-')}-${target.replace(/\W/g, '')}`;
      const { exitCode, out } = await runCommand(['verify', target, ...args, '--output', output]);
      const { verdict, totals, findings, keys } = JSON.parse(out);
      expect({ file, exitCode, verdict }).toEqual({ file, exitCode: 3, verdict: 'INCONCLUSIVE' });
      expect(totals.digests.valid).toBe(0);
      expect(findings).toContainEqual(
        expect.objectContaining({
          code: 'KEYS_UNTRUSTED',
          evidence: expect.objectContaining({ reason: 'inside-target', detail: file }),
        }),
      );
      expect(keys.every(({ trusted }: { trusted?: false }) => trusted === false)).toBe(true);
    }
    const mixed = ['--keys', 'copy/keys.jsonl', 'elsewhere.jsonl', '--trust-endpoint-keys', '--quiet'];
    expect((await runCommand(['verify', 'copy', '--now', now, '--no-sign', ...mixed])).exitCode).toBe(0);
  });

  test('a second run copies nothing twice', async () => {
    const at = await serve('intact');
    await runCommand(['collect', BUCKET, 'copy', ...at]);
    const reads = () => server.requests.filter((request) => request.operation === 'GetObject').length;
    const before = reads();
    const again = await runCommand(['collect', BUCKET, 'copy', ...at]);
    expect(again.out).toMatch(/objects from an earlier run\), 0 B copied/);
    expect(reads()).toBe(before);
  });

  test('a copy of a window asks for that window when it is verified', async () => {
    const at = await serve('intact');
    const window = ['--from', '2026-10-02T16:00:00Z', '--to', '2026-10-02T20:00:00Z'];
    await runCommand(['collect', BUCKET, 'copy', ...window, ...at]);
    const keys = [...keysTakenOut(), '--now', now];
    const without = await runCommand(['verify', 'copy', ...keys]);
    expect(without).toMatchObject({ exitCode: 2 });
    expect(without.error).toContain('--from 2026-10-02T16:00:00Z --to 2026-10-02T20:00:00Z');
    const within = await runCommand([
      'verify',
      'copy',
      ...keys,
      '--from',
      '2026-10-02T17:00:00Z',
      '--output',
      'a',
    ]);
    expect(within.exitCode).toBe(0);
  });

  test('objects that may not be read are named, and the exit code is 3', async () => {
    const at = await serve('log-unreadable');
    const result = await runCommand(['collect', BUCKET, 'copy', ...at]);
    expect(result.exitCode).toBe(3);
    expect(result.out).toContain('3 objects could not be read; collect-report.json says which and why');
    expect(JSON.parse(readFileSync('copy/collect-report.json', 'utf8')).unread).toHaveLength(3);
  });

  test('a folder with something else in it is refused', async () => {
    const at = await serve('intact');
    writeFileSync('diary.txt', 'mine');
    const result = await runCommand(['collect', BUCKET, '.', ...at]);
    expect(result.exitCode).toBe(2);
    expect(result.error).toContain('is not empty');
  });

  test('without permission to list keys the objects are copied all the same', async () => {
    const at = await serve('intact', { deny: new Set(['cloudtrail:ListPublicKeys']) });
    const result = await runCommand(['collect', BUCKET, 'copy', ...at]);
    expect(result.exitCode).toBe(0);
    expect(result.error).toContain('trail-verify: the public keys of us-east-1 were not listed: ');
    expect(existsSync('copy/keys.jsonl')).toBe(false);
  });
});

describe('keys', () => {
  const SPAN = ['--from', '2026-08-01', '--to', '2026-11-01'];

  test('fetched, listed and not overwritten', async () => {
    const at = await serve('intact');
    const fetch = [
      'keys',
      'fetch',
      '--region',
      'us-east-1',
      'eu-west-1',
      ...SPAN,
      '--output',
      'keys.jsonl',
      ...at,
    ];
    const fetched = await runCommand(fetch);
    expect(fetched).toEqual({
      exitCode: 0,
      out: '',
      error: '5 public keys of us-east-1, eu-west-1 written to keys.jsonl\n',
    });
    const listed = await runCommand(['keys', 'list', 'keys.jsonl']);
    expect(listed.exitCode).toBe(0);
    expect(listed.out.trimEnd().split('\n')).toHaveLength(6);
    expect(listed.out).toMatch(/^us-east-1 +[0-9a-f]{32} +2048 +2026-08-23T18:06:29Z +2026-09-22T18:06:29Z/m);
    const before = readFileSync('keys.jsonl', 'utf8');
    const again = await runCommand(fetch);
    expect(again.exitCode).toBe(2);
    expect(again.error).toContain('file keys.jsonl exists already');
    expect(readFileSync('keys.jsonl', 'utf8')).toBe(before);
  });

  test('to standard output, ready for --keys', async () => {
    const at = await serve('intact');
    const { out } = await runCommand(['keys', 'fetch', '--region', 'us-east-1', ...SPAN, ...at]);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).region),
    ).toEqual(['us-east-1', 'us-east-1', 'us-east-1']);
  });

  test('a time without keys is an error, not an empty file', async () => {
    const at = await serve('intact');
    const span = ['--from', '2015-01-01', '--to', '2015-02-01', '--output', 'keys.jsonl'];
    const result = await runCommand(['keys', 'fetch', '--region', 'us-east-1', ...span, ...at]);
    expect(result.exitCode).toBe(2);
    expect(existsSync('keys.jsonl')).toBe(false);
  });
});

describe('collect of query results', () => {
  const lake = 'AWSLogs/111122223333/CloudTrail-Lake/Query/';
  test.each([
    ['a bucket that holds nothing else', 'lake-results-trail-deleted', ''],
    ['their folder', 'lake-results', `/${lake}`],
    ['one day', 'lake-results', `/${lake}2026/10/05/`],
  ])('%s', async (_, name, prefix) => {
    const at = await serve(name);
    expect(await runCommand(['collect', BUCKET + prefix, 'copy', ...at])).toMatchObject({
      exitCode: 0,
      error: '',
    });
    stubAwsEnvironment('without credentials');
    const args = ['--query-results', '--now', now, '--no-sign', ...keysTakenOut()];
    expect(await runCommand(['verify', 'copy', '--output', 'a', ...args])).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^VALID: 1 set of query results is exactly what AWS signed\./),
    });
  });

  test('but not where there are none', async () => {
    const at = await serve('intact');
    expect(await runCommand(['collect', `${BUCKET}/${lake}`, 'copy', ...at])).toMatchObject({ exitCode: 2 });
  });
});
