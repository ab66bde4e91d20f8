import { DAY, HOUR } from '../../src/base/clock.ts';
import type { Interval } from '../../src/chain/coverage.ts';
import type { Place } from '../../src/chain/discover.ts';
import type { Window } from '../../src/chain/list-digests.ts';
import { PlaceCoverage } from '../../src/logs/place-coverage.ts';
import { UnlistedLogs } from '../../src/logs/unlisted-logs.ts';
import { countSource, type SourceCounts } from '../../src/source/wrappers.ts';
import { BUCKET, contextOver, refAt } from '../chain/chain-fixture.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

/** The first day of the tests (milliseconds since the epoch). */
export const MIDNIGHT = Date.parse('2026-10-05T00:00:00Z');
/** The folder of the Region whose log files are compared. */
export const REGION = 'AWSLogs/111122223333/CloudTrail/us-east-1/';
/** Its place. */
export const PLACE: Place = {
  account: '111122223333',
  region: 'us-east-1',
  folders: [
    { bucket: BUCKET, prefix: '', account: '111122223333', families: ['CloudTrail', 'CloudTrail-Digest'] },
  ],
};
/** No holes. */
export const NONE: ReadonlyMap<string, Interval> = new Map();

/** A key as CloudTrail gives it to a log file delivered at a time, in that time's folder or another day's. */
export function logKey(time: number, folderTime = time, unique = 'aaaabbbbccccdddd'): string {
  const stamp = new Date(time).toISOString().slice(0, 16).replace(/[-:]/g, '');
  const folder = new Date(folderTime).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${REGION}${folder}/111122223333_CloudTrail_us-east-1_${stamp}Z_${unique}.json.gz`;
}

/** A place, and what was asked of its source so far. */
export interface Setting {
  readonly store: ObjectStore;
  readonly unlisted: UnlistedLogs;
  readonly coverage: PlaceCoverage;
  readonly counts: () => SourceCounts;
}

/** A place whose chain covers `covered` (hours after MIDNIGHT), and what lies in its folders. */
export function setUp(
  covered: readonly (readonly [number, number])[],
  window: Partial<Window> = {},
  place = PLACE,
): Setting {
  const store = new ObjectStore(() => MIDNIGHT);
  store.createBucket(BUCKET);
  const coverage = new PlaceCoverage();
  for (const [from, to] of covered)
    coverage.cover('a chain', refAt(MIDNIGHT), { from: MIDNIGHT + from * HOUR, to: MIDNIGHT + to * HOUR });
  const { source, counts } = countSource(memorySource(store));
  const context = contextOver(source, { window: { from: MIDNIGHT, to: MIDNIGHT + 3 * DAY, ...window } });
  return { store, unlisted: new UnlistedLogs(place, context, coverage), coverage, counts };
}
