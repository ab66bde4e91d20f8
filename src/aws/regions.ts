import { AccountClient, ListRegionsCommand } from '@aws-sdk/client-account';
import { AnswerNotUnderstoodError } from './answer-problem.ts';
import { refusalOf } from './identity.ts';
import type { AwsSession } from './session.ts';
import type { EnabledRegion, TrailLimit } from './trail-description.ts';

/** No partition has as many Regions as this many pages of fifty. */
const MAX_PAGES = 20;

/** The Regions that are enabled; none where they could not be listed whole, which `limits` then says. */
export interface ListedRegions {
  readonly regions: readonly EnabledRegion[];
  readonly limits: readonly TrailLimit[];
}

/**
 * The Regions that are enabled for an account; `account` only where it is not the one in use, which then must be the
 * organization's management account (API reference, ListRegions). A refusal becomes a limit. Throws CREDENTIALS.
 */
export async function listEnabledRegions(
  session: AwsSession,
  region: string,
  account: string | undefined,
): Promise<ListedRegions> {
  const client = new AccountClient(await session.clientSettings('ACCOUNT', region));
  const regions = new Map<string, EnabledRegion>();
  let token: string | undefined;
  try {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await client.send(
        new ListRegionsCommand({
          MaxResults: 50,
          RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
          ...(account === undefined ? {} : { AccountId: account }),
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const { RegionName: name, RegionOptStatus: status } of answer.Regions ?? []) {
        if (name === undefined || (status !== 'ENABLED' && status !== 'ENABLED_BY_DEFAULT')) continue;
        regions.set(name, { name, alwaysOn: status === 'ENABLED_BY_DEFAULT' });
      }
      const next = answer.NextToken;
      if (next === undefined && regions.size > 0) return { regions: [...regions.values()], limits: [] };
      if (next === undefined || next === token) break;
      token = next;
    }
    // No account is without a Region, and no list without an end.
    throw new AnswerNotUnderstoodError(regions.size === 0 ? 'it names none' : 'its pages do not end');
  } catch (error) {
    return unknown(await refusalOf(session, region, error));
  } finally {
    client.destroy();
  }
}

function unknown(reason: string): ListedRegions {
  const text = `Which Regions are enabled could not be learned. ListRegions: ${reason}`;
  return { regions: [], limits: [{ code: 'REGIONS_UNKNOWN', text }] };
}
