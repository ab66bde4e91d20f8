import type { Figure } from './statistics.ts';

/** How a run of the benchmark was asked for. */
export interface BenchOptions {
  /** Small sizes, one round, no judging: does everything work? */
  readonly quick: boolean;
  /** What takes an hour too. */
  readonly full: boolean;
  /** Rounds in which the contenders of a row take turns. */
  readonly rounds: number;
  /** Further options of `verify` for every run of ours. */
  readonly verifyOptions: readonly string[];
}

/** What a row gives: its figures, and in words what it was made of; or why it was left out. */
export type RowResult =
  | { readonly figures: readonly Figure[]; readonly notes: readonly string[] }
  | { readonly skipped: string };

/** One line of the table: a piece of work and how long it takes. Throws where a verdict or a count is wrong. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly goal: string;
  readonly run: (options: BenchOptions) => Promise<RowResult>;
}

/** Throws where two values that must be the same are not. */
export function mustBe(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what} is ${is} and must be ${should}`);
}

/** Lets each contender run once a round, in turns, so that what slows the machine down slows all of them. */
export async function inRounds<Sample>(
  rounds: number,
  contenders: readonly (() => Promise<Sample>)[],
): Promise<readonly (readonly Sample[])[]> {
  const samples: Sample[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [at, contender] of contenders.entries()) samples[at]?.push(await contender());
  return samples;
}
