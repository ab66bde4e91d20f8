import { describe, expect, test } from 'vitest';
import { openAwsSession } from '../../../src/aws/session.ts';
import { skewMeter } from '../../../src/source/s3/clients.ts';
import { openS3 } from '../../../src/source/s3/s3-source.ts';
import { limitRate } from '../../../src/source/wrappers.ts';
import { startAwsServer } from '../../support/aws-server.ts';
import { stubAwsEnvironment } from '../../support/command.ts';
import { memorySource } from '../../support/memory-source.ts';
import { ObjectStore } from '../../support/object-store.ts';

const DATE = 'Fri, 20 Nov 2026 12:00:00 GMT';
const NOON = Date.parse(DATE);

describe('the skew of the clock', () => {
  test('is how far this machine is ahead of the middle of the second that the server names', () => {
    const meter = skewMeter();
    expect(meter.skew()).toBeUndefined();
    meter.add({ sent: NOON + 90_000, received: NOON + 90_200, date: DATE });
    expect(meter.skew()).toEqual({ milliseconds: 89_600, uncertainty: 600 });
    meter.add({ sent: NOON - 5000, received: NOON - 4000, date: DATE });
    expect(meter.skew()).toEqual({ milliseconds: 89_600, uncertainty: 600 });
    meter.add({ sent: NOON + 500, received: NOON + 520, date: DATE });
    expect(meter.skew()).toEqual({ milliseconds: 10, uncertainty: 510 });
  });

  test('is not taken from an answer without a date, or one that came before it was asked for', () => {
    const meter = skewMeter();
    meter.add({ sent: NOON, received: NOON, date: undefined });
    meter.add({ sent: NOON, received: NOON, date: 'noon' });
    meter.add({ sent: NOON, received: NOON - 1, date: DATE });
    expect(meter.skew()).toBeUndefined();
  });

  test('is told by a source that asks S3, refused or not, and by no other', async () => {
    stubAwsEnvironment();
    const store = new ObjectStore(() => NOON);
    store.createBucket('example-trail-logs');
    store.put('example-trail-logs', 'a', Buffer.from('x'));
    const server = await startAwsServer({ store });
    try {
      const source = openS3(openAwsSession({ endpointUrl: server.url }));
      expect(source.clockSkew?.()).toBeUndefined();
      await expect(
        source.open({ bucket: 'example-trail-logs', key: 'b' }, { maxBytes: 1 }),
      ).rejects.toThrow();
      const skew = source.clockSkew?.();
      // The server runs on this machine, but it may be slow to look at its clock again.
      expect(Math.abs(skew?.milliseconds ?? Number.NaN)).toBeLessThan(60_000);
      expect(limitRate(source, 10).clockSkew?.()).toEqual(skew);
      expect(limitRate(memorySource(store), 10).clockSkew?.()).toBeUndefined();
    } finally {
      await server.close();
    }
  });
});
