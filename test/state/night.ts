/** A night's run over a store in memory, with the state that the night before left. */
import { fixedClock } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import type { Source } from '../../src/source/source.ts';
import { countSource, type SourceCounts } from '../../src/source/wrappers.ts';
import { type NextCheckpoint, type ReadCheckpoint, stateFileBytes } from '../../src/state/checkpoint.ts';
import { readCheckpoint, type StateOptions } from '../../src/state/read-checkpoint.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { fileRing } from '../support/test-keys.ts';

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
    targets: [{ bucket: 'example-trail-logs', prefix: '' }],
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

/** The codes of a report's findings, notes left out, sorted. */
export function codesOf({ findings }: Report): readonly string[] {
  return findings
    .filter(({ weight }) => weight !== 'note')
    .map(({ code }) => code)
    .sort();
}
