import { fixedClock, HOUR, MINUTE } from '../../src/base/clock.ts';
import {
  type ChainPlan,
  type RunContext,
  showExamined,
  type WalkStep,
} from '../../src/chain/list-digests.ts';
import { ChainWalk } from '../../src/chain/walk-chain.ts';
import type { Source } from '../../src/source/source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { TestTrail } from '../support/test-trail.ts';
import { contextOver, listed, planOf, START, trailOf } from './chain-fixture.ts';

/** What is walked: a trail, and how the walk differs from one over all that it delivered. */
export interface Setting {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  /** Everything the trail delivered to the store, as the listing shows it, unless a test says otherwise. */
  readonly plan?: (trail: TestTrail) => Partial<ChainPlan>;
  readonly context?: Partial<RunContext>;
  readonly source?: Source;
}

/** A trail of so many hours, and what `build` makes of it. */
export function setting(hours: number, build?: (trail: TestTrail, store: ObjectStore) => void): Setting {
  const { store, trail } = trailOf(hours);
  build?.(trail, store);
  return { store, trail };
}

/** Walks a chain to its end, an hour and a half after the trail's. */
export async function walk({ store, trail, plan, context, source }: Setting): Promise<readonly WalkStep[]> {
  const there = trail.digests.filter(({ bucket, key }) => store.get(bucket, key) !== undefined);
  const now = trail.end + 90 * MINUTE;
  const run = contextOver(source ?? store, {
    clock: fixedClock(now),
    window: { from: undefined, to: now },
    ...context,
  });
  const steps: WalkStep[] = [];
  const walked = new ChainWalk(planOf({ listed: there.map(listed), ...plan?.(trail) }), run);
  for await (const step of walked.steps()) {
    await showExamined(run, step);
    steps.push(step);
  }
  return steps;
}

/** What a walk told, in short: digests as `hour outcome`, findings as `hour CODE`, time as `from-to`, in hours since START. */
export function brief(steps: readonly WalkStep[]): readonly string[] {
  const hours = (time: number): string => String(Math.round(((time - START) / HOUR) * 100) / 100);
  return steps.flatMap(({ events }) =>
    events.flatMap((event) => {
      switch (event.type) {
        case 'digest': {
          const stamp = /_(\d{8}T\d{6}Z)/.exec(event.object.key)?.[1] ?? '';
          const time = Date.parse(stamp.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
          return [`${hours(time)} ${event.outcome}${event.provenBy === 'successor' ? ' by successor' : ''}`];
        }
        case 'finding': {
          const { time = '', code, weight } = event.finding;
          return [`${hours(Date.parse(time))} ${code}${weight === 'note' ? ' (note)' : ''}`];
        }
        case 'covered':
          return [`covered ${hours(event.from)}-${hours(event.to)}`];
        case 'uncovered':
          return [`${event.reason} ${hours(event.from)}-${hours(event.to)}`];
        default:
          return [];
      }
    }),
  );
}
