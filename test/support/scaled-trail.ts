/** A trail of thirty hours with one log file that was changed, a bucket for plans, and keys of a worker: for tests of engines. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { type AwsServer, startAwsServer } from './aws-server.ts';
import { runCommand, serverKeys } from './command.ts';
import { replaceBytes } from './damage.ts';
import { ObjectStore } from './object-store.ts';
import { TestTrail } from './test-trail.ts';

/** The bucket that is verified, and the one of plans. */
export const TRAIL_BUCKET = 'my-trail-bucket';
export const PLAN_BUCKET = 'audit-runs';

/** The trail at an endpoint of its own. */
export interface ScaledTrail {
  readonly store: ObjectStore;
  readonly server: AwsServer;
  /** Environment of a command that verifies it: endpoint, whose keys count, and the time. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts it. */
export async function startScaledTrail(): Promise<ScaledTrail> {
  const store = new ObjectStore(() => Date.parse('2026-10-05T12:00:00Z'));
  store.createBucket(PLAN_BUCKET);
  const trail = new TestTrail({
    store,
    bucket: TRAIL_BUCKET,
    account: '111122223333',
    region: 'us-east-1',
    trail: 'audit',
    startLogging: Date.parse('2026-10-05T09:12:37Z'),
  });
  trail.hours(30, { logs: 2 });
  replaceBytes(store, trail.logAt(7), Buffer.from('no log file'));
  const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => trail.end + HOUR });
  return {
    store,
    server,
    environment: {
      AWS_ENDPOINT_URL: server.url,
      TRAIL_VERIFY_TRUST_ENDPOINT_KEYS: 'true',
      TRAIL_VERIFY_NOW: isoTime(trail.end + HOUR + 30 * MINUTE),
    },
    close: () => server.close(),
  };
}

/** A key with its certificate, in files of the working folder. */
export async function makeSigner(
  name: string,
): Promise<{ readonly key: string; readonly certificate: string }> {
  const { exitCode, error } = await runCommand(['keygen', '--output', name, '--key-type', 'ecdsa-p256']);
  expect([exitCode, error]).toEqual([0, '']);
  return { key: `${name}.key.pem`, certificate: `${name}.cert.pem` };
}

/** The hash that `plan` printed. */
export function hashIn(printed: string): string {
  const [hash = ''] = /\b[0-9a-f]{64}\b/.exec(printed) ?? [];
  expect(hash).not.toBe('');
  return hash;
}

/** Expects two folders of reports to differ in nothing but what names the run: its id, its times, clocks and requests, and what was typed and given. */
export function expectSameReports(one: string, other: string): void {
  expect(reportIn(other)).toEqual(reportIn(one));
  expect(inventoryIn(other)).toBe(inventoryIn(one));
}

function reportIn(folder: string): object {
  const read = JSON.parse(readFileSync(`${folder}/report.json`, 'utf8'));
  const { reportId, run: _, clock, inputs, ...report } = read;
  expect(Object.keys(report)).toHaveLength(Object.keys(read).length - 4);
  // Who read log files belongs to the run as well, and is in a limit of its own.
  report.limits = report.limits.filter(({ code }: { code: string }) => code !== 'READ_BY_SHARDS');
  // STS answers each request under a number of its own.
  if (report.examiner.awsCaller?.requestId !== undefined) report.examiner.awsCaller.requestId = '';
  return report;
}

function inventoryIn(folder: string): string {
  return gunzipSync(readFileSync(`${folder}/inventory.jsonl.gz`)).toString();
}
