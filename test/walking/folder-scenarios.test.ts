import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadCopyScenarios } from '../../fixtures/copy-scenario.ts';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { placeProver } from '../../src/chain/folders-without-digests.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { renderEventLine } from '../../src/render/formats/json.ts';
import { eventByEvent } from '../../src/report/inventory.ts';
import { type FolderSource, openFolder } from '../../src/source/folder/folder-source.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { EVERY_WAY, inPlaces, WITHOUT_METADATA, waysOf } from '../support/check-paths.ts';
import { memoryLines } from '../support/memory-lines.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fileRing, TEST_KEYS } from '../support/test-keys.ts';
import { walkersAtOnce } from '../support/walk-paths.ts';

/*
 * However many threads walk the chains, nothing that is found may differ from what the thread that asks finds, by a byte.
 */

const scenarios = await loadScenarios();
const two = walkersAtOnce({ threads: 2 });
const four = walkersAtOnce({ threads: 4 });
const pure = walkersAtOnce({ threads: 1, native: false });
/** Each kind of run with walkers of its own; natively where that can be. Without log files digests come in runs. */
const WAYS = [
  { logs: false, walker: pure },
  { logs: true, walker: two },
  { logs: false, walker: four },
] as const;
let inRuns = 0;
afterAll(async () => {
  await Promise.all([two, four, pure].map((walker) => walker.close()));
  // Each scenario takes one way, and two of three of them have digests in runs.
  expect(inRuns).toBeGreaterThan(300);
});

async function resultOf(
  scenario: Omit<Scenario, 'store'>,
  source: Source,
  options: Partial<VerifyOptions>,
): Promise<unknown> {
  const inventory = memoryLines();
  const digests: string[] = [];
  const onEvent = (event: TrailEvent): void => {
    if (event.type === 'digests') inRuns += event.count;
    for (const one of eventByEvent(event)) if (one.type === 'digest') digests.push(renderEventLine(one));
  };
  const report = await verifyTrail(
    {
      source,
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      runId: 'one',
      inventory,
      ...scenario.options,
      ...options,
    },
    onEvent,
  );
  // Of each chain in its order; chains come as they like.
  return { report, inventory: inventory.text(), digests: digests.sort() };
}

const handedOver = (await loadCopyScenarios()).filter(({ outcome }) => !('refused' in outcome));
/** Without metadata the digests are others, wherever a scenario turns on them. */
const copies = inPlaces(scenarios).flatMap((scenario) =>
  (EVERY_WAY || /^(?:digest|link|backfill)-/.test(scenario.name) || WITHOUT_METADATA.includes(scenario.name)
    ? [true, false]
    : [true]
  ).map((metadata) => ({ ...scenario, metadata })),
);

describe('a copy gives the same whoever walks its chains', () => {
  test.each(copies)('$name, metadata: $metadata', async ({ build, place, metadata }) => {
    const scenario = build();
    const folder = temporaryFolder();
    writeFolder(scenario.store, folder, { metadata });
    const [bucket = '', ...others] = scenario.store.bucketNames();
    const open = (): Promise<Source> =>
      others.length > 0
        ? openFolder(folder, { layout: 'collect' })
        : openFolder(join(folder, bucket), { bucket, layout: 'sync' });
    for (const { logs, walker } of waysOf(WAYS, metadata ? place : place + 1)) {
      const usual = await resultOf(scenario, await open(), { logs });
      const result = await resultOf(scenario, await open(), { logs, walker });
      expect({ logs, result }).toEqual({ logs, result: usual });
    }
  });

  test.each(handedOver)('$name', async ({ build }) => {
    const folder = join(temporaryFolder(), 'copy');
    const { now, options } = build(folder);
    // What the user says of a copy is the command's to read.
    if (options.length > 0) return;
    const keyRing = fileRing();
    const open = (): Promise<FolderSource> =>
      openFolder(folder, { prove: placeProver(keyRing, relocator([])) });
    const { targets } = await open();
    const scenario = { targets, now, options: {}, keys: TEST_KEYS, keysFrom: 'file' } as const;
    const usual = await resultOf(scenario, await open(), {});
    expect(await resultOf(scenario, await open(), { walker: two })).toEqual(usual);
  });
});
