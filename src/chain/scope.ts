import type { Chain } from '../digest/digest-key.ts';
import type { Expectation } from './expectation.ts';

/** Which chains are meant: exact names; an absent list means all that are found. */
export interface Scope {
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly trails?: readonly string[];
  /** The home Region of the trails meant, where one trail is verified by its ARN. */
  readonly homeRegion?: string;
}

/** The scope as tests: whether a folder of an account or Region is worth a look, and whether a chain is meant. */
export interface ScopeTests {
  includesPlace(account: string | undefined, region: string | undefined): boolean;
  includesChain(chain: Chain): boolean;
  /** Whether what must be there is meant at all. */
  includesExpectation(expected: Expectation): boolean;
}

/** The tests for a scope; without one everything is meant. */
export function scopeTests(scope: Scope = {}): ScopeTests {
  const includesPlace = (account: string | undefined, region: string | undefined): boolean =>
    fits(scope.accounts, account) && fits(scope.regions, region);
  return {
    includesPlace,
    includesChain: (chain) =>
      includesPlace(chain.account, chain.region) &&
      fits(scope.trails, chain.trail) &&
      (scope.homeRegion ?? chain.homeRegion) === chain.homeRegion,
    includesExpectation: ({ account, region, trail }) =>
      includesPlace(account, region) && fits(scope.trails, trail),
  };
}

/**
 * Whoever names an account, Region or trail expects something there: a typing error must not pass as less work. What
 * `others` expect of it already is left to them.
 */
export function scopeExpectations(
  scope: Scope = {},
  others: readonly Expectation[] = [],
): readonly Expectation[] {
  const named = (
    field: 'account' | 'region' | 'trail',
    values: readonly string[] = [],
  ): readonly Expectation[] =>
    values
      .filter((value) => !others.some((other) => other[field] === value))
      .map((value): Expectation => ({ basis: 'scope', [field]: value }));
  return [
    ...named('account', scope.accounts),
    ...named('region', scope.regions),
    ...named('trail', scope.trails),
  ];
}

function fits(named: readonly string[] | undefined, value: string | undefined): boolean {
  return named === undefined || named.length === 0 || value === undefined || named.includes(value);
}
