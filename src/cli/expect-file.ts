import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Expectation, isAccountId, isRegionName, TrailVerifyError } from '../index.ts';

/** Ten thousand accounts with their Regions fit in well. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Accounts times Regions times trails; more are a mistake in the file. */
const MOST_EXPECTATIONS = 1_000_000;
const HINT =
  'for example {"accounts": ["111122223333"], "regions": ["us-east-1"], "trails": ["my-trail"]}, or an array of {"account": "111122223333", "region": "us-east-1", "trail": "my-trail"}';

const account = z.string().refine(isAccountId, 'is not an account id of twelve digits');
const region = z.string().refine(isRegionName, 'is not a Region name');
const trail = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'is not a trail name');
const namesSomething = (entry: object): boolean => Object.keys(entry).length > 0;
const product = z
  .strictObject({
    accounts: z.array(account).min(1, 'is empty').optional(),
    regions: z.array(region).min(1, 'is empty').optional(),
    trails: z.array(trail).min(1, 'is empty').optional(),
  })
  .refine(namesSomething, 'names nothing');
const single = z.strictObject({
  account: account.optional(),
  region: region.optional(),
  trail: trail.optional(),
});
const SINGULAR = ['account', 'region', 'trail'];

/**
 * The chains that a file says must be there: `{accounts, regions, trails}`, of which every combination is meant,
 * an array of such, or of `{account, region, trail}`; what is left out means any. Throws
 * CONFIGURATION, naming the file and the place in it. `onFile` sees its bytes.
 */
export async function readExpectFile(
  file: string,
  onFile?: (name: string, bytes: Uint8Array) => void,
): Promise<readonly Expectation[]> {
  const bytes = await readBytes(file);
  onFile?.(file, bytes);
  const document = parseJson(bytes.toString('utf8'), file);
  const entries: readonly unknown[] = Array.isArray(document) ? document : [document];
  if (entries.length === 0) throw invalid(file, 'names nothing');
  const expectations: Expectation[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = Array.isArray(document) ? `entry ${index + 1}` : '';
    for (const expectation of readEntry(entry, file, place)) {
      if (expectations.length === MOST_EXPECTATIONS) throw invalid(file, 'names more than a million chains');
      expectations.push(expectation);
    }
  }
  return expectations;
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > MOST_BYTES) throw invalid(file, 'is larger than 16 MiB');
    return bytes;
  } catch (error) {
    if (error instanceof TrailVerifyError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new TrailVerifyError('CONFIGURATION', `--expect file ${file} cannot be read: ${detail}`, {
      hint: 'check its name and your permission to read it',
      cause: error,
    });
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(file, 'is not JSON', error);
  }
}

function* readEntry(entry: unknown, file: string, place: string): Generator<Expectation> {
  const isSingle = typeof entry === 'object' && entry !== null && SINGULAR.some((name) => name in entry);
  if (isSingle) {
    const parsed = single.safeParse(entry);
    if (!parsed.success) throw wrongEntry(file, place, parsed.error);
    yield expectation(parsed.data.account, parsed.data.region, parsed.data.trail);
    return;
  }
  const parsed = product.safeParse(entry);
  if (!parsed.success) throw wrongEntry(file, place, parsed.error);
  for (const one of parsed.data.accounts ?? [undefined]) {
    for (const inRegion of parsed.data.regions ?? [undefined]) {
      for (const ofTrail of parsed.data.trails ?? [undefined]) yield expectation(one, inRegion, ofTrail);
    }
  }
}

function expectation(
  ofAccount: string | undefined,
  inRegion: string | undefined,
  ofTrail: string | undefined,
): Expectation {
  return {
    ...(ofAccount === undefined ? {} : { account: ofAccount }),
    ...(inRegion === undefined ? {} : { region: inRegion }),
    ...(ofTrail === undefined ? {} : { trail: ofTrail }),
    basis: 'expect-file',
  };
}

function wrongEntry(file: string, place: string, error: z.ZodError): TrailVerifyError {
  const [issue] = error.issues;
  const where = [place, issue?.path.join('.') ?? ''].filter((part) => part !== '').join(': ');
  const what = issue?.message ?? 'is of an unknown form';
  return invalid(file, `is not understood (${where === '' ? what : `${where}: ${what}`})`, error);
}

function invalid(file: string, why: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `--expect file ${file} ${why}`, { hint: HINT, cause });
}
