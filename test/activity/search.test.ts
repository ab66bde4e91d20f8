import { describe, expect, test } from 'vitest';
import { ControlSearch, type SearchBounds } from '../../src/activity/search.ts';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import { byteBudget } from '../../src/base/flow.ts';
import type { RunContext } from '../../src/chain/list-digests.ts';
import { chainId } from '../../src/digest/digest-key.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import type { Finding } from '../../src/findings/finding.ts';
import type { Source } from '../../src/source/source.ts';
import { countSource } from '../../src/source/wrappers.ts';
import { CHAIN, contextOver } from '../chain/chain-fixture.ts';
import { type Setting, setting, walk } from '../chain/walk-fixture.ts';
import { controlRecord, logOf } from '../support/control-records.ts';
import { memorySource } from '../support/memory-source.ts';
import { sampleFinding } from '../support/sample-reports.ts';

const PLENTY = { files: 1000, inflated: 1_000_000_000 };
const ID = chainId(CHAIN);

/** Hours of so many log files each, every one of the last hour telling of a stop. */
function stopped(hours: number, logs: number): Setting {
  return setting(0, (trail) => {
    trail.hours(hours - 1, { logs });
    const content = logOf(controlRecord({ name: 'StopLogging', at: trail.end, id: 'stop' }));
    trail.hour({ logs: Array.from({ length: logs }, () => ({ content })) });
  });
}

interface Given {
  readonly bounds?: SearchBounds;
  readonly context?: Partial<RunContext>;
  readonly concurrency?: number;
  readonly source?: (source: Source) => Source;
  /** What the run told of, in place of its chain and an end that came too early. */
  readonly told?: (end: number) => readonly TrailEvent[];
  /** What comes before the search. */
  readonly prepare?: (search: ControlSearch) => void;
}

const CHAIN_TOLD: TrailEvent = { type: 'chain', id: ID, chain: CHAIN, inScope: true, listed: 4 };
const endsEarly = (end: number): readonly TrailEvent[] => [
  CHAIN_TOLD,
  { type: 'uncovered', chain: ID, from: end, to: end + HOUR, reason: 'CHAIN_ENDS_EARLY' },
];

async function search(setup: Setting, given: Given = {}) {
  const { bounds = PLENTY, concurrency = 8, told = endsEarly } = given;
  const { source, counts } = countSource(memorySource(setup.store));
  const limits: string[] = [];
  const context = {
    ...contextOver(given.source?.(source) ?? source),
    limit: (code: string) => limits.push(code),
    ...given.context,
  };
  const run = { context, expectations: [], concurrency, logBytes: byteBudget(1_000_000), bounds };
  const searching = new ControlSearch(run);
  for (const event of told(setup.trail.end)) searching.see(event);
  for (const { digest } of await walk(setup)) if (digest !== undefined) searching.proven(ID, digest);
  given.prepare?.(searching);
  const ids: string[] = [];
  await searching.search(async (event) => {
    if (event.type === 'control') ids.push(event.event.eventId);
  });
  return { limits, events: ids, opened: counts().opened };
}

describe('the bounds', () => {
  test('everything around trouble is searched within them', async () => {
    const { limits, events, opened } = await search(stopped(3, 40));
    expect(limits).toEqual([]);
    expect(events).toHaveLength(40);
    expect(opened).toBe(3 + 120);
  });

  test('so many buckets are known beside the one that a log file lies in', async () => {
    const setup = setting(1, (trail) => {
      const request = { bucketName: trail.digestAt(-1).bucket };
      trail.moveTo({ bucket: 'example-second-logs' });
      const content = logOf(controlRecord({ name: 'DeleteBucket', at: trail.end, id: 'deleted', request }));
      trail.hours(2).hour({ logs: [{ content }] });
    });
    expect((await search(setup)).events).toEqual(['deleted']);
    expect((await search(setup, { bounds: { ...PLENTY, buckets: 0 } })).events).toEqual([]);
  });

  test('beyond so many log files the search ends, nearest first, and says so', async () => {
    const { limits, events, opened } = await search(stopped(3, 40), { bounds: { ...PLENTY, files: 50 } });
    expect(limits).toEqual(['CONTROL_SEARCH_CAPPED']);
    expect(events).toHaveLength(40);
    expect(opened).toBe(3 + 50);
  });

  test('beyond so many bytes the search ends, and says so', async () => {
    const { limits, events, opened } = await search(stopped(3, 40), { bounds: { ...PLENTY, inflated: 1 } });
    expect(limits).toEqual(['CONTROL_SEARCH_CAPPED']);
    expect(events).toHaveLength(40);
    expect(opened).toBe(3 + 64);
  });

  test('of many digests around long trouble the nearest are kept', async () => {
    const setup = stopped(9, 1);
    const told = (end: number): readonly TrailEvent[] => [
      CHAIN_TOLD,
      { type: 'uncovered', chain: ID, from: end - 9 * HOUR, to: end, reason: 'CHAIN_ENDS_EARLY' },
    ];
    const { limits, events } = await search(setup, { told, bounds: { ...PLENTY, files: 1 } });
    expect(limits).toEqual(['CONTROL_SEARCH_CAPPED']);
    expect(events).toEqual(['stop']);
  });

  test('bad log files that are not remembered are not taken for changed ones, and that is said', async () => {
    const setup = stopped(3, 4);
    const logs = setup.trail.logFiles.slice(0, 2);
    for (const { bucket, key } of logs) setup.store.put(bucket, key, Buffer.from('other'), {});
    const told = (end: number): readonly TrailEvent[] => [
      ...endsEarly(end),
      ...logs.map(({ bucket, key }): TrailEvent => {
        const object = { bucket, key, uri: `s3://${bucket}/${key}` };
        return {
          type: 'finding',
          finding: { ...sampleFinding('LOG_MODIFIED'), chain: ID, object } as Finding,
        };
      }),
    ];
    expect((await search(setup, { told })).limits).toEqual([]);
    const few = await search(setup, { told, bounds: { ...PLENTY, bad: 1 } });
    expect(few.limits).toEqual(['CONTROL_SEARCH_UNTOLD']);
    expect(few.events).toHaveLength(4);
    expect((await search(setup)).limits).toEqual(['CONTROL_SEARCH_INCOMPLETE']);
  });

  test('what was not remembered is said', async () => {
    const setup = stopped(2, 1);
    const [newest] = (await walk(setup)).flatMap(({ digest }) => digest ?? []);
    if (newest === undefined) throw new Error('a digest was delivered');
    const versioned = { ...newest, ref: { ...newest.ref, versionId: 'v' } };
    const { limits } = await search(setup, { prepare: (searching) => searching.proven(ID, versioned) });
    expect(limits).toEqual(['CONTROL_SEARCH_FORGOTTEN']);
  });
});

describe('what makes hours worth a search', () => {
  const finding = (end: number, changes: object): TrailEvent => ({
    type: 'finding',
    // Only what every finding has is looked at.
    finding: {
      code: 'DIGEST_SIGNATURE_INVALID',
      weight: 'violation',
      object: { uri: 's3://b/k', bucket: 'b', key: 'k' },
      time: isoTime(end),
      evidence: {},
      ...changes,
    } as unknown as Finding,
  });
  const inFolderOf = (account: string) => {
    const key = `p/AWSLogs/o-example/${account}/CloudTrail/us-east-1/2026/10/05/x.json.gz`;
    return { object: { uri: `s3://b/${key}`, bucket: 'b', key } };
  };

  test.each<[string, object, readonly string[]]>([
    ['a finding of its chain', { chain: ID }, ['stop']],
    ['a finding without a chain, in the folder of its account', inFolderOf(CHAIN.account), ['stop']],
    ['none of another account', inFolderOf('777788889999'), []],
    ['none in no folder of an account', {}, []],
    ['no note', { chain: ID, weight: 'note' }, []],
    ['none without a time', { chain: ID, time: undefined }, []],
  ])('%s', async (_name, changes, ids) => {
    const told = (end: number) => [CHAIN_TOLD, finding(end, changes)];
    expect((await search(stopped(2, 1), { told })).events).toEqual(ids);
  });

  test('nothing of a chain that nobody told of', async () => {
    const told = (end: number) => [finding(end, inFolderOf(CHAIN.account))];
    expect(await search(stopped(2, 1), { told })).toMatchObject({ events: [], limits: [] });
  });
});

describe('an end before its time', () => {
  test('a run that was stopped reads nothing more', async () => {
    const { events, opened } = await search(stopped(2, 3), { context: { signal: AbortSignal.abort() } });
    expect(events).toEqual([]);
    expect(opened).toBe(0);
  });

  test('a stop between log files leaves out the others', async () => {
    const stop = new AbortController();
    const source = (inner: Source): Source => ({
      ...inner,
      open: async (ref, options) => {
        if (!ref.key.includes('CloudTrail-Digest')) stop.abort();
        return inner.open(ref, options);
      },
    });
    const given = { source, concurrency: 1, context: { signal: stop.signal } };
    expect((await search(stopped(2, 3), given)).events).toEqual(['stop']);
  });

  test('a fault of the program ends the run', async () => {
    const broken = new Error('broken');
    const source = (inner: Source): Source => ({ ...inner, open: () => Promise.reject(broken) });
    await expect(search(stopped(2, 3), { source })).rejects.toBe(broken);
  });
});
