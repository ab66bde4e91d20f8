/** A trail of thirty hours with one log file that was changed, a bucket for plans, and keys of a worker: for tests of engines. */
import { expect } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { type AwsServer, startAwsServer } from './aws-server.ts';
import { runCommand, serverKeys } from './command.ts';
import { replaceBytes } from './damage.ts';
import { ObjectStore } from './object-store.ts';
import { expectSame } from './same-reports.ts';
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

/** As `expectSame`, where STS answers each request under a number of its own. */
export function expectSameReports(one: string, other: string): void {
  expectSame(one, other, ({ examiner }) => {
    if (examiner.awsCaller?.requestId !== undefined) examiner.awsCaller.requestId = '';
  });
}
