import type { Account, OrganizationsClient } from '@aws-sdk/client-organizations';
import { knownTime } from '../base/clock.ts';
import { AnswerNotUnderstoodError } from './failure.ts';
import { refusalOf } from './identity.ts';
import { optionalPackage } from './optional-package.ts';
import type { AwsSession } from './session.ts';
import type { EnabledRegion, MemberAccount, Organization, TrailLimit } from './trail-description.ts';

/** Organizations have up to some ten thousand accounts, twenty to a page. */
const MAX_PAGES = 5_000;
/** Accounts that a limit names. */
const MOST_NAMED = 20;

/**
 * The organization of the account in use, with its accounts. A refused call becomes a limit; without the organization itself
 * there is only the limit. Throws CREDENTIALS, CONFIGURATION.
 */
export async function describeOrganization(
  session: AwsSession,
  region: string,
): Promise<{ readonly organization?: Organization | undefined; readonly limits: readonly TrailLimit[] }> {
  const { OrganizationsClient, DescribeOrganizationCommand } = await loadOrganizations();
  const client = new OrganizationsClient(await session.clientSettings('ORGANIZATIONS', region));
  try {
    const { Organization: described } = await client.send(new DescribeOrganizationCommand({}));
    const id = described?.Id;
    if (id === undefined) return { limits: [unknown('DescribeOrganization gave no id')] };
    const managementAccount = described?.MasterAccountId;
    const owner = managementAccount === undefined ? {} : { managementAccount };
    try {
      const accounts = await listAccounts(client);
      // Every organization has its own management account among them.
      if (!accounts.some((account) => account.id === managementAccount))
        throw new AnswerNotUnderstoodError('the management account is not among them');
      return { organization: { id, ...owner, accounts }, limits: notYetMade(accounts) };
    } catch (error) {
      const reason = await refusalOf(session, region, error);
      return { organization: { id, ...owner, accounts: [] }, limits: [unknown(`ListAccounts: ${reason}`)] };
    }
  } catch (error) {
    return { limits: [unknown(`DescribeOrganization: ${await refusalOf(session, region, error)}`)] };
  } finally {
    client.destroy();
  }
}

/** A package that only trails of an organization need. */
function loadOrganizations(): Promise<typeof import('@aws-sdk/client-organizations')> {
  return optionalPackage('@aws-sdk/client-organizations', () => import('@aws-sdk/client-organizations'));
}

async function listAccounts(client: OrganizationsClient): Promise<readonly MemberAccount[]> {
  const { ListAccountsCommand } = await loadOrganizations();
  const accounts = new Map<string, MemberAccount>();
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await client.send(
      new ListAccountsCommand(token === undefined ? {} : { NextToken: token }),
    );
    for (const account of answer.Accounts ?? []) addAccount(accounts, account);
    // An empty page with a token is no end (API reference, ListAccounts).
    if (answer.NextToken === undefined) return [...accounts.values()];
    if (answer.NextToken === token) break;
    token = answer.NextToken;
  }
  throw new AnswerNotUnderstoodError('its pages do not end');
}

/** Accounts that no trail has reached, which are not looked for. */
function notYetMade(accounts: readonly MemberAccount[]): readonly TrailLimit[] {
  const names = accounts.filter(({ status }) => status === 'PENDING_ACTIVATION').map(({ id }) => id);
  if (names.length === 0) return [];
  const text = `The making of these accounts is not finished, so digests of theirs are not expected: ${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''}.`;
  return [{ code: 'MEMBERS_NOT_OWED', text }];
}

function addAccount(accounts: Map<string, MemberAccount>, account: Account): void {
  const { Id: id, JoinedTimestamp } = account;
  const joined = knownTime(JoinedTimestamp?.getTime());
  if (id === undefined) return;
  // `State` takes the place of `Status`, which is to be withdrawn (API reference, Account).
  const status = account.State ?? account.Status ?? 'UNKNOWN';
  accounts.set(id, { id, status, joined });
}

function unknown(reason: string): TrailLimit {
  return {
    code: 'ORGANIZATION_UNKNOWN',
    text: `The accounts of the organization could not be learned, so an account without any digest goes unnoticed. ${reason}`,
  };
}

/** No partition has as many Regions as this many pages of fifty. */
const MOST_REGION_PAGES = 20;

/** The Regions that are enabled; none where they could not be listed whole, which `limits` then says. */
export interface ListedRegions {
  readonly regions: readonly EnabledRegion[];
  readonly limits: readonly TrailLimit[];
}

/**
 * The Regions that are enabled for an account; `account` only where it is not the one in use, which then must be the
 * organization's management account (API reference, ListRegions). A refusal becomes a limit. Throws CREDENTIALS, CONFIGURATION.
 */
export async function listEnabledRegions(
  session: AwsSession,
  region: string,
  account: string | undefined,
): Promise<ListedRegions> {
  const { AccountClient, ListRegionsCommand } = await optionalPackage(
    '@aws-sdk/client-account',
    () => import('@aws-sdk/client-account'),
  );
  const client = new AccountClient(await session.clientSettings('ACCOUNT', region));
  const regions = new Map<string, EnabledRegion>();
  let token: string | undefined;
  try {
    for (let page = 0; page < MOST_REGION_PAGES; page += 1) {
      const answer = await client.send(
        new ListRegionsCommand({
          MaxResults: 50,
          RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
          AccountId: account,
          NextToken: token,
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
    return regionsUnknown(await refusalOf(session, region, error));
  } finally {
    client.destroy();
  }
}

function regionsUnknown(reason: string): ListedRegions {
  const text = `The enabled Regions could not be learned. ListRegions: ${reason}`;
  return { regions: [], limits: [{ code: 'REGIONS_UNKNOWN', text }] };
}
