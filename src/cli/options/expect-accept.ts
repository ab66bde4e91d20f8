/**
 * The files of --expect and --accept, which somebody writes by hand: chains that must be there, and findings that are accepted.
 * They are read by strict rules, because a file that two readers could take differently proves nothing.
 */

import * as z from 'zod/mini';
import { isoTime } from '../../base/clock.ts';
import { fieldText, parseBy, type SchemaProblem } from '../../base/document-schema.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { strictJson } from '../../base/json.ts';
import { isAccountId, isOrganizationId, isRegionName } from '../../base/names.ts';
import type { Expectation } from '../../chain/list-digests.ts';
import { FINDING_CODES, isFindingCode } from '../../findings/catalogue.ts';
import {
  type Acceptance,
  isAcceptable,
  isCloseEnough,
  MOST_PATTERN,
  TO_BE_WRITTEN,
} from '../../findings/event.ts';
import { type OnFile, readGiven } from '../io/files.ts';
import { TRAIL_NAME } from './window.ts';

/** A file that an option names, and that somebody wrote by hand: its name in messages, its greatest length, an example. */
interface OptionFile {
  readonly option: string;
  readonly file: string;
  /** In MiB. */
  readonly most: number;
  readonly hint: string;
}

/** The JSON document of the file. Throws CONFIGURATION where it cannot be read, and for anything that two readers could take differently. */
async function readDocument(about: OptionFile, onFile: OnFile | undefined): Promise<unknown> {
  const { option, file, most } = about;
  const bytes = await readGiven(file, {
    what: `${option} file`,
    most: most * 1024 * 1024,
    code: 'CONFIGURATION',
  });
  onFile?.(file, bytes);
  const read = strictJson(bytes, { mayHaveMark: true });
  if ('value' in read) return read.value;
  throw invalidFile(about, read.problem, read.cause);
}

/** The error for an entry that is not understood; `place` says which, '' where there is only one. */
function wrongEntry(about: OptionFile, place: string, problem: SchemaProblem): TrailVerifyError {
  const what = fieldText(problem);
  return invalidFile(about, `is not understood (${place === '' ? what : `${place}: ${what}`})`);
}

/** The error for a file that cannot be used; `why` goes on after its name. */
function invalidFile({ option, file, hint }: OptionFile, why: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `${option} file ${file} ${why}`, { hint, cause });
}

/** Ten thousand accounts with their Regions fit in well. */
const MOST_MIB = 16;
/** Accounts times Regions times trails; more are a mistake in the file. */
const MOST_EXPECTATIONS = 1_000_000;
const EXPECT_HINT =
  'for example {"accounts": ["111122223333"], "regions": ["us-east-1"], "trails": ["my-trail"]}, or an array of {"account": "111122223333", "region": "us-east-1", "trail": "my-trail"}';

const account = z.string().check(z.refine(isAccountId, 'is not an account id of twelve digits'));
const region = z.string().check(z.refine(isRegionName, 'is not a Region name'));
const trail = z.string().check(z.regex(TRAIL_NAME, 'is not a trail name'));
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
 * The chains that a file says must be there: `{accounts, regions, trails}`, of which every combination is meant, an array of
 * such, or of `{account, region, trail}`. A part that is left out means any, and `organization` with `owner` says whose trail
 * it is. Throws CONFIGURATION, naming the file and the place in it. `onFile` sees its bytes.
 */
export async function readExpectFile(file: string, onFile?: OnFile): Promise<readonly Expectation[]> {
  const about: OptionFile = { option: '--expect', file, most: MOST_MIB, hint: EXPECT_HINT };
  const document = await readDocument(about, onFile);
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
    account: ofAccount,
    region: inRegion,
    trail: ofTrail,
    organization: id,
    owner,
    basis: 'expect-file',
  };
}

const MOST_ACCEPTANCES = 1000;
const ACCEPT_HINT =
  'for example [{"name": "migration gap", "code": "CHAIN_RESTARTED", "chain": "111122223333/*", "window": {"from": "2026-11-02T10:00:00Z", "to": "2026-11-02T14:00:00Z"}, "reason": "trail moved, change 4711", "acceptedBy": "internal audit", "expires": "2027-01-31"}]';

/** A control character or a line end in a word of every report has no good use. */
const words = (most: number) =>
  z
    .string()
    .check(
      z.maxLength(most, `is longer than ${most} characters`),
      z.regex(/^(?![\s\p{Cf}]*$)[^\p{Cc}]+$/u, 'is empty or holds a control character'),
    );
/** Nobody answers for an entry that is still as this tool proposed it. */
const written = (most: number) =>
  words(most).check(
    z.refine(
      (text) => !text.trim().startsWith(TO_BE_WRITTEN),
      'is still the text to be replaced: write your own',
    ),
  );
const pattern = words(MOST_PATTERN).check(
  z.refine((text) => /[^*\s]/.test(text), 'names nothing: * alone would accept everything'),
);
const day = z
  .string()
  .check(
    z.regex(
      /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}Z)?$/,
      'is no date and no time such as 2027-01-31T00:00:00Z',
    ),
    z.refine(isDay, 'is a day or time that there is not'),
  );
const time = z.pipe(
  day,
  z.transform((text: string) => isoTime(Date.parse(text))),
);
const acceptable = z.transform((text: string, { issues }) => {
  if (isFindingCode(text) && isAcceptable(text)) return text;
  const known = FINDING_CODES.filter(isAcceptable).join(', ');
  const message = isFindingCode(text)
    ? `${text} cannot be accepted; these can: ${known}`
    : `there is no finding code ${JSON.stringify(text.slice(0, 60))}`;
  issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});
const window = z.strictObject({ from: z.exactOptional(time), to: z.exactOptional(time) }).check(
  z.refine(({ from, to }) => from !== undefined || to !== undefined, 'has neither from nor to'),
  z.refine(({ from = '', to = '~' }) => from < to, 'ends before it begins'),
);
const acceptance = z
  .strictObject({
    name: words(100),
    code: z.pipe(z.string(), acceptable),
    object: z.exactOptional(pattern),
    chain: z.exactOptional(pattern),
    window: z.exactOptional(window),
    reason: written(2000),
    acceptedBy: written(200),
    expires: time,
  })
  .check(
    z.refine(
      ({ object, chain, window }) => object !== undefined || chain !== undefined || window !== undefined,
      'names neither object nor chain nor window',
    ),
    z.refine(isCloseEnough, 'accepts findings of keys: it must name the very object, without *'),
  );

/**
 * The acceptances of a file: a JSON array of `{name, code, object, chain, window, reason, acceptedBy, expires}`; a date is
 * its beginning in UTC. Throws CONFIGURATION, naming the file and the entry, for anything else, and for codes that are
 * never accepted. `onFile` sees its bytes.
 */
export async function readAcceptFile(file: string, onFile?: OnFile): Promise<readonly Acceptance[]> {
  const about: OptionFile = { option: '--accept', file, most: 1, hint: ACCEPT_HINT };
  const document = await readDocument(about, onFile);
  if (!Array.isArray(document)) throw invalidFile(about, 'is not a JSON array');
  if (document.length > MOST_ACCEPTANCES)
    throw invalidFile(about, `holds more than ${MOST_ACCEPTANCES} entries`);
  const acceptances: Acceptance[] = [];
  const names = new Set<string>();
  for (const [index, entry] of document.entries()) {
    const parsed = parseBy(acceptance, entry);
    if ('problem' in parsed) throw wrongEntry(about, `entry ${index + 1}`, parsed.problem);
    // In the order in which a report holds them.
    const { name, code, reason, acceptedBy, expires, ...places } = parsed.value;
    if (names.has(name)) throw invalidFile(about, `calls two entries ${JSON.stringify(name)}`);
    names.add(name);
    acceptances.push({ name, code, reason, acceptedBy, expires, ...places });
  }
  return acceptances;
}

/** Date.parse lets the 30th of February run over into March. */
function isDay(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && isoTime(at).startsWith(text.replace(/Z$/, ''));
}
