import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import type { OpenCompanion } from '../../src/signed/check-report.ts';
import { checkInventory } from '../../src/signed/companions.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import type { ReportProblem } from '../../src/signed/problems.ts';
import { pieces, provenScenario } from '../proof/proof-fixture.ts';

const { report, inventory } = await provenScenario('tampered');
const content = gunzipSync(inventory);
const opening =
  (bytes: Uint8Array | undefined): OpenCompanion =>
  async (name) =>
    name === 'inventory.jsonl.gz' && bytes !== undefined ? pieces(bytes) : undefined;
const check = (bytes: Uint8Array | undefined, of: Report = report): Promise<readonly ReportProblem[]> =>
  checkInventory(of, opening(bytes));

describe('the inventory beside a report', () => {
  test('is the one that it binds, in one gzip member or more', async () => {
    expect(await check(inventory)).toEqual([]);
    const half = content.subarray(0, 777);
    expect(await check(Buffer.concat([gzipSync(half), gzipSync(content.subarray(777))]))).toEqual([]);
  });

  test('may be absent, which leaves it unproven; a report that names none needs none', async () => {
    expect(await check(undefined)).toMatchObject([{ code: 'BESIDE_MISSING', weight: 'unproven' }]);
    const { objects: _objects, ...bare } = report;
    expect(await check(undefined, bare)).toEqual([]);
  });

  test('is refused with any byte of its lines changed', async () => {
    for (let at = 0; at < content.length; at += 13) {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await check(gzipSync(changed))).toMatchObject([{ code: 'BESIDE_CHANGED', weight: 'violation' }]);
    }
  });

  test('is refused with any byte of its compressed data changed', async () => {
    for (let at = 10; at < inventory.length; at += 29) {
      const changed = Buffer.from(inventory);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await check(changed)).toMatchObject([{ code: 'BESIDE_CHANGED' }]);
    }
  });

  test.each<[string, (lines: string[]) => string]>([
    ['a line less', (lines) => lines.slice(1).join('')],
    ['a line more', (lines) => [...lines, lines[0]].join('')],
    ['two lines in another order', ([first, second, ...rest]) => [second, first, ...rest].join('')],
    ['its last line feed lost', (lines) => lines.join('').slice(0, -1)],
    ['a line without end', (lines) => `${lines.join('')}${'x'.repeat(100_000)}`],
    ['nothing', () => ''],
  ])('is refused with %s', async (_, change) => {
    const lines = content.toString().split(/(?<=\n)/);
    expect(await check(gzipSync(change(lines)))).toMatchObject([
      { code: 'BESIDE_CHANGED', weight: 'violation' },
    ]);
  });

  test('cut short or no gzip is refused', async () => {
    expect(await check(inventory.subarray(0, -9))).toMatchObject([{ code: 'BESIDE_CHANGED' }]);
    expect(await check(Buffer.from('{}'))).toMatchObject([{ code: 'BESIDE_CHANGED' }]);
  });

  test('must count what the report counts', async () => {
    const { totals } = report;
    const digests = {
      ...totals.digests,
      valid: totals.digests.valid - 1,
      invalid: totals.digests.invalid + 1,
    };
    const problems = await check(inventory, { ...report, totals: { ...totals, digests } });
    expect(problems.map(({ text }) => text)).toEqual([
      `the inventory lists ${totals.digests.valid} valid digest files, and the report counts ${digests.valid}`,
      `the inventory lists ${totals.digests.invalid} invalid digest files, and the report counts ${digests.invalid}`,
    ]);
  });

  test('that cannot be read is a failure of this machine and no evidence', async () => {
    const failing: OpenCompanion = async () =>
      // biome-ignore lint/correctness/useYield: it fails before its first piece.
      (async function* () {
        throw Object.assign(new Error('bad disk'), { code: 'EIO' });
      })();
    await expect(checkInventory(report, failing)).rejects.toThrow('bad disk');
  });
});

describe('a report agrees with itself', () => {
  test('about its conclusion and its inventory', () => {
    expect(inconsistenciesOf(report)).toEqual([]);
    const { conclusion, objects } = report;
    if (conclusion === undefined || objects === undefined) throw new Error('both must be there');
    const counts = { ...conclusion.counts, logs: { ...conclusion.counts.logs, valid: 1000 } };
    const merkle = { ...objects.merkle, size: objects.merkle.size + 1 };
    const wrong: [Partial<Report>, string][] = [
      [{ conclusion: { ...conclusion, verdict: 'VALID' } }, 'its conclusion is of another verdict'],
      [
        { conclusion: { ...conclusion, sentence: 'VALID: all is well.' } },
        'its conclusion is of another verdict',
      ],
      [{ conclusion: { ...conclusion, counts } }, 'its conclusion has other counts than the report'],
      [{ objects: { ...objects, merkle } }, 'and its inventory'],
    ];
    for (const [change, text] of wrong)
      expect(inconsistenciesOf({ ...report, ...change }).join()).toContain(text);
  });
});
