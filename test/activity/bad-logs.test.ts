import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadLogs } from '../../src/activity/remembered.ts';

describe('bad log files', () => {
  test('are known again, and no others, whenever they are asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.boolean()), { maxLength: 300 }), (steps) => {
        const bad = new BadLogs();
        const model = new Set<string>();
        for (const [uri, isAdded] of steps) {
          expect(bad.has(uri)).toBe(model.has(uri));
          if (isAdded) bad.add(uri);
          if (isAdded) model.add(uri);
        }
        for (const [uri] of steps) expect(bad.has(uri)).toBe(model.has(uri));
        expect(bad.isFull).toBe(false);
      }),
    );
  });

  test('may be thousands', () => {
    const bad = new BadLogs();
    const uris = Array.from({ length: 5000 }, (_, at) => `s3://b/${at}`);
    for (const uri of uris) bad.add(uri);
    expect(uris.every((uri) => bad.has(uri))).toBe(true);
    expect(bad.has('s3://b/5000')).toBe(false);
  });

  test('are remembered up to a bound, which is told', () => {
    const bad = new BadLogs(3);
    for (const uri of ['a', 'b', 'c']) bad.add(uri);
    expect(bad.isFull).toBe(false);
    bad.add('d');
    expect(bad.isFull).toBe(true);
    expect(['a', 'b', 'c', 'd'].map((uri) => bad.has(uri))).toEqual([true, true, true, false]);
  });
});
