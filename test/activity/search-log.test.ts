import { expect, test } from 'vitest';
import { searchLog } from '../../src/activity/search.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { byteBudget } from '../../src/base/flow.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { Source } from '../../src/source/source.ts';
import { BUCKET, contextOver, refAt, START } from '../chain/chain-fixture.ts';
import { controlRecord, logOf } from '../support/control-records.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { gzip } from '../support/test-gzip.ts';

const CONTENT = logOf(controlRecord({ name: 'StopLogging', at: START, id: 'stop' }));
const FOLDER = 'AWSLogs/111122223333/CloudTrail';
const FILE =
  '/us-east-1/2026/10/05/111122223333_CloudTrail_us-east-1_20261005T0920Z_aaaaaaaaaaaaaaaa.json.gz';

/** Searches a log file that a digest names, of which `stored` lies in the bucket; undefined for nothing. */
async function search(stored: Uint8Array | undefined, family = '', open?: Source['open']) {
  const store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  const key = `${FOLDER}${family}${FILE.replace('_CloudTrail_', `_CloudTrail${family}_`)}`;
  if (stored !== undefined) store.put(BUCKET, key, stored);
  const source = memorySource(store);
  const log = { bucket: BUCKET, key, sha256: sha256(CONTENT) };
  const job = { log, chain: 'chain', digest: refAt(START), digestEnd: START, position: 0 };
  const budget = byteBudget(1_000_000);
  const result = await searchLog(job, contextOver(open === undefined ? source : { ...source, open }), budget);
  return { ...result, events: result.events?.map(({ eventId }) => eventId) };
}

test('the log file that its digest recorded is searched', async () => {
  expect(await search(gzip(CONTENT))).toEqual({ inflated: CONTENT.length, events: ['stop'] });
});

test('another family of events holds no such calls, and is not read', async () => {
  expect(await search(undefined, '-Insight')).toEqual({ inflated: 0, events: [] });
});

test('what is no longer what its digest recorded tells nothing', async () => {
  const other = logOf(controlRecord({ name: 'StopLogging', at: START, id: 'forged' }));
  expect(await search(gzip(other))).toEqual({ inflated: other.length, events: undefined });
  expect(await search(Buffer.from('no gzip'))).toEqual({ inflated: 7, events: undefined });
  expect(await search(gzip(CONTENT).subarray(0, 40))).toEqual({ inflated: 0, events: undefined });
  expect((await search(Buffer.concat([gzip(CONTENT), Buffer.from('x')]))).events).toBeUndefined();
  expect(await search(undefined)).toEqual({ inflated: 0, events: undefined });
});

test('an error that is not of this object ends the search', async () => {
  const expired = new TrailVerifyError('CREDENTIALS', 'the session has expired');
  await expect(search(gzip(CONTENT), '', () => Promise.reject(expired))).rejects.toBe(expired);
});
