/** A file that comes to a recent day between two nights, named as of time that neither reads anew. */
import { expect, test } from 'vitest';
import { MINUTE } from '../../src/base/clock.ts';
import { plantObject } from '../support/damage.ts';
import { ObjectStore } from '../support/object-store.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, night } from './night.ts';

const START = Date.parse('2026-10-05T09:12:37Z');
const FOLDER = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/05/111122223333_CloudTrail_us-east-1_';

test.each(['20261005T1200Z_AAAAAAAAAAAAAAAA', '20261005T2030Z_AAAAAAAAAAAAAAAA'])(
  '%s is found on the night that it comes, and on those after it',
  async (name) => {
    const store = new ObjectStore(() => START);
    const place = { store, bucket: 'example-trail-logs', account: '111122223333', region: 'us-east-1' };
    const trail = new TestTrail({ ...place, trail: 'audit', startLogging: START });
    // The newest digest ends at 01:12 on the 7th, an hour before the run.
    trail.hours(16, { logs: 2 });
    const first = await night(store, trail.end + 50 * MINUTE);
    expect(first.report.verdict).toBe('VALID');
    trail.hours(24, { logs: 2 });
    const now = trail.end + 50 * MINUTE;
    plantObject(
      store,
      { bucket: 'example-trail-logs', key: `${FOLDER}${name}.json.gz` },
      Buffer.from('planted'),
      now - 10 * MINUTE,
    );
    const second = await night(store, now, first.state);
    expect(codesOf(second.report)).toContain('LOG_UNLISTED');
    trail.hours(24, { logs: 2 });
    const third = await night(store, trail.end + 50 * MINUTE, second.state);
    expect(codesOf(third.report)).toContain('LOG_UNLISTED');
  },
);
