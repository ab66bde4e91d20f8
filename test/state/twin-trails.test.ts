/** States of an account that has a trail of its own and its organization's, both with one name, and of a trail that joins one. */
import { expect, test } from 'vitest';
import { auditTrail, twinTrails } from '../../fixtures/scenario.ts';
import { MINUTE } from '../../src/base/clock.ts';
import { type Checkpoint, formatCheckpoint, stateFileBytes } from '../../src/state/checkpoint.ts';
import { readCheckpoint } from '../../src/state/read-checkpoint.ts';
import { deleteObject } from '../support/damage.ts';
import { codesOf, night } from './night.ts';

const OWN = '111122223333/us-east-1/audit@us-east-1';
const SHARED = `${OWN}/o-exampleorgid`;

function idsOf(checkpoint: Checkpoint | undefined): readonly string[] {
  return (checkpoint?.places ?? []).flatMap(({ chains }) => chains.map(({ id }) => id)).sort();
}

test('each of two trails of one name has a checkpoint of its own, and what is gone of one is found', async () => {
  const { store, own, shared } = twinTrails();
  const first = await night(store, shared.end + 50 * MINUTE);
  expect(first.report.verdict).toBe('VALID');
  expect(idsOf(first.next?.checkpoint)).toEqual([OWN, SHARED]);
  for (const trail of [own, shared]) trail.hours(4, { logs: 2 });
  const second = await night(store, shared.end + 50 * MINUTE, first.state);
  expect(codesOf(second.report)).toEqual([]);
  expect(idsOf(second.next?.checkpoint)).toEqual([OWN, SHARED]);
  for (const digest of own.digests.slice(3)) deleteObject(store, digest);
  const third = await night(store, shared.end + 50 * MINUTE, second.state);
  expect(codesOf(third.report)).toContain('CHAIN_ROLLED_BACK');
  const [rolledBack] = third.report.findings.filter(({ code }) => code === 'CHAIN_ROLLED_BACK');
  expect(rolledBack?.chain).toBe(OWN);
});

test('a state that names no organization is read as of the folder of its last digest', async () => {
  const { store, trail } = auditTrail(5, { organization: 'o-exampleorgid' });
  const now = trail.end + 50 * MINUTE;
  const { next } = await night(store, now);
  if (next === undefined) throw new Error('no checkpoint was earned');
  const places = next.checkpoint.places.map((place) => ({
    ...place,
    chains: place.chains.map(({ organization: _, ...chain }) => ({ ...chain, id: OWN })),
  }));
  const bytes = await stateFileBytes(formatCheckpoint({ ...next.checkpoint, places }), undefined, now);
  const read = readCheckpoint(bytes, 'state.json', undefined);
  expect(idsOf(read.checkpoint)).toEqual([SHARED]);
  trail.hours(3, { logs: 2 });
  const second = await night(store, trail.end + 50 * MINUTE, { ...read, isBySigner: true });
  expect(second.report.verdict).toBe('VALID');
  expect(second.report.chains.map(({ depth }) => depth)).toEqual(['chain+listing']);
});

test("a trail that was made the organization's between two nights goes on, and its state with it", async () => {
  const { store, trail } = auditTrail(5);
  const first = await night(store, trail.end + 50 * MINUTE);
  trail.hours(2, { logs: 2 });
  trail.moveTo({ bucket: 'example-trail-logs', organization: 'o-exampleorgid' }).hours(4, { logs: 2 });
  const second = await night(store, trail.end + 50 * MINUTE, first.state);
  expect(codesOf(second.report)).toEqual([]);
  expect(second.report.verdict).toBe('VALID');
  expect(idsOf(second.next?.checkpoint)).toEqual([SHARED]);
  expect(second.report.chains.map(({ id, depth }) => [id, depth])).toEqual([[SHARED, 'chain+listing']]);
  trail.hours(4, { logs: 2 });
  const third = await night(store, trail.end + 50 * MINUTE, second.state);
  expect(codesOf(third.report)).toEqual([]);
});

test.each([
  ['comes back', undefined],
  ['goes on to another organization', 'o-anotherorgid'],
])(
  'a trail that joined an organization and %s keeps its one chain of backfill digests',
  async (_, organization) => {
    const { store, trail } = auditTrail(3);
    trail.backfill(trail.digestAt(1));
    let state: Awaited<ReturnType<typeof night>>['state'];
    for (const place of [undefined, { organization: 'o-exampleorgid' }, { organization }]) {
      if (place !== undefined) trail.moveTo({ bucket: 'example-trail-logs', ...place });
      for (let nights = 0; nights < 2; nights += 1) {
        trail.hours(4, { logs: 1 });
        const { report, state: next } = await night(store, trail.end + 50 * MINUTE, state);
        expect(codesOf(report)).toEqual([]);
        expect(report.chains).toHaveLength(2);
        state = next;
      }
    }
  },
);
