import { expect, test } from 'vitest';
import type { Link } from '../../src/chain/check-digest.ts';
import { CarriedSignatures } from '../../src/chain/digest-queue.ts';

function link(key: string, signature: string): Link {
  const recorded = { sha256: '', signature, by: '' };
  return { ref: { bucket: 'b', key }, endTime: 0, signature, recorded, successor: undefined };
}

test('all that claim to be a successor are heard, up to a bound, and once', () => {
  const carried = new CarriedSignatures();
  for (let at = 0; at < 20; at += 1) expect(carried.note(link('x', `${at}`))?.signature).toBe(`${at}`);
  expect(carried.note(undefined)).toBeUndefined();
  const signatures = carried.take({ bucket: 'b', key: 'x' });
  expect(signatures.slice(0, 3)).toEqual(['0', '1', '2']);
  expect(signatures).toHaveLength(16);
  expect(carried.take({ bucket: 'b', key: 'x' })).toEqual([]);
});

test('however many places are claimed, few are kept', () => {
  const carried = new CarriedSignatures();
  for (let at = 0; at < 1_000; at += 1) carried.note(link(`${at}`, 'a'));
  carried.note(link('last', 'b'));
  expect(carried.take({ bucket: 'b', key: '0' })).toEqual([]);
  expect(carried.take({ bucket: 'b', key: 'last' })).toEqual(['b']);
});
