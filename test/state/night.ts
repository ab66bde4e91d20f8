/** A night's run over a store in memory, with the state that the night before left. */

import { expect } from 'vitest';
import { fixedClock } from '../../src/base/clock.ts';
import { jsonPieces } from '../../src/render/formats/json.ts';
import type { Report } from '../../src/report/report.ts';
import type { Plan } from '../../src/scale/plan.ts';
import { type ResultStore, ShardResults } from '../../src/scale/shard-results.ts';
import type { Source } from '../../src/source/source.ts';
import { countSource, type SourceCounts } from '../../src/source/wrappers.ts';
import { type NextCheckpoint, type ReadCheckpoint, stateFileBytes } from '../../src/state/checkpoint.ts';
import { readSince } from '../../src/state/plan-review.ts';
import { readCheckpoint, type StateOptions } from '../../src/state/read-checkpoint.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { planFor, readAll, resultsIn, TOOL, WORKER, withoutShards } from '../support/shard-run.ts';
import { fileRing } from '../support/test-keys.ts';

const TARGETS = [{ bucket: 'example-trail-logs', prefix: '' }];
const own = WORKER.certificate.fingerprint;
/** Who may have read shards. */
export const TRUSTED: ReadonlySet<string> = new Set([own]);

/** What one night came to. `state` is what the next night is to be given. */
export interface Night {
  readonly report: Report;
  readonly state: ReadCheckpoint | undefined;
  readonly next: NextCheckpoint | undefined;
  readonly counts: SourceCounts;
}

/** Runs one night as at `now` (milliseconds since the epoch). */
export async function night(
  from: ObjectStore | Source,
  now: number,
  previous?: ReadCheckpoint,
  options: Partial<VerifyOptions> & { readonly memory?: Partial<StateOptions> } = {},
): Promise<Night> {
  const counted = countSource('kind' in from ? from : memorySource(from));
  let next: NextCheckpoint | undefined;
  const { memory, ...rest } = options;
  const report = await verifyTrail({
    source: counted.source,
    targets: TARGETS,
    keyRing: fileRing(),
    clock: fixedClock(now),
    runId: 'a night',
    state: {
      location: 'state.json',
      previous,
      take: (taken) => {
        next = taken;
      },
      ...memory,
    },
    ...rest,
  });
  // As if signed, and read by who trusts that signer: what only finds is a subject of its own.
  const state =
    next === undefined
      ? previous
      : {
          ...readCheckpoint(await stateFileBytes(next, undefined, now), 'state.json', undefined),
          isBySigner: true,
        };
  return { report, state, next, counts: counted.counts() };
}

/**
 * As `night`, and the same once more on many machines: by a plan without what `previous` proves. What comes of it must be the same, and
 * so must the state.
 */
export async function nightTwice(...asked: Parameters<typeof night>): Promise<Night> {
  const [from, now, previous, options] = asked;
  const alone = await night(...asked);
  const { plan, results } = await shardsFor(...asked);
  const shards = new ShardResults(plan, { tool: TOOL, store: results, trusted: TRUSTED, own });
  const merged = await night(from, now, previous, { ...options, shards });
  expect(jsonOf(withoutShards(merged.report))).toBe(jsonOf(alone.report));
  expect(merged.next?.sha256).toBe(alone.next?.sha256);
  return alone;
}

/** The plan of a night without what its state proves, and the results of its shards, read by one who is trusted. */
export async function shardsFor(
  ...[from, now, previous, options = {}]: Parameters<typeof night>
): Promise<{ readonly plan: Plan; readonly results: ResultStore }> {
  const source = 'kind' in from ? from : memorySource(from);
  const { memory: _, ...rest } = options;
  const run = { source, targets: TARGETS, clock: fixedClock(now), keyRing: fileRing(), ...rest };
  const window = { from: run.from, to: run.to ?? now };
  const plan = await planFor(
    run,
    5,
    (place, chain) => previous && readSince(previous.checkpoint, place, window, chain),
  );
  return { plan, results: resultsIn(await readAll(plan, { ...run, keyRing: fileRing() })) };
}

function jsonOf(report: Report): string {
  return [...jsonPieces(report)].join('');
}

/** The codes of a report's findings, notes left out, sorted. */
export function codesOf({ findings }: Report): readonly string[] {
  return findings
    .filter(({ weight }) => weight !== 'note')
    .map(({ code }) => code)
    .sort();
}
