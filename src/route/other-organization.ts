import type { Discovery } from '../chain/discover.ts';
import type { Expectation } from '../chain/list-digests.ts';

/** Organizations that a limit names. */
const MOST_NAMED = 20;

/**
 * Says where the bucket holds the folders of other organizations alone than the one that is expected: its members are then not
 * those whose files are there. Undefined where nothing of the kind is to be said.
 */
export function otherOrganization(
  expectations: readonly Expectation[],
  { places }: Discovery,
): string | undefined {
  const expected = new Set(expectations.flatMap(({ organization }) => organization ?? []));
  const found = new Set(
    places.flatMap(({ folders }) => folders.flatMap(({ organization }) => organization ?? [])),
  );
  if (expected.size === 0 || found.size === 0 || [...found].some((id) => expected.has(id))) return undefined;
  const names = [...found].sort();
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `The members that are expected are those of organization ${[...expected].sort().join(', ')}, and the folders found are of another: ${names.slice(0, MOST_NAMED).join(', ')}${more}. So a member of that one without any digest goes unnoticed.`;
}
