/** A bucket with more findings of one code than a report names: what the command writes, and what others make of it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { auditTrail, START } from '../../fixtures/scenario.ts';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import { compareFindings, MOST_NAMED } from '../../src/report/findings-beyond.ts';
import type { Report } from '../../src/report/report.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { type AwsServer, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import {
  atServer,
  type CommandResult,
  keysAtServer,
  runCommand,
  serverKeys,
  stubAwsEnvironment,
} from '../support/command.ts';

const HOME = process.cwd();
const BUCKET = 'example-trail-logs';
const FURTHER = 'overflow-findings.jsonl.gz';
const PLANTED = MOST_NAMED + 1500;

let folder: string;
let server: AwsServer;
let result: CommandResult;
let report: Report;
let events: readonly string[];

beforeAll(async () => {
  stubAwsEnvironment();
  folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
  process.chdir(folder);
  const store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  const { trail } = auditTrail(3, { store });
  const log = trail.logFiles.at(3);
  // The name that CloudTrail gives a log file ends in 16 letters and digits that nobody can foretell.
  for (let at = 0; at < PLANTED; at += 1) {
    const name = `_${`${at}`.padStart(16, '0')}.json.gz`;
    store.put(BUCKET, (log?.key ?? '').replace(/_[A-Za-z0-9]{16}\.json\.gz$/, name), Buffer.of(1), {
      lastModified: trail.digestAt(2).startTime,
    });
  }
  const now = trail.end + HOUR;
  server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => now });
  const args = [
    'verify',
    `s3://${BUCKET}`,
    '--now',
    isoTime(now),
    '--output',
    'out',
    ...keysAtServer(server),
  ];
  await runCommand(['keygen', '--output', 'signer']);
  result = await runCommand(
    [
      ...args,
      '--format',
      'ndjson',
      '--sign-key',
      'signer.key.pem',
      '--sign-cert',
      'signer.cert.pem',
      '--bag',
    ],
    {},
  );
  ({ report } = readReport(readFileSync('out/report.json'), 'report.json'));
  events = result.out.split('\n').filter((line) => line.startsWith('{"type":"finding"'));
});
afterAll(async () => {
  await server.close();
  process.chdir(HOME);
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const check = (): Promise<CommandResult> =>
  runCommand(['report', 'verify', 'out/report.json', '--trust', 'signer.cert.pem']);

describe('more findings of a code than a report names', () => {
  test('are all told while they are found, counted in the report, and named there or in the file beside it', () => {
    expect({ exitCode: result.exitCode, error: result.error }).toEqual({ exitCode: 3, error: '' });
    expect(events).toHaveLength(PLANTED);
    expect(report.findings).toHaveLength(MOST_NAMED);
    expect(report.totals.logs.unlisted).toBe(PLANTED);
    expect(report.conclusion?.counts.findings.unproven).toBe(PLANTED);
    const lines = gunzipSync(readFileSync(`out/${FURTHER}`))
      .toString()
      .trimEnd()
      .split('\n');
    const further: Report['findings'] = lines.map((line) => JSON.parse(line));
    expect(report.overflowFindings).toMatchObject({ path: FURTHER, lines: 1500 });
    const uris = [...report.findings, ...further].map(({ object }) => object.uri);
    expect(new Set(uris).size).toBe(PLANTED);
    expect(further).toEqual([...further].sort(compareFindings));
    expect(readdirSync('out').filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('stand in the text with their whole number', async () => {
    const { out } = await runCommand(['report', 'render', 'out/report.json', '--format', 'text']);
    expect(out).toContain(`FINDINGS: 21,500 unproven`);
    expect(out).toMatch(
      /LOG_UNLISTED \(20,000\).*LOG_UNLISTED \(1,500\)[^\n]*\n *named in the file of further findings only\n/s,
    );
  });

  test('are covered by the manifest of the evidence bag', () => {
    expect(readFileSync('out/tagmanifest-sha256.txt', 'utf8')).toContain(`  ${FURTHER}\n`);
  });

  test('are not looked at by recover, which says so', async () => {
    const { exitCode, error } = await runCommand(['recover', 'out/report.json', 'back', ...atServer(server)]);
    expect(exitCode).toBe(3);
    expect(error).toMatch(
      /^warning: 1,500 further findings in overflow-findings\.jsonl\.gz were not looked at: .*\n$/,
    );
  });

  test('are checked with their report', async () => {
    // Genuine, and its verdict is INCONCLUSIVE.
    expect(await check()).toMatchObject({ exitCode: 3, out: expect.stringMatching(/^GENUINE: /) });
    const file = readFileSync(`out/${FURTHER}`);
    const changed = gunzipSync(file).toString().replace('0000000000021', '0000000000022');
    writeFileSync(`out/${FURTHER}`, gzipSync(changed));
    expect(await check()).toMatchObject({ exitCode: 5, out: expect.stringMatching(/^REFUSED: /) });
    rmSync(`out/${FURTHER}`);
    expect(await check()).toMatchObject({ exitCode: 3, out: expect.stringMatching(/^UNPROVEN: /) });
    writeFileSync(`out/${FURTHER}`, file);
  });
});

test('a report that names all of its findings has no such file', async () => {
  const args = ['verify', `s3://${BUCKET}`, '--no-unlisted', '--output', 'few', ...keysAtServer(server)];
  await runCommand([...args, '--no-sign', '--now', isoTime(START + 4 * HOUR)]);
  expect(existsSync('few/report.json')).toBe(true);
  expect(existsSync(`few/${FURTHER}`)).toBe(false);
});
