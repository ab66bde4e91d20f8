/** The middle of some numbers; of an even count the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** What a row measures: one value for each round. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly goal?: { readonly least: number } | { readonly most: number };
}

/** A figure with its middle, its extremes, and whether the middle meets the goal. */
export interface JudgedFigure extends Figure {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly met?: boolean;
}

/** Judges a figure by its median. */
export function judge(figure: Figure): JudgedFigure {
  const { values, goal } = figure;
  const middle = median(values);
  const whole = { ...figure, median: middle, lowest: Math.min(...values), highest: Math.max(...values) };
  if (goal === undefined) return whole;
  return { ...whole, met: 'least' in goal ? middle >= goal.least : middle <= goal.most };
}

/** How many times `left` is `right`, round by round. */
export function ratios(left: readonly number[], right: readonly number[]): readonly number[] {
  return left.map((value, at) => value / (right[at] ?? Number.NaN));
}
