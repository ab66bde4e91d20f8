import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadScenario } from '../../../fixtures/scenarios.ts';
import { isoTime } from '../../../src/base/clock.ts';
import type { Report } from '../../../src/report/report.ts';
import { type AwsServer, type AwsServerOptions, startAwsServer } from '../../support/aws-server.ts';
import { keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../../support/command.ts';
import { expectGolden } from '../../support/golden.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const START = process.cwd();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const OFFLINE = ['--keys', fixture('keys/public-keys.jsonl'), '--output', 'out'];
const schema = fileURLToPath(new URL('../../../src/report/report-v1.schema.json', import.meta.url));
const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(schema, 'utf8')));

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

function writtenReport(): Report {
  const text = readFileSync('out/report.json', 'utf8');
  expect(text).toMatch(/^[ -~\n]*\n$/);
  const report: unknown = JSON.parse(text);
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  return report as Report;
}

/** Runs `act` against a server that holds a scenario's store and the test keys. */
async function withScenario(
  name: string,
  options: AwsServerOptions,
  act: (server: AwsServer, now: readonly string[]) => Promise<void>,
): Promise<void> {
  const { store, now } = (await loadScenario(name)).build();
  const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => now, ...options });
  try {
    await act(server, ['--now', isoTime(now), ...keysAtServer(server)]);
  } finally {
    await server.close();
  }
}

describe('over S3', () => {
  test('an intact bucket is VALID, with the keys that CloudTrail lists', async () => {
    await withScenario('intact', {}, async (server, at) => {
      const args = ['verify', 's3://example-trail-logs', ...at, '--output', 'out'];
      const { exitCode, out, error } = await runCommand(args, { columns: 140 });
      expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
      expect(out.replace(/ in \d+ s\n/, ' in 0 s\n')).toContain(
        'VALID: all 35 digest files and 27 log files',
      );
      const report = writtenReport();
      expect(report.verdict).toBe('VALID');
      expect(new Set(report.keys.map((key) => key.origin))).toContain('ListPublicKeys us-east-1');
      expect(server.requests.some((request) => request.operation === 'ListPublicKeys')).toBe(true);
    });
  });

  test('a trail ARN brings its place, and what must be there', async () => {
    const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit';
    const trails = [
      {
        Name: 'audit',
        S3BucketName: 'example-trail-logs',
        HomeRegion: 'us-east-1',
        TrailARN: arn,
        IsMultiRegionTrail: true,
        LogFileValidationEnabled: true,
      },
    ];
    const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2'].map((name) => ({
      name,
      optStatus: 'ENABLED_BY_DEFAULT' as const,
    }));
    await withScenario('intact', { trails, regions }, async (_server, at) => {
      const { exitCode } = await runCommand(['verify', arn, ...at, '--output', 'out']);
      const report = writtenReport();
      expect(exitCode).toBe(3);
      expect(new Set(report.chains.map((chain) => chain.trail))).toEqual(new Set(['audit']));
      const absent = report.findings.filter((finding) => finding.code === 'CHAIN_ABSENT');
      expect(absent.map((finding) => finding.evidence)).toMatchObject([{ region: 'ap-southeast-2' }]);
    });
  });

  test('as validate-logs is called, with a trail that may not be described', async () => {
    const deny = new Set(['cloudtrail:DescribeTrails', 'cloudtrail:GetTrail']);
    await withScenario('intact', { deny }, async (_server, at) => {
      const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit';
      const validateLogs = ['--trail-arn', arn, '--s3-bucket', 'example-trail-logs', '--start-time'];
      const rest = ['2026-10-02T15:30:00Z', ...at, '--output', 'out'];
      const { exitCode } = await runCommand(['verify', ...validateLogs, ...rest]);
      const report = writtenReport();
      expect(exitCode).toBe(0);
      expect(report.limits.map((limit) => limit.code)).toContain('TRAIL_NOT_DESCRIBED');
      expect(new Set(report.chains.map((chain) => `${chain.account} ${chain.trail}`))).toEqual(
        new Set(['111122223333 audit']),
      );
    });
  });

  test('ctrl-C leaves a partial report marked INCONCLUSIVE', async () => {
    await withScenario('intact', { latencyMs: 20 }, async (server, at) => {
      const args = ['verify', 's3://example-trail-logs', ...at, '--output', 'out', '--concurrency', '1'];
      const { exitCode, out, error } = await runCommand(args, {}, (terminal) => {
        const timer = setInterval(() => {
          if (!server.requests.some((request) => request.operation === 'GetObject')) return;
          clearInterval(timer);
          terminal.press();
        }, 1);
      });
      expect(exitCode).toBe(3);
      expect(error).toContain('trail-verify: interrupted: a partial report is being written');
      expect(out).toContain('INCONCLUSIVE: the run was interrupted');
      const report = writtenReport();
      expect(report.findings.map((finding) => finding.code)).toContain('RUN_INTERRUPTED');
    });
  });

  test('ctrl-C leaves the events of a former run, which --force would replace', async () => {
    await withScenario('intact', { latencyMs: 20 }, async (server, at) => {
      const args = ['verify', 's3://example-trail-logs', ...at, '--events', 'events', '--force'];
      expect((await runCommand([...args, '--output', 'first'])).exitCode).toBe(0);
      const before = readFileSync('events/events.json', 'utf8');
      server.requests.length = 0;
      const { exitCode, error } = await runCommand([...args, '--output', 'out'], {}, (terminal) => {
        const timer = setInterval(() => {
          if (!server.requests.some((request) => request.operation === 'GetObject')) return;
          clearInterval(timer);
          terminal.press();
        }, 1);
      });
      expect(exitCode).toBe(3);
      expect(error).toContain(
        'warning: events keeps the events of a former run, for this one was interrupted\n',
      );
      expect(readFileSync('events/events.json', 'utf8')).toBe(before);
      expect(readdirSync('.').sort()).toEqual(['events', 'first', 'out']);
      expect((await runCommand(['events', 'check', 'events'])).out).toMatch(/^UNPROVEN: /);
    });
  });

  test('an error that ends a run midway loses nothing: what was found is reported, and the exit code is that of a failure', async () => {
    await withScenario('intact', { latencyMs: 5 }, async (server, at) => {
      const args = [
        'verify',
        's3://example-trail-logs',
        ...at,
        '--output',
        'out',
        '--concurrency',
        '1',
        ...OFFLINE,
      ];
      // The credentials expire when some objects have been read.
      const match = (): boolean =>
        server.requests.filter(({ operation }) => operation === 'GetObject').length > 12;
      server.faults.add({
        kind: 'status',
        status: 403,
        code: 'ExpiredToken',
        operation: 'GetObject',
        match,
        times: Number.POSITIVE_INFINITY,
      });
      const { exitCode, out, error } = await runCommand(args);
      expect(exitCode).toBe(4);
      expect(error).toMatch(/^trail-verify: the run ended early: .+\nhint: .+\n$/);
      expect(out).toContain('INCONCLUSIVE: the run was interrupted');
      const report = writtenReport();
      expect(report.totals.digests.valid).toBeGreaterThan(0);
      expect(report.findings).toContainEqual(
        expect.objectContaining({
          code: 'RUN_INTERRUPTED',
          evidence: expect.objectContaining({ reason: 'failed', error: 'CREDENTIALS' }),
        }),
      );
    });
  });

  test('--max-rate and --concurrency change nothing of the result', async () => {
    await withScenario('intact', {}, async (_server, at) => {
      const args = ['verify', 's3://example-trail-logs', ...at, '--output', 'out'];
      const { exitCode } = await runCommand([...args, '--max-rate', '5000', '--concurrency', '3']);
      expect(exitCode).toBe(0);
      expect(writtenReport().totals.logs.valid).toBe(27);
    });
  });
});

describe('over a folder', () => {
  const tampered = ['verify', fixture('tampered/copy'), '--now', '2026-10-05T20:00:00Z', ...OFFLINE];
  const stable = (text: string): string =>
    text.replaceAll(fixture(''), 'fixtures/').replace(/(certificate SHA-256)\s[0-9a-f]{64}/, '$1 …');

  test('a tampered copy is INVALID, and the text says where and what to do', async () => {
    const { exitCode, out, error } = await runCommand(tampered);
    expect({ exitCode, error }).toEqual({ exitCode: 1, error: '' });
    expectGolden('verify-tampered.txt', stable(out));
    expect(writtenReport().verdict).toBe('INVALID');
    expect(out).toContain(`Report: ${path.join('out', 'report.json')}`);
  });

  test('--format json is the very file', async () => {
    const { out } = await runCommand([...tampered, '--format', 'json']);
    expect(out).toBe(readFileSync('out/report.json', 'utf8'));
  });

  test('--format ndjson gives the events and then the verdict', async () => {
    const { out } = await runCommand([...tampered, '--format', 'ndjson']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const report = writtenReport();
    expect(lines[0]).toMatchObject({ type: 'started' });
    expect(lines.filter((line) => line.type === 'finding')).toHaveLength(report.findings.length);
    expect(lines.at(-1)).toMatchObject({ type: 'report', verdict: 'INVALID', report: 'out/report.json' });
  });

  test('--format markdown and none, --quiet', async () => {
    const markdown = await runCommand([...tampered, '--format', 'markdown']);
    expect(markdown.out).toMatch(/^## ❌ CloudTrail log file integrity: INVALID\n/);
    const none = await runCommand([...tampered.slice(0, -1), 'out2', '--format', 'none']);
    expect(none).toEqual({ exitCode: 1, out: '', error: '' });
    expect(existsSync('out2/report.json')).toBe(true);
    const quiet = await runCommand([...tampered.slice(0, -1), 'out3', '--quiet']);
    expect(quiet.out).toMatch(/^INVALID: [^\n]+\nVerified through [^\n]+\n$/);
    const intact = [...tampered.slice(0, -1), 'out4', '--quiet', '--region', 'eu-west-1'];
    expect(await runCommand(intact)).toEqual({ exitCode: 0, out: '', error: '' });
  });

  test('colour only on a terminal that wants it', async () => {
    const run = async (output: string, environment: Record<string, string>, ...more: string[]) => {
      const args = [...tampered.slice(0, -1), output, '--no-progress', ...more];
      return (await runCommand(args, { isTerminal: true, environment })).out.includes('\u001b[');
    };
    expect(await run('a', {})).toBe(true);
    expect(await run('b', { NO_COLOR: '1' })).toBe(false);
    expect(await run('c', { NO_COLOR: '' })).toBe(true);
    expect(await run('d', { TERM: 'dumb' })).toBe(false);
    expect(await run('e', {}, '--no-color')).toBe(false);
  });

  test('progress goes to standard error and is cleared', async () => {
    const { out, error } = await runCommand(tampered, { isTerminal: true, environment: { NO_COLOR: '1' } });
    const [before, ...lines] = error.split('\r\u001b[2K');
    expect(before).toBe('');
    expect(lines[0]).toBe('looking for places  2 found');
    expect(lines).toContain('writing the report');
    expect(lines.at(-1)).toBe('');
    for (const line of lines) expect(line.length).toBeLessThan(80);
    expect(out).not.toContain('\r');
  });

  test('--fail-on invalid lets INCONCLUSIVE pass', async () => {
    const late = ['verify', fixture('intact/copy'), '--now', '2026-10-05T20:00:00Z', ...OFFLINE];
    expect((await runCommand([...late.slice(0, -1), 'a'])).exitCode).toBe(3);
    expect((await runCommand([...late.slice(0, -1), 'b', '--fail-on', 'invalid'])).exitCode).toBe(0);
    expect((await runCommand([...tampered, '--fail-on', 'invalid'])).exitCode).toBe(1);
  });

  test('--fail-on invalid lets no run pass that verified nothing', async () => {
    const args = ['verify', fixture('intact/copy'), '--now', '2026-10-05T20:00:00Z', ...OFFLINE];
    const { exitCode, out } = await runCommand([
      ...args,
      '--from',
      '2026-10-05T19:00:00Z',
      '--fail-on',
      'invalid',
    ]);
    expect(out).toContain('nothing was verified');
    expect(exitCode).toBe(3);
  });

  test('keys that lie in the folder itself are not trusted', async () => {
    stubAwsEnvironment('without credentials');
    const { exitCode, error } = await runCommand(['verify', fixture('intact/copy'), '--output', 'out']);
    expect(exitCode).toBe(4);
    expect(error).toContain('hint: give the public keys of CloudTrail with --keys FILE');
    expect(readdirSync('.')).toEqual([]);
  });
});
