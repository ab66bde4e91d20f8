import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenario, loadScenarios } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { parseDigest } from '../../src/digest/digest.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { type InventoryLine, InventoryWriter, readInventoryLine } from '../../src/report/inventory.ts';
import { MerkleTree } from '../../src/report/merkle.ts';
import type { Report } from '../../src/report/report.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memoryLines } from '../support/memory-lines.ts';
import { memorySource } from '../support/memory-source.ts';
import { inflate } from '../support/test-gzip.ts';
import { build, chain, digest, log } from './report-events.ts';

const temporary = mkdtempSync(join(tmpdir(), 'trail-verify-inventory-'));
afterAll(() => rmSync(temporary, { recursive: true }));

async function run(
  scenario: Scenario,
  changes: Partial<VerifyOptions> = {},
  piece?: number,
): Promise<{ report: Report; text: string; lines: readonly InventoryLine[] }> {
  const inventory = memoryLines(piece);
  const { store, targets, now, options } = scenario;
  const report = await verifyTrail({
    source: memorySource(store),
    targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(now),
    runId: 'a run',
    ...options,
    inventory,
    ...changes,
  });
  const text = inventory.text() ?? '';
  const lines = text.split('\n').slice(0, -1).map(readInventoryLine);
  expect(lines).not.toContain(undefined);
  return { report, text, lines: lines.flatMap((line) => line ?? []) };
}

function late(source: Source): Source {
  // Answers come in an order of their own, the same in every run.
  return {
    ...source,
    open: async (ref, options) => {
      const turns = createHash('sha256').update(ref.key).digest()[0] ?? 0;
      for (let turn = 0; turn < turns % 9; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return source.open(ref, options);
    },
  };
}

const scenarios = await loadScenarios();

describe('the inventory of a run', () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    'is bound by the report and counts what it counts: %s',
    async (_, { build: make }) => {
      const { report, text, lines } = await run(make());
      const tree = new MerkleTree();
      for (const line of text.split('\n').slice(0, -1)) tree.add(Buffer.from(line));
      expect(report.objects).toMatchObject({
        merkle: { algorithm: 'rfc9162-sha256', size: lines.length, root: tree.root() },
        inventory: {
          path: 'inventory.jsonl.gz',
          lines: lines.length,
          sha256: createHash('sha256').update(text).digest('hex'),
        },
      });
      for (const [kind, totals] of [
        ['digest', report.totals.digests],
        ['log', report.totals.logs],
      ] as const) {
        for (const status of ['valid', 'invalid', 'missing', 'unproven'] as const)
          expect(lines.filter((line) => line.kind === kind && line.status === status).length).toBe(
            totals[status],
          );
      }
    },
  );

  test.each(['intact', 'tampered'])('has the hashes of the objects as stored: %s', async (name) => {
    const scenario = (await loadScenario(name)).build();
    const { lines } = await run(scenario);
    for (const { bucket, key, stored, content, status } of lines) {
      const bytes = scenario.store.get(bucket, key)?.bytes;
      expect(stored).toBe(bytes === undefined ? null : createHash('sha256').update(bytes).digest('hex'));
      expect(stored === null).toBe(status === 'missing');
      // Of a damaged file Node's own gunzip may give more than the first member.
      if (bytes === undefined || status !== 'valid') continue;
      expect(content).toBe(createHash('sha256').update(inflate(bytes)).digest('hex'));
    }
  });

  test('stands in order: chains, digests newest first, their log files as they list them', async () => {
    const scenario = (await loadScenario('intact')).build();
    const { lines } = await run(scenario);
    let expected: string[] = [];
    let before = '';
    for (const { kind, bucket, key } of lines) {
      if (kind === 'log') {
        expect(key).toBe(expected.shift());
        continue;
      }
      expect(expected).toEqual([]);
      const bytes = scenario.store.get(bucket, key)?.bytes ?? Buffer.of();
      const { digest: parsed } = parseDigest(inflate(bytes));
      expected = (parsed?.logFiles ?? []).map((file) => file.key);
      const place = key.slice(0, key.lastIndexOf('_'));
      if (place === before.slice(0, before.lastIndexOf('_'))) expect(key < before).toBe(true);
      before = key;
    }
    expect(expected).toEqual([]);
  });

  test.each(['intact', 'tampered', 'backfill', 'digest-moved-bucket'])(
    'is the same from S3 and a copy, at any concurrency, whatever comes late: %s',
    async (name) => {
      const scenario = (await loadScenario(name)).build();
      const usual = await run(scenario);
      const folder = join(temporary, name);
      writeFolder(scenario.store, folder, { metadata: true });
      const others = [
        await run(scenario, { concurrency: 1 }, 1),
        await run(scenario, { source: late(memorySource(scenario.store)) }, 100),
        await run(scenario, { source: late(memorySource(scenario.store)), concurrency: 3 }),
        await run(scenario, { source: await openFolder(folder) }),
      ];
      for (const other of others) {
        expect(other.text).toBe(usual.text);
        expect(other.report.objects).toEqual(usual.report.objects);
      }
    },
  );

  test('of a run without log files has digests only', async () => {
    const { report, lines } = await run((await loadScenario('intact')).build(), { logs: false });
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(new Set(['digest']));
    expect(lines.length).toBe(report.totals.digests.valid);
  });

  test('of a run that was stopped has what was checked', async () => {
    const scenario = (await loadScenario('intact')).build();
    const stop = new AbortController();
    const source = memorySource(scenario.store);
    let opened = 0;
    const stopping: Source = {
      ...source,
      open: (ref, options) => {
        opened += 1;
        if (opened === 30) stop.abort();
        return source.open(ref, options);
      },
    };
    const { report, lines } = await run(scenario, { source: stopping, signal: stop.signal, concurrency: 2 });
    const { digests, logs } = report.totals;
    expect(report.findings.map(({ code }) => code)).toContain('RUN_INTERRUPTED');
    expect(lines.length).toBe(report.objects?.merkle.size);
    expect(lines.length).toBe(digests.valid + digests.unproven + logs.valid + logs.unproven);
    expect(logs.valid).toBeLessThan(logs.listed);
  });

  test('names the version that was read', async () => {
    const scenario = (await loadScenario('intact')).build();
    const source = memorySource(scenario.store);
    const versioned: Source = {
      ...source,
      open: async (ref, options) => ({ ...(await source.open(ref, options)), versionId: 'v7' }),
    };
    const { lines, report } = await run(scenario, { source: versioned });
    expect(new Set(lines.map(({ versionId }) => versionId))).toEqual(new Set(['v7']));
    expect(report.verdict).toBe('VALID');
  });

  test('is refused as its store refuses', async () => {
    const scenario = (await loadScenario('intact')).build();
    const full = { ...memoryLines(), append: () => Promise.reject(new Error('the disk is full')) };
    await expect(run(scenario, { inventory: full })).rejects.toThrow('the disk is full');
  });
});

test('a report without an inventory names none', async () => {
  const { report } = await run((await loadScenario('intact')).build(), { inventory: undefined as never });
  expect(report.objects).toBeUndefined();
});

test('memory stays flat, and the report small, however many objects there are', async () => {
  const most = 20_000;
  let held = 0;
  const store = {
    ...memoryLines(),
    append: async (_: string, text: string | Uint8Array) => {
      held = Math.max(held, text.length);
    },
  };
  const writer = new InventoryWriter(store, true);
  await writer.add(chain());
  const events = [chain()];
  for (let at = 0; at < most / 10; at += 1) {
    const own = digest({ logFiles: 9 });
    events.push(own);
    await writer.add({ ...own, object: { bucket: 'b', key: `d${at}` } } as typeof own);
    for (let position = 0; position < 9; position += 1) {
      events.push(log());
      await writer.add({ ...log(), digest: { bucket: 'b', key: `d${at}` }, position } as typeof own);
    }
  }
  // No more than a digest's own lines at once.
  expect(held).toBeLessThan(10 * 400);
  expect(renderJson(build(events)).length).toBeLessThan(10_000);
});
