import * as z from 'zod/mini';
import { parseBy } from '../../base/document-schema.ts';
import type { Expectation } from '../../chain/list-digests.ts';
import { isAccountId, isOrganizationId, isRegionName } from '../../digest/digest-key.ts';
import { invalidFile, type OptionFile, optionDocument, readOptionFile, wrongEntry } from './files.ts';

/** Ten thousand accounts with their Regions fit in well. */
const MOST_MIB = 16;
/** Accounts times Regions times trails; more are a mistake in the file. */
const MOST_EXPECTATIONS = 1_000_000;
const HINT =
  'for example {"accounts": ["111122223333"], "regions": ["us-east-1"], "trails": ["my-trail"]}, or an array of {"account": "111122223333", "region": "us-east-1", "trail": "my-trail"}';

const account = z.string().check(z.refine(isAccountId, 'is not an account id of twelve digits'));
const region = z.string().check(z.refine(isRegionName, 'is not a Region name'));
const trail = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,128}$/, 'is not a trail name'));
/** Whose organization's trail it is, and the account that owns it: there the acts are recorded that stop it. */
const organization = {
  organization: z.optional(
    z.string().check(z.refine(isOrganizationId, 'is not an organization id such as o-exampleorg1')),
  ),
  owner: z.optional(account),
};
const CHAINS = ['accounts', 'regions', 'trails'];
const namesSomething = (entry: object): boolean => CHAINS.some((name) => name in entry);
const isOwnerPlaced = (entry: { readonly organization?: unknown; readonly owner?: unknown }): boolean =>
  (entry.organization === undefined) === (entry.owner === undefined);
const TOGETHER = 'organization and owner go together';
const listOf = (name: z.ZodMiniType<string>) => z.optional(z.array(name).check(z.minLength(1, 'is empty')));
const product = z
  .strictObject({
    accounts: listOf(account),
    regions: listOf(region),
    trails: listOf(trail),
    ...organization,
  })
  .check(z.refine(namesSomething, 'names nothing'), z.refine(isOwnerPlaced, TOGETHER));
const single = z
  .strictObject({
    account: z.optional(account),
    region: z.optional(region),
    trail: z.optional(trail),
    ...organization,
  })
  .check(z.refine(isOwnerPlaced, TOGETHER));
const SINGULAR = ['account', 'region', 'trail'];

/**
 * The chains that a file says must be there: `{accounts, regions, trails}`, of which every combination is meant,
 * an array of such, or of `{account, region, trail}`; what is left out means any, and `organization` with `owner` tells
 * whose trail it is. Throws
 * CONFIGURATION, naming the file and the place in it. `onFile` sees its bytes.
 */
export async function readExpectFile(
  file: string,
  onFile?: (name: string, bytes: Uint8Array) => void,
): Promise<readonly Expectation[]> {
  const about: OptionFile = { option: '--expect', file, most: MOST_MIB, hint: HINT };
  const bytes = await readOptionFile(about);
  onFile?.(file, bytes);
  const document = optionDocument(bytes, about);
  const entries: readonly unknown[] = Array.isArray(document) ? document : [document];
  if (entries.length === 0) throw invalidFile(about, 'names nothing');
  const expectations: Expectation[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = Array.isArray(document) ? `entry ${index + 1}` : '';
    for (const expectation of readEntry(entry, about, place)) {
      if (expectations.length === MOST_EXPECTATIONS)
        throw invalidFile(about, 'names more than a million chains');
      expectations.push(expectation);
    }
  }
  return expectations;
}

function* readEntry(entry: unknown, about: OptionFile, place: string): Generator<Expectation> {
  const isSingle = typeof entry === 'object' && entry !== null && SINGULAR.some((name) => name in entry);
  if (isSingle) {
    const parsed = parseBy(single, entry);
    if ('problem' in parsed) throw wrongEntry(about, place, parsed.problem);
    yield expectation(parsed.value, parsed.value.account, parsed.value.region, parsed.value.trail);
    return;
  }
  const parsed = parseBy(product, entry);
  if ('problem' in parsed) throw wrongEntry(about, place, parsed.problem);
  for (const one of parsed.value.accounts ?? [undefined]) {
    for (const inRegion of parsed.value.regions ?? [undefined]) {
      for (const ofTrail of parsed.value.trails ?? [undefined])
        yield expectation(parsed.value, one, inRegion, ofTrail);
    }
  }
}

function expectation(
  {
    organization: id,
    owner,
  }: { readonly organization?: string | undefined; readonly owner?: string | undefined },
  ofAccount: string | undefined,
  inRegion: string | undefined,
  ofTrail: string | undefined,
): Expectation {
  return {
    ...(ofAccount === undefined ? {} : { account: ofAccount }),
    ...(inRegion === undefined ? {} : { region: inRegion }),
    ...(ofTrail === undefined ? {} : { trail: ofTrail }),
    ...(id === undefined || owner === undefined ? {} : { organization: id, owner }),
    basis: 'expect-file',
  };
}
