import type { Span } from '../../findings/finding.ts';
import type { Depth } from '../../findings/state-use.ts';
import type { Report } from '../../report/report.ts';
import { countOf } from '../words.ts';

/** What each depth means, for who reads of one. */
export const DEPTH_WORDS: Readonly<Record<Depth, string>> = {
  full: 'everything in the window was read',
  'chain+listing': 'what is new was read; of the days before, their listings were compared',
  chain: 'what is new was read, and nothing of the days before',
};

/** How deep the run looked, in numbers of chains; not escaped. */
export function depthText({ chains }: Report): string {
  const counts = (['full', 'chain+listing', 'chain'] as const)
    .map((depth) => [depth, chains.filter((chain) => chain.depth === depth).length] as const)
    .filter(([, count]) => count > 0)
    .map(([depth, count]) => `${depth} (${countOf(count, 'chain')})`);
  return counts.join(', ') || 'no chain';
}

/**
 * What became of the days before the checkpoint, and at most `most` names of places whose checkpoint stays, the rest
 * counted; not escaped.
 */
export function daysText(
  state: NonNullable<Report['state']>,
  most: number = Number.POSITIVE_INFINITY,
): string {
  const { unchanged, changed, sampled } = state.days;
  const named = state.held.slice(0, most);
  const rest = state.held.length - named.length;
  const names = [...named, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  const held = names === '' ? '' : `; held back: ${names}`;
  return `${countOf(unchanged, 'day')} unchanged, ${changed.length} changed, ${sampled.length} drawn${held}`;
}

/** Where the state lies and the checkpoint that the run began with; not escaped; for a run with a state. */
export function stateText({ location, read }: NonNullable<Report['state']>): string {
  if (read === null) return `${location}, none before`;
  return `${location}, from ${read.sha256} of ${read.written}${read.vouching === null ? `; ${FINDS_ONLY}` : ''}`;
}

/** What a state is good for that nobody known vouches for. */
export const FINDS_ONLY =
  'nobody known signed it, so it only adds findings: everything in the window was read as without it';

/** A stretch of one chain that this run did not read again: the checkpoint it began with proves it, or nothing does. */
export interface VouchedSpan extends Span {
  readonly id: string;
}

/** Every such stretch, in the order of chains. */
export function vouchedSpans({ chains }: Report): readonly VouchedSpan[] {
  return chains.flatMap(({ id, vouched = [] }) => vouched.map((span) => ({ id, ...span })));
}
