import { describe, expect, test } from 'vitest';
import { type ErrorCode, TrailVerifyError } from '../../src/base/errors.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { type LogJob, verifyLog } from '../../src/logs/verify-log.ts';
import { objectUri, type Source } from '../../src/source/source.ts';
import { trailOf } from '../chain/chain-fixture.ts';
import { appendBytes, deleteObject, editContent, emptyObject, replaceBytes } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { sha256Hex } from '../support/test-digest.ts';

const { store: SOUND, trail } = trailOf(1);
const LOG = trail.logAt(1);
const DIGEST = trail.digestAt(1);
const REF = { bucket: LOG.bucket, key: LOG.key };
const JOB: LogJob = {
  log: { ...REF, sha256: LOG.sha256 },
  chain: 'a chain',
  digest: { bucket: DIGEST.bucket, key: DIGEST.key },
  digestEnd: DIGEST.endTime,
  position: 3,
};
const ABOUT = { object: { ...REF, uri: objectUri(REF) }, chain: 'a chain', time: '2026-10-05T10:12:37Z' };
const STAY = relocator([]);

function verify(damage: (store: ObjectStore) => void): Promise<readonly TrailEvent[]> {
  const store = SOUND.clone();
  damage(store);
  return verifyLog(JOB, memorySource(store), STAY);
}

function failing(code: ErrorCode, holds = true): Source {
  const source = memorySource(SOUND);
  return {
    ...source,
    open: async () => {
      throw new TrailVerifyError(code, 'as the storage says');
    },
    holds: async () => holds,
  };
}

function findingOf(events: readonly TrailEvent[]): object | undefined {
  return events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []))[0];
}

describe('a log file', () => {
  test('that agrees gives its event and no finding', async () => {
    const stored = SOUND.get(REF.bucket, REF.key)?.bytes ?? new Uint8Array();
    expect(await verify(() => undefined)).toEqual([
      {
        type: 'log',
        chain: 'a chain',
        object: REF,
        family: 'management-and-data',
        outcome: 'valid',
        bytes: { read: stored.length, inflated: LOG.content.length },
        digest: JOB.digest,
        position: 3,
        hashes: { stored: sha256Hex(stored), content: LOG.sha256 },
      },
    ]);
  });

  test('that was stored without its gzip is as it was signed, and told', async () => {
    const events = await verify((store) => replaceBytes(store, REF, LOG.content));
    expect(events).toMatchObject([
      { type: 'log', outcome: 'valid', hashes: { stored: LOG.sha256, content: LOG.sha256 } },
      { type: 'finding', finding: { code: 'LOG_STORED_INFLATED', weight: 'note', ...ABOUT } },
    ]);
  });

  test('that a copy lacks is missing, whatever the copy says of the reason', async () => {
    const source: Source = {
      ...memorySource(SOUND),
      open: async () => {
        throw new TrailVerifyError('OBJECT_NOT_FOUND', 'not there', {
          claim: 'OBJECT_ARCHIVED: is archived',
        });
      },
    };
    expect(findingOf(await verifyLog(JOB, source, STAY))).toEqual({
      code: 'LOG_MISSING',
      weight: 'violation',
      ...ABOUT,
      evidence: {
        expected: LOG.sha256,
        digest: objectUri(JOB.digest),
        claim: 'OBJECT_ARCHIVED: is archived',
      },
    });
  });

  test('is read from where a declared move brought it', async () => {
    const relocations = relocator([{ from: 'origin', to: REF.bucket }]);
    const job = { ...JOB, log: { ...JOB.log, bucket: 'origin' } };
    expect(await verifyLog(job, memorySource(SOUND), relocations)).toMatchObject([
      { object: REF, outcome: 'valid' },
    ]);
    const absent = await verifyLog(job, failing('OBJECT_NOT_FOUND'), relocations);
    expect(findingOf(absent)).toMatchObject({ object: { signedAs: `s3://origin/${REF.key}` } });
  });

  test.each<[string, (store: ObjectStore) => void, string, object]>([
    [
      'changed',
      (store) => editContent(store, LOG, (text) => text.replace('Records', 'records')),
      'LOG_MODIFIED',
      {
        expected: LOG.sha256,
        actual: sha256Hex(Buffer.from(Buffer.from(LOG.content).toString().replace('Records', 'records'))),
      },
    ],
    [
      'with a byte behind it',
      (store) => appendBytes(store, LOG, Buffer.alloc(1)),
      'LOG_TRAILING_DATA',
      { trailingBytes: 1, expected: LOG.sha256, actual: LOG.sha256 },
    ],
    [
      'emptied',
      (store) => emptyObject(store, LOG),
      'LOG_MALFORMED',
      { problem: 'is empty', expected: LOG.sha256 },
    ],
  ])('%s is a violation', async (_, damage, code, evidence) => {
    const events = await verify(damage);
    expect(events[0]).toMatchObject({ type: 'log', outcome: 'invalid' });
    expect(findingOf(events)).toEqual({
      code,
      weight: 'violation',
      ...ABOUT,
      evidence: { ...evidence, digest: objectUri(JOB.digest) },
    });
  });

  test('that is gone is missing, where its bucket is held', async () => {
    const events = await verify((store) => deleteObject(store, LOG));
    expect(events[0]).toMatchObject({ outcome: 'missing', bytes: { read: 0, inflated: 0 } });
    expect(findingOf(events)).toEqual({
      code: 'LOG_MISSING',
      weight: 'violation',
      ...ABOUT,
      evidence: { expected: LOG.sha256, digest: objectUri(JOB.digest) },
    });
    const elsewhere = await verifyLog(JOB, failing('OBJECT_NOT_FOUND', false), STAY);
    expect(elsewhere[0]).toMatchObject({ outcome: 'unproven' });
    expect(findingOf(elsewhere)).toMatchObject({
      code: 'LOG_UNREADABLE',
      weight: 'unproven',
      evidence: { reason: 'not-in-copy', digest: objectUri(JOB.digest) },
    });
  });

  test('that is too large is no log file of CloudTrail', async () => {
    const events = await verifyLog(JOB, failing('OBJECT_TOO_LARGE'), STAY);
    expect(events[0]).toMatchObject({ outcome: 'invalid' });
    expect(findingOf(events)).toMatchObject({
      code: 'LOG_MALFORMED',
      evidence: { problem: 'as the storage says', expected: LOG.sha256 },
    });
  });

  test('that cannot be read is unproven', async () => {
    const events = await verifyLog(JOB, failing('OBJECT_ARCHIVED'), STAY);
    expect(events[0]).toMatchObject({ outcome: 'unproven' });
    expect(findingOf(events)).toEqual({
      code: 'LOG_UNREADABLE',
      weight: 'unproven',
      ...ABOUT,
      evidence: { reason: 'archived', detail: 'as the storage says', digest: objectUri(JOB.digest) },
    });
  });

  test('ends the run where every read would fail alike', async () => {
    await expect(verifyLog(JOB, failing('CREDENTIALS'), STAY)).rejects.toMatchObject({ code: 'CREDENTIALS' });
  });
});
