import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/base/clock.ts';
import type { PlaceFolder } from '../../src/chain/discover.ts';
import { LateLookup, MOST_WANTED, type Wanted } from '../../src/logs/place-coverage.ts';
import type { ObjectRef, Source } from '../../src/source/source.ts';
import { countSource } from '../../src/source/wrappers.ts';
import { contextOver } from '../chain/chain-fixture.ts';
import { alterSignature, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { TestTrail } from '../support/test-trail.ts';

const BUCKET = 'example-trail-logs';
const START = Date.parse('2026-10-05T00:00:37Z');
const PLACE = { bucket: BUCKET, account: '111122223333', prefix: '' };
const FOLDERS: readonly PlaceFolder[] = [{ ...PLACE, families: ['CloudTrail', 'CloudTrail-Digest'] }];

function trailOf(hours: number): { readonly store: ObjectStore; readonly trail: TestTrail } {
  const store = new ObjectStore(() => START);
  const trail = new TestTrail({ store, ...PLACE, region: 'us-east-1', trail: 'audit', startLogging: START });
  return { store, trail: trail.hours(hours, { logs: 1 }) };
}

function wanted(ref: ObjectRef, ...times: readonly number[]): Wanted {
  const object = { ...ref, uri: `s3://${ref.bucket}/${ref.key}` };
  const finding = { code: 'LOG_UNLISTED', weight: 'unproven', object, evidence: { size: 1 } } as const;
  return { place: `${ref.bucket}/${ref.key}`, times, finding };
}

/** What a lookup for a window of an hour, by default the trail's first, tells, as `key reason`. */
async function tell(
  source: ObjectStore | Source,
  files: readonly Wanted[],
  from: number = START,
): Promise<readonly string[]> {
  const window = { from, to: from + HOUR };
  const lookup = new LateLookup(FOLDERS, 'us-east-1', contextOver(source, { window }));
  for (const file of files) lookup.want(file);
  const findings = await lookup.findings();
  return findings.map(({ object, evidence }) => {
    const reason = JSON.stringify(evidence).includes('undecided') ? 'undecided' : undefined;
    return `${object.key}${reason === undefined ? '' : ` ${reason}`}`;
  });
}

const PLANTED = { bucket: BUCKET, key: 'planted' };

describe('a file that nothing read so far names', () => {
  test('is none once a proven digest of the time of its writing names it', async () => {
    const { store, trail } = trailOf(30);
    const late = trail.logAt(20);
    store.put(BUCKET, `${trail.digestAt(20).key}.old`, new Uint8Array(1));
    expect(await tell(store, [wanted(late, late.deliveredAt), wanted(PLANTED, late.deliveredAt)])).toEqual([
      'planted',
    ]);
  });

  test('is looked for no longer than it takes', async () => {
    const { store, trail } = trailOf(30);
    const { source, counts } = countSource(memorySource(store));
    const late = trail.logAt(20);
    expect(await tell(source, [wanted(late, late.deliveredAt, late.deliveredAt + 5 * HOUR)])).toEqual([]);
    expect(counts().opened).toBe(1);
  });

  test('is looked for in the digests after the window, whatever the time of its writing', async () => {
    const { store, trail } = trailOf(30);
    expect(await tell(store, [wanted(trail.logAt(20)), wanted(PLANTED)])).toEqual(['planted']);
  });

  test('is read of in a copy without metadata, too', async () => {
    const { store, trail } = trailOf(6);
    const copy = memorySource(store, { metadata: false });
    const late = trail.logAt(4);
    expect(await tell(copy, [wanted(late, late.deliveredAt)])).toEqual([]);
  });

  test('may be named by a backfill digest', async () => {
    const { store, trail } = trailOf(6);
    const { logs } = trail.backfill(trail.digestAt(4));
    expect(
      await tell(
        store,
        logs.map((log) => wanted(log, log.deliveredAt)),
      ),
    ).toEqual([]);
  });

  test('may be named by a backfill digest below the window, however much comes after it', async () => {
    const { store, trail } = trailOf(240);
    const from = trail.digestAt(20).endTime;
    const late = trail.undigested(2, from, from + HOUR);
    trail.backfill(trail.digestAt(5), { logs: 0, alsoListed: late });
    const files = late.map((log) => wanted(log));
    expect(await tell(store, [...files, wanted(PLANTED)], from)).toEqual(['planted']);
    // Standard digests below the window cannot name a file of the window.
    const { source, counts } = countSource(memorySource(store));
    await tell(source, [wanted(PLANTED)], from);
    expect(counts().opened).toBeLessThanOrEqual(202);
  });

  test('is told where only digests that are not proven name it', async () => {
    const { store, trail } = trailOf(6);
    const late = trail.logAt(6);
    flipContentBit(store, trail.digestAt(6));
    expect(await tell(store, [wanted(late, late.deliveredAt)])).toEqual([late.key]);
    const { store: other, trail: lone } = trailOf(6);
    alterSignature(other, lone.digestAt(6));
    expect(await tell(other, [wanted(lone.logAt(6), late.deliveredAt)])).toEqual([late.key]);
  });

  test('asks for nothing where there is none', async () => {
    const { source, counts } = countSource(memorySource(trailOf(3).store));
    expect(await tell(source, [])).toEqual([]);
    expect(counts()).toMatchObject({ pages: 0, opened: 0 });
  });
});

describe('what is looked up is bounded', () => {
  test('by digests: what lies beyond is undecided', async () => {
    const { store, trail } = trailOf(230);
    const { source, counts } = countSource(memorySource(store));
    const [near, far] = [trail.logAt(150), trail.logAt(225)];
    expect(await tell(source, [wanted(near), wanted(far, START + 229 * HOUR + MINUTE)])).toEqual([
      `${far.key} undecided`,
    ]);
    expect(counts().opened).toBeLessThanOrEqual(202);
  });

  test('by listings', async () => {
    const { source, counts } = countSource(memorySource(trailOf(3).store));
    const times = Array.from({ length: 100 }, (_, at) => START - (at + 1) * DAY);
    expect(await tell(source, [wanted(PLANTED, ...times)])).toEqual(['planted undecided']);
    // And one of the backfill digests below the window, and one of what comes after it.
    expect(counts().pages).toBeLessThanOrEqual(26);
  });

  test('by files', () => {
    const lookup = new LateLookup(FOLDERS, 'us-east-1', contextOver(new ObjectStore(() => 0), {}));
    const taken = Array.from({ length: MOST_WANTED + 1 }, (_, at) =>
      lookup.want(wanted({ bucket: BUCKET, key: `${at}` })),
    );
    expect(taken.filter((one) => one)).toHaveLength(MOST_WANTED);
    expect(taken.at(-1)).toBe(false);
  });
});
