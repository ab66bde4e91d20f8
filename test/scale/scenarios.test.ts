import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { jsonPieces } from '../../src/render/formats/json.ts';
import type { Settled } from '../../src/scale/make-plan.ts';
import type { Source } from '../../src/source/source.ts';
import { readSince } from '../../src/state/plan-review.ts';
import { EVERY_WAY, WITHOUT_METADATA } from '../support/check-paths.ts';
import { memorySource } from '../support/memory-source.ts';
import { alone, merged, type Outcome, optionsOf, planFor, readAll, resultsIn } from '../support/shard-run.ts';

/*
 * Over every scenario: however a chain is cut, and whoever reads the parts, the merged report and inventory are those of one machine,
 * byte for byte.
 */

/** A scenario takes one of them in turn, and with EVERY_WAY=1 all. */
const SHARDS_A_CHAIN = [1, 2, 7];

const scenarios = await loadScenarios();
function textOf({ report, inventory }: Outcome): string {
  return [...jsonPieces(report)].join('') + inventory;
}

/** The source for a merge: a digest that a result holds must not be asked of it again. */
function withoutHeld(source: Source, files: readonly Uint8Array[]): Source {
  const held = new Set<string>();
  for (const file of files)
    for (const line of gunzipSync(file.subarray(file.indexOf(0x0a) + 1))
      .toString('latin1')
      .split('\n')
      .slice(1, -2)) {
      const { bucket, key } = JSON.parse(line);
      held.add(`${bucket}/${key}`);
    }
  return {
    ...source,
    open: async (ref, options) => {
      if (ref.versionId === undefined && held.has(`${ref.bucket}/${ref.key}`))
        throw new Error(`${ref.key} is read again`);
      return source.open(ref, options);
    },
  };
}

const WAYS: readonly (readonly [string, (store: Parameters<typeof memorySource>[0]) => Source])[] = [
  ['S3 with versions', (store) => memorySource(store, { versions: true })],
  ['a bare folder', (store) => memorySource(store, { metadata: false })],
];

describe.each(WAYS)('%s: shards give what one machine gives', (way, open) => {
  const isPart = way === 'a bare folder' && !EVERY_WAY;
  const all = isPart ? scenarios.filter(({ name }) => WITHOUT_METADATA.includes(name)) : scenarios;
  test.each(all)('$name', async ({ name, build }) => {
    const scenario = build();
    // A key ring remembers which keys were used: each run has its own.
    const options = () => optionsOf(build(), open(scenario.store));
    const single = await outcomeOf(() => alone(options()));
    const chains = new Set((await planned(options(), 1_000)).flatMap(({ chains }) => chains)).size;
    const turn = scenarios.findIndex((one) => one.name === name) % SHARDS_A_CHAIN.length;
    for (const each of EVERY_WAY ? SHARDS_A_CHAIN : SHARDS_A_CHAIN.slice(turn, turn + 1)) {
      const run = options();
      // What a state proves, a plan may hold or leave out.
      for (const settled of [undefined, settledBy(run)].slice(0, run.state?.previous === undefined ? 1 : 2)) {
        const plan = await planFor(run, each * Math.max(1, chains), settled);
        const files = await readAll(plan, options());
        const source = withoutHeld(run.source, files);
        const together = await outcomeOf(() => merged(plan, resultsIn(files), { ...run, source }));
        expect({ each, together }).toEqual({ each, together: single });
      }
    }
  });
});

async function outcomeOf(run: () => Promise<Outcome>): Promise<string> {
  return run().then(textOf, (error: unknown) => String(error));
}

async function planned(options: ReturnType<typeof optionsOf>, count: number) {
  const shards = await planFor(options, count).then(
    (plan) => [...plan.shards],
    () => [],
  );
  return shards.map(({ stretches }) => ({
    chains: stretches.map(({ account, region, trail, kind }) => `${account}/${region}/${trail}/${kind}`),
  }));
}

function settledBy({ state, from, to, clock }: ReturnType<typeof optionsOf>): Settled {
  const now = clock?.now() ?? 0;
  const checkpoint = state?.previous?.checkpoint;
  return (place, chain) => checkpoint && readSince(checkpoint, place, { from, to: to ?? now }, chain);
}
