import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding, FindingCode } from '../../src/findings/finding.ts';
import { compareFindings, NamedFindings } from '../../src/report/findings-beyond.ts';
import { memoryLines } from '../support/memory-lines.ts';

const CODES: readonly FindingCode[] = ['LOG_UNLISTED', 'LOG_MISSING', 'DIGEST_MALFORMED', 'RUN_INTERRUPTED'];

/** Findings of few codes, chains, times and keys, so that many are alike but for their evidence. */
const someFindings = fc.array(
  fc.record({
    code: fc.constantFrom(...CODES),
    chain: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    time: fc.constantFrom('2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z'),
    key: fc.constantFrom('k', 'l', 'é\n'),
    size: fc.nat(5),
  }),
  { maxLength: 120 },
);

function findingOf({ code, chain, time, key, size }: Record<string, unknown>): Finding {
  const object = { bucket: 'b', key, uri: `s3://b/${key}` };
  const evidence = { size };
  return {
    code,
    weight: 'violation',
    object,
    ...(chain === undefined ? {} : { chain }),
    time,
    evidence,
  } as Finding;
}

async function held(findings: readonly Finding[], most: number) {
  const hold = new NamedFindings(memoryLines(37), most);
  for (const finding of findings) await hold.add(finding);
  const { hasOverflow } = hold;
  const further: Finding[] = [];
  for await (const finding of hold.further()) further.push(finding);
  return { named: hold.named(), further, hasOverflow };
}

describe('the findings that a report names', () => {
  test('are the first of each code, and the others are told in order: none twice, none lost', async () => {
    await fc.assert(
      fc.asyncProperty(someFindings, fc.integer({ min: 1, max: 9 }), async (facts, most) => {
        const findings = facts.map(findingOf);
        const { named, further, hasOverflow } = await held(findings, most);
        const text = (all: readonly Finding[]): readonly string[] =>
          all.map((one) => JSON.stringify(one)).sort();
        expect(text([...named, ...further])).toEqual(text(findings));
        expect(hasOverflow).toBe(further.length > 0);
        for (const list of [named, further])
          for (const [at, finding] of list.slice(1).entries())
            expect(compareFindings(list[at] as Finding, finding)).toBeLessThanOrEqual(0);
        for (const code of CODES) {
          const [ofNamed, ofOverflow] = [named, further].map((all) =>
            all.filter((one) => one.code === code),
          ) as [Finding[], Finding[]];
          expect(ofNamed.length).toBe(Math.min(most, ofNamed.length + ofOverflow.length));
          const [last, first] = [ofNamed.at(-1), ofOverflow[0]];
          if (last !== undefined && first !== undefined)
            expect(compareFindings(last, first)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test('do not depend on the order in which they come', async () => {
    const inAnyOrder = someFindings.chain((facts) =>
      fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length })),
    );
    await fc.assert(
      fc.asyncProperty(inAnyOrder, fc.integer({ min: 1, max: 9 }), async ([one, other], most) => {
        const results = await Promise.all([one, other].map((facts) => held(facts.map(findingOf), most)));
        expect(results[1]).toEqual(results[0]);
      }),
    );
  });

  test('are all of them without a store', async () => {
    const hold = new NamedFindings(undefined, 1);
    const findings = Array.from({ length: 50 }, (_, size) =>
      findingOf({ code: 'LOG_UNLISTED', time: '2026-11-20T10:00:00Z', key: `${size}`, size }),
    );
    for (const finding of findings) expect(hold.add(finding)).toBe(undefined);
    expect(hold.named()).toHaveLength(50);
    expect(hold.hasOverflow).toBe(false);
    expect((await hold.further().next()).done).toBe(true);
  });

  test('are held in twice their number at most', async () => {
    const store = memoryLines();
    let appended = 0;
    const hold = new NamedFindings(
      {
        ...store,
        append: async (group, lines) => {
          appended += 1;
          await store.append(group, lines);
        },
      },
      10,
    );
    for (let size = 0; size < 1000; size += 1) {
      await hold.add(findingOf({ code: 'LOG_MISSING', time: '2026-11-20T10:00:00Z', key: `${size}`, size }));
      expect(size + 1 - appended).toBeLessThanOrEqual(20);
    }
  });

  test('are not lost silently where the store fails', async () => {
    const full = { ...memoryLines(), append: () => Promise.reject(new Error('the disk is full')) };
    const hold = new NamedFindings(full, 1);
    const one = findingOf({ code: 'LOG_MISSING', time: '2026-11-20T10:00:00Z', key: 'k', size: 1 });
    expect(hold.add(one)).toBe(undefined);
    await expect(hold.add(one)).rejects.toThrow('the disk is full');
  });
});
