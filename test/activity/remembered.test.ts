import { describe, expect, test } from 'vitest';
import { ProvenDigests } from '../../src/activity/remembered.ts';
import { HOUR } from '../../src/base/clock.ts';
import type { VerifiedDigest } from '../../src/chain/check-digest.ts';
import { setting, walk } from '../chain/walk-fixture.ts';

async function walked(hours: number, logs = 1): Promise<readonly VerifiedDigest[]> {
  const steps = await walk(setting(0, (trail) => trail.hours(hours, { logs })));
  return steps.flatMap(({ digest }) => digest ?? []).filter(({ digest }) => digest.previous !== undefined);
}

describe('proven digests', () => {
  test('are found again by their windows, with place and hash', async () => {
    const digests = await walked(40);
    const proven = new ProvenDigests();
    for (const digest of digests) proven.add('chain', digest);
    expect([...proven.chains]).toEqual(['chain']);
    const windows = [...proven.windows('chain')];
    expect(windows.map(({ window }) => window)).toEqual(
      digests.map(({ digest }) => ({ from: digest.startTime, to: digest.endTime })),
    );
    for (const [row, { ref, sha256 }] of digests.entries())
      expect(proven.at('chain', row)).toMatchObject({ ref: { bucket: ref.bucket, key: ref.key }, sha256 });
    expect(proven.at('chain', 40)).toBeUndefined();
    expect(proven.at('other', 0)).toBeUndefined();
    expect(proven.forgotten).toBe(0);
  });

  test('keep the places of a chain that moved apart', async () => {
    const [first, second] = await walked(2);
    if (first === undefined || second === undefined) throw new Error('two digests were delivered');
    const moved = { ...second, ref: { bucket: 'elsewhere', key: `p/${second.ref.key}` } };
    const proven = new ProvenDigests();
    for (const digest of [first, moved]) proven.add('chain', digest);
    expect(proven.at('chain', 0)?.ref).toEqual(first.ref);
    expect(proven.at('chain', 1)?.ref).toEqual(moved.ref);
  });

  test('that name no log file are not worth remembering', async () => {
    const proven = new ProvenDigests();
    for (const digest of await walked(2, 0)) proven.add('chain', digest);
    expect([...proven.chains]).toEqual([]);
    expect(proven.forgotten).toBe(0);
  });

  test('whose keys do not follow from their end are counted, not guessed', async () => {
    const [genuine] = await walked(1);
    if (genuine === undefined) throw new Error('a digest was delivered');
    const proven = new ProvenDigests();
    const late = { ...genuine.digest, endTime: genuine.digest.endTime + HOUR };
    proven.add('chain', { ...genuine, digest: late });
    proven.add('chain', { ...genuine, ref: { ...genuine.ref, versionId: 'v' } });
    expect(proven.forgotten).toBe(2);
    expect([...proven.windows('chain')]).toEqual([]);
  });
});
