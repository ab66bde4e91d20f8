import { type CheckerOptions, openChecker } from '../../src/checking/check-threads.ts';
import type { OpenChecker } from '../../src/checking/contract.ts';
import type { Source } from '../../src/source/source.ts';
import { startCheckThread } from './bundled-threads.ts';

/** The source as only its own methods read it: log files are then checked one by one. */
export function withoutAccess({ access: _, ...source }: Source): Source {
  return source;
}

/** A checker whose threads start with the first file. Throws where there is none by these options. */
export function threadsAtOnce(options: CheckerOptions): OpenChecker {
  const checker = openChecker({ after: 0, start: startCheckThread, ...options });
  if (checker === undefined) throw new Error('there is no checker of that kind');
  return checker;
}

/** Whether every way is held against one by one, for every scenario: it takes minutes, and a part of them as a rule. */
export const EVERY_WAY: boolean = process.env.EVERY_WAY === '1';

/** The ways that the scenario in that place takes: all if every way is asked for, or one of them, each in its turn. */
export function waysOf<Way>(ways: readonly Way[], place: number): readonly Way[] {
  const at = place % ways.length;
  return EVERY_WAY ? ways : ways.slice(at, at + 1);
}

/** Scenarios with their places among all, which choose their ways. */
export function inPlaces<Named>(
  scenarios: readonly Named[],
): readonly (Named & { readonly place: number })[] {
  return scenarios.map((scenario, place) => ({ ...scenario, place }));
}

/** Copies without metadata differ in their digests alone: a part of the scenarios shows it. */
export const WITHOUT_METADATA: readonly string[] = [
  'intact',
  'tampered',
  'log-stored-inflated',
  'two-trails-narrow-window',
];

/** A way of checking log files: on so many threads, natively or not, with so many objects in flight. */
export interface CheckWay {
  readonly name: string;
  readonly options: { readonly checker?: OpenChecker; readonly concurrency: number };
}

/**
 * Threads 0, 1, 2 and 4, native and pure, one and 256 objects in flight, which only threads that ask a server divide. Whoever calls
 * closes the checkers.
 */
export function everyWay(
  kind: 's3' | 'folder',
  open: (options: CheckerOptions) => OpenChecker,
): readonly CheckWay[] {
  return [1, 256].flatMap((concurrency): CheckWay[] => [
    { name: `this thread, ${concurrency} in flight`, options: { concurrency } },
    ...[1, 2, 4].flatMap((threads) =>
      [true, false].map((native) => ({
        name: `${threads} threads, ${native ? 'native' : 'pure'}, ${concurrency} in flight`,
        options: {
          checker: open({ threads, native, ...(kind === 's3' ? { concurrency } : {}) }),
          concurrency,
        },
      })),
    ),
  ]);
}
