/** One verification of a store, with what it asked of the source. */
import { fixedClock } from '../../src/base/clock.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import type { FindingCode } from '../../src/findings/finding.ts';
import type { Report } from '../../src/report/report.ts';
import type { ListRequest, ObjectRef, Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { fileRing } from '../support/test-keys.ts';

/** A report, the events behind it, and what was listed and opened on the way. */
export interface Run {
  readonly report: Report;
  readonly events: readonly TrailEvent[];
  readonly listings: readonly ListRequest[];
  readonly opened: readonly ObjectRef[];
}

/** Verifies everything in a store's first bucket, or as `options` say, at `now` (milliseconds since the epoch). */
export async function run(
  store: ObjectStore,
  now: number,
  options: Partial<VerifyOptions> = {},
): Promise<Run> {
  const events: TrailEvent[] = [];
  const listings: ListRequest[] = [];
  const opened: ObjectRef[] = [];
  const report = await verifyTrail(
    {
      source: watched(memorySource(store), listings, opened),
      targets: [{ bucket: store.bucketNames()[0] ?? '', prefix: '' }],
      keyRing: fileRing(),
      clock: fixedClock(now),
      ...options,
    },
    (event) => events.push(event),
  );
  return { report, events, listings, opened };
}

/** The codes of a report's findings with their counts. */
export function codesOf({ findings }: Report): Partial<Record<FindingCode, number>> {
  const counts: Partial<Record<FindingCode, number>> = {};
  for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function watched(source: Source, listings: ListRequest[], opened: ObjectRef[]): Source {
  return {
    ...source,
    list: (request) => {
      listings.push(request);
      return source.list(request);
    },
    open: (ref, bounds) => {
      opened.push(ref);
      return source.open(ref, bounds);
    },
  };
}
