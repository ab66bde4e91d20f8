/** The event selectors of the trails of a place, as CloudTrail has them now. */
import { readTrailPostures } from '../../../aws/set-up/trails.ts';
import type { EventSelectors } from '../../../aws/trail-description.ts';
import type { SelectorsOf } from '../../../witness/contract.ts';
import type { AskIn } from './sessions.ts';

type TrailName = Parameters<SelectorsOf>[0]['trails'][number];

/** Asks each account once for the selectors of a trail; undefined where they cannot be learned. */
export function selectorsOfTrails(askIn: AskIn): SelectorsOf {
  const known = new Map<string, Promise<EventSelectors | undefined>>();
  return ({ account, trails }) =>
    Promise.all(
      trails.map((trail) => {
        const id = JSON.stringify([account, trail]);
        const asked = known.get(id) ?? ask(askIn, account, trail);
        known.set(id, asked);
        return asked;
      }),
    );
}

/** An organization's trail is in the account that the organization made it in, which is often the caller's own. */
async function ask(
  askIn: AskIn,
  account: string,
  { trail, homeRegion, organization }: TrailName,
): Promise<EventSelectors | undefined> {
  const isWanted = ({ arn }: { readonly arn: string }): boolean =>
    arn.split(':')[3] === homeRegion && arn.endsWith(`:trail/${trail}`);
  for (const who of organization === undefined ? [account] : [undefined, account]) {
    const answer = await askIn(who, (session) => readTrailPostures(session, homeRegion, isWanted));
    const [found, twin] = 'known' in answer && answer.known ? answer.value : [];
    // Of an account's own trail and its organization's of one name, nobody says which is meant.
    if (found?.selectors.known === true && twin === undefined) return found.selectors.value;
  }
  return undefined;
}
