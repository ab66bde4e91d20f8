import { fixedClock, HOUR, MINUTE } from '../../src/base/clock.ts';
import type { Finding } from '../../src/findings/finding.ts';
import type { Report } from '../../src/report/report.ts';
import { type ObjectRef, objectUri, type Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import type { DeliveredDigest, DeliveredLog } from '../support/test-digest.ts';
import { fileRing } from '../support/test-keys.ts';
import { TestTrail } from '../support/test-trail.ts';

/** One seed for all properties, so that every run tries the same; a failure prints it with the path to its example. */
export const SEED = 20261120;

/** The bucket, and the time at which the trail starts logging (milliseconds since the epoch). */
export const BUCKET = 'example-trail-logs';
export const START: number = Date.parse('2026-10-05T09:12:37Z');

/** A small intact trail, and when to verify it: its newest digest is no longer excused by the delay of delivery. */
export interface SmallTrail {
  readonly store: ObjectStore;
  readonly digests: readonly DeliveredDigest[];
  readonly logs: readonly DeliveredLog[];
  readonly end: number;
  readonly now: number;
}

/** What a small trail may have besides. */
export interface SmallTrailOptions {
  readonly region?: string;
  readonly store?: ObjectStore;
  /** Hours without log files at its end (default 0). */
  readonly quietHours?: number;
}

/** Four digests, the first a starting one, and five log files of two families. The same in every call. */
export function smallTrail(options: SmallTrailOptions = {}): SmallTrail {
  const { region = 'us-east-1', store = new ObjectStore(() => START), quietHours = 0 } = options;
  const place = { store, bucket: BUCKET, account: '111122223333', region };
  const trail = new TestTrail({ ...place, trail: 'audit', homeRegion: 'us-east-1', startLogging: START })
    .hour({ logs: [{}, { family: 'insights' }] })
    .hour({ logs: 2 })
    .hour({ logs: 1 })
    .hours(quietHours, { logs: 0 });
  const { digests, logFiles: logs, end } = trail;
  return { store, digests, logs, end, now: end + 2 * HOUR + 30 * MINUTE };
}

/** Every object of a trail, digests first. */
export function objectsOf({ digests, logs }: SmallTrail): readonly ObjectRef[] {
  return [...digests, ...logs].map(({ bucket, key }) => ({ bucket, key }));
}

/** Verifies a store, or what a source shows of it, as at `now`; the run's own name is always the same. */
export function verify(
  from: ObjectStore | Source,
  now: number,
  options: Partial<VerifyOptions> = {},
): Promise<Report> {
  return verifyTrail({
    source: from instanceof ObjectStore ? memorySource(from) : from,
    targets: [{ bucket: BUCKET, prefix: '' }],
    keyRing: fileRing(),
    clock: fixedClock(now),
    runId: 'a run',
    ...options,
  });
}

/** The URIs of the objects that findings are about, notes left out, each once. */
export function accused(findings: readonly Finding[]): readonly string[] {
  const heavy = findings.filter(({ weight }) => weight !== 'note');
  return [...new Set(heavy.map(({ object }) => object.uri))].sort();
}

/** The URIs of objects, sorted. */
export function urisOf(...refs: readonly ObjectRef[]): readonly string[] {
  return refs.map(objectUri).sort();
}
