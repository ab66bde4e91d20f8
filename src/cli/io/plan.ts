import path from 'node:path';
import {
  byField,
  documentOf,
  flag,
  list,
  object,
  oneOf,
  only,
  optional,
  orNull,
  pattern,
  type Schema,
  text,
} from '../../base/document-schema.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import { sha256 } from '../../crypto/hash.ts';
import { type ReportSigner, signerCertificate } from '../../pki/sign.ts';
import {
  MOST_PLAN_FILE,
  MOST_SHARDS,
  type Plan,
  readPlan,
  readPlanDocument,
  windowOf,
} from '../../scale/plan.ts';
import { MOST_RESULT_FILE } from '../../scale/result.ts';
import type { ResultStore } from '../../scale/shard-results.ts';
import { refuseSignature, signBytes, type TrustedSigners } from '../../scale/signed.ts';
import { openPlanFolder, openPlanPrefix, type PlanStore } from '../../source/state/plan-store.ts';
import type { AccessSettings } from '../options/access.ts';
import type { Place } from '../options/place.ts';
import type { PlanPlace } from '../options/plan.ts';
import type { ReadingSettings, TargetSettings } from '../options/target.ts';
import { TRAIL_NAME } from '../options/window.ts';
import { isOfItsWriter, liesInside } from './files.ts';
import { openSession } from './open-target.ts';
import { readAllCertificates } from './signing/signer.ts';

/** Plans as the command writes and reads them: what was asked for, in which files, and where they must not be. */

/** What a plan keeps of what was asked for: what is verified, and neither credentials nor keys. */
export interface Asked {
  readonly place: Place;
  /** Where a folder was when it was planned, whatever name it was typed by; null for a bucket. */
  readonly folder: string | null;
  readonly trail: (Place & { readonly kind: 'trail' }) | null;
  readonly prefix: string | null;
  readonly layout: 'sync' | 'collect' | 'bag' | null;
  readonly bucket: string | null;
  readonly copyOf: { readonly bucket: string; readonly prefix: string } | null;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly trails: readonly string[];
  readonly relocated: readonly { readonly from: string; readonly to: string }[];
  readonly logs: boolean;
  readonly unlisted: boolean;
  /** Whether the window has an end that was given: a run that leaves a state goes on to the present. */
  readonly hasEnd: boolean;
}

/** As the options take them: a plan is read as if somebody had typed it. */
const bucketName = () => pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}$/);
const region = () => pattern(/^[a-z0-9-]{1,40}$/);
const account = () => pattern(/^\d{12}$/);
const trailPlace = () =>
  object({
    kind: only('trail'),
    arn: pattern(/^arn:aws[a-z0-9-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail\/[A-Za-z0-9._-]{1,128}$/),
    homeRegion: region(),
    account: account(),
    name: pattern(TRAIL_NAME),
  });

const askedSchema: () => Schema<Asked> = documentOf<Asked>()(() =>
  object({
    place: byField('kind', [
      object({
        kind: only('s3'),
        bucket: bucketName(),
        prefix: pattern(/^(?:.*\/)?$/),
        accessPoint: optional(text()),
      }),
      trailPlace(),
      object({ kind: only('folder'), path: pattern(/./) }),
    ]),
    folder: orNull(pattern(/./)),
    trail: orNull(trailPlace()),
    prefix: orNull(pattern(/^(?:.*\/)?$/)),
    layout: orNull(oneOf(['sync', 'collect', 'bag'] as const)),
    bucket: orNull(bucketName()),
    copyOf: orNull(object({ bucket: bucketName(), prefix: pattern(/^(?:.*\/)?$/) })),
    accounts: list(account()),
    regions: list(region()),
    trails: list(pattern(TRAIL_NAME)),
    relocated: list(object({ from: pattern(/./), to: pattern(/./) })),
    logs: flag(),
    unlisted: flag(),
    hasEnd: flag(),
  }),
);

/** What of the settings a plan keeps. */
export function askedOf(settings: TargetSettings): Asked {
  const { place, trail, prefix, layout, accounts, regions, trails, relocated, logs, unlisted } = settings;
  return {
    place,
    folder: place.kind === 'folder' ? path.resolve(place.path) : null,
    trail: trail ?? null,
    prefix: prefix ?? null,
    layout: layout.layout ?? null,
    bucket: layout.bucket ?? null,
    copyOf: layout.copyOf ?? null,
    accounts,
    regions,
    trails,
    relocated,
    logs,
    unlisted,
    hasEnd: settings.to !== undefined,
  };
}

/** The settings of a plan, with how they are read. */
export function settingsOf(
  { document }: Plan<Asked>,
  reading: ReadingSettings,
  now: number | undefined,
): TargetSettings {
  const {
    place,
    trail,
    prefix,
    layout,
    bucket,
    copyOf,
    accounts,
    regions,
    trails,
    relocated,
    logs,
    unlisted,
  } = document.asked;
  const { from, to } = windowOf(document);
  return {
    ...reading,
    place,
    trail: trail ?? undefined,
    prefix: prefix ?? undefined,
    layout: { layout: layout ?? undefined, bucket: bucket ?? undefined, copyOf: copyOf ?? undefined },
    accounts,
    regions,
    trails,
    relocated,
    logs,
    unlisted,
    from,
    to,
    expectFile: undefined,
    now,
  };
}

/** The place of a plan, opened. */
export function openPlanStore(place: PlanPlace, access: AccessSettings): PlanStore {
  return place.kind === 'folder'
    ? openPlanFolder(place.path)
    : openPlanPrefix(openSession(access, undefined), place);
}

const PLAN_FILE = 'plan.json';
const PLAN_SIGNATURE = `${PLAN_FILE}.p7s`;
/** A signature with its certificates has some KB. */
const MOST_SIGNATURE = 256 * 1024;
const SHARDS_FILE = 'shards.jsonl';
const INDICES_FILE = 'indices.json';
const RESULTS = 'results';

/** Writes a plan. Throws OUTPUT_NOT_USABLE where another one is there. */
export async function writePlan(
  store: PlanStore,
  { plan, shards }: { readonly plan: string; readonly shards: string },
): Promise<void> {
  const files: readonly (readonly [name: string, content: string])[] = [
    [SHARDS_FILE, shards],
    [INDICES_FILE, indicesOf(shards)],
    // It is what everybody looks for, and so comes last.
    [PLAN_FILE, plan],
  ];
  for (const [name, content] of files)
    if (!(await store.create(name, Buffer.from(content, 'latin1'))))
      throw new TrailVerifyError(
        'OUTPUT_NOT_USABLE',
        `there is a plan in ${store.location} already, or a part of one: ${name}`,
        { hint: 'give another place with --output: a plan is never replaced' },
      );
}

/**
 * The shards by their numbers, for engines that hand out the items of a list, such as a Distributed Map of Step Functions. Nothing here
 * reads it, so no hash covers it: who changes it can leave out shards, which the merge says, or name some twice.
 */
function indicesOf(shards: string): string {
  const count = shards.split('\n').length - 1;
  return `[${Array.from({ length: count }, (_, index) => `{"index":${index}}`).join(',\n')}]\n`;
}

/**
 * Signs the plan that `store` holds and whose plan.json has the SHA-256 `hash`, for workers: their jobs come out of a store of anybody's,
 * and a plan says what they read. `at` is the time that the signature claims. Rejects with SIGNING_FAILED, OUTPUT_NOT_USABLE.
 */
export async function signPlan(
  store: PlanStore,
  hash: string,
  signer: ReportSigner,
  at: number,
): Promise<void> {
  const plan = await store.read(PLAN_FILE, MOST_PLAN_FILE);
  if (plan === undefined) throw noPlanIn(store);
  if (sha256(plan) === hash) await store.create(PLAN_SIGNATURE, await signBytes(plan, signer, at));
}

/** Throws CONFIGURATION for a plan that none of `signers` has signed. */
async function requireSignedBy(store: PlanStore, plan: Uint8Array, signers: TrustedSigners): Promise<void> {
  const signature = await store.read(PLAN_SIGNATURE, MOST_SIGNATURE);
  const why = signature === undefined ? 'it is not signed' : refuseSignature(plan, signature, signers);
  if (why === undefined) return;
  throw new TrailVerifyError('CONFIGURATION', `the plan in ${store.location} is not read here: ${why}`, {
    hint: 'give the certificate of who may have shards read by this worker with --run-signer',
  });
}

/**
 * Reads the plan whose plan.json has the SHA-256 `expected`; nothing is read of any other, and nothing but what it names. Refuses one
 * that is where the writer of its target can have written it, and one that none of `signers` has signed, where they are given. Throws
 * CONFIGURATION, TARGET_NOT_FOUND.
 */
export async function readStoredPlan(
  store: PlanStore,
  place: PlanPlace,
  expected: string,
  {
    signers,
    hashFrom = '--plan-sha256',
  }: { readonly signers?: TrustedSigners; readonly hashFrom?: '--plan-sha256' | '--resume' | undefined } = {},
): Promise<Plan<Asked>> {
  const plan = await store.read(PLAN_FILE, MOST_PLAN_FILE);
  if (plan === undefined) throw noPlanIn(store);
  const hash = sha256(plan);
  if (expected !== hash)
    throw new TrailVerifyError('CONFIGURATION', `plan.json of ${store.location} has SHA-256 ${hash}`, {
      hint: `it is another plan than ${hashFrom} says: do not use it before you know why`,
    });
  if (signers !== undefined) await requireSignedBy(store, plan, signers);
  const as = { asked: askedSchema(), tool: VERSION };
  const { asked, shards: named } = readPlanDocument(store.location, plan, as);
  requireSameFolder(asked);
  await requireApart(place, asked.place, 'CONFIGURATION');
  const shards = await store.read(SHARDS_FILE, named.bytes);
  if (shards === undefined) throw noPlanIn(store);
  return readPlan(store.location, { plan, shards }, as);
}

/** Throws CONFIGURATION where the folder of a plan was typed by a name that is another folder's here. */
function requireSameFolder({ place, folder }: Asked): void {
  if (place.kind !== 'folder' || path.resolve(place.path) === folder) return;
  throw new TrailVerifyError(
    'CONFIGURATION',
    `the plan is of the folder ${folder}, and ${place.path} is another one here`,
    { hint: 'work where the plan was made, or plan the whole path of the folder' },
  );
}

function noPlanIn({ location }: PlanStore): TrailVerifyError {
  const isFile = /\/(?:plan\.json|shards\.jsonl)\/?$/.test(location);
  return new TrailVerifyError('TARGET_NOT_FOUND', `there is no plan in ${location}`, {
    hint: isFile
      ? 'give the folder or prefix that holds that file'
      : 'give the folder or s3://bucket/prefix that trail-verify plan wrote',
  });
}

/** Whose plans and results a run takes: its own signer's, and those of these certificates. Throws CONFIGURATION where that is nobody. */
export async function trustedSigners(
  signer: ReportSigner | undefined,
  files: readonly string[],
  note?: (file: string, bytes: Uint8Array) => void,
): Promise<TrustedSigners> {
  const own = signer === undefined ? [] : [signerCertificate(signer)];
  const trusted = new Set(
    [...own, ...(await readAllCertificates(files, note))].map((one) => one.fingerprint),
  );
  if (trusted.size > 0) return trusted;
  throw new TrailVerifyError('CONFIGURATION', 'it is not known whose results count', {
    hint: 'give the certificates of the machines that ran the shards with --shard-signer',
  });
}

/** The files that say what is believed. */
export interface BelievedFiles {
  readonly keyFiles?: readonly string[] | undefined;
  readonly expectFile?: string | undefined;
  readonly acceptFile?: string | undefined;
  readonly shardSigners?: readonly string[] | undefined;
  readonly runSigners?: readonly string[] | undefined;
}

/** Throws CONFIGURATION for one of them that is where plans are: who can write results could have put it there. */
export async function requireNotInPlan(plan: PlanPlace, files: BelievedFiles): Promise<void> {
  if (plan.kind !== 'folder') return;
  const given: readonly (readonly [option: string, files: readonly (string | undefined)[]])[] = [
    ['--keys', files.keyFiles ?? []],
    ['--expect', [files.expectFile]],
    ['--accept', [files.acceptFile]],
    ['--shard-signer', files.shardSigners ?? []],
    ['--run-signer', files.runSigners ?? []],
  ];
  for (const [option, names] of given)
    for (const file of names)
      if (file !== undefined && (await liesInside(file, plan.path)))
        throw new TrailVerifyError('CONFIGURATION', `${option} file ${file} is in the folder of the plan`, {
          hint: 'keep it elsewhere: who can write results could have put it there',
        });
}

/** Throws an error of `code` where a plan would be, or is, in its own target: who can write that decides what is believed of it. */
export async function requireApart(
  plan: PlanPlace,
  target: Place,
  code: 'CONFIGURATION' | 'OUTPUT_NOT_USABLE',
): Promise<void> {
  if (plan.kind === 's3') {
    if (target.kind !== 's3' || ![target.bucket, target.accessPoint].includes(plan.bucket)) return;
    throw insideTarget(`bucket ${plan.bucket} is the bucket`, code);
  }
  if (target.kind !== 'folder') return;
  if (await isOfItsWriter(plan.path, target.path))
    throw insideTarget(`folder ${plan.path} is in the folder`, code);
  if (await isOfItsWriter(target.path, plan.path))
    throw insideTarget(`folder ${plan.path} holds the folder`, code);
}

/** As `requireApart`, of the buckets that are read: a trail may deliver to any, and relocations may lead to any. */
export function requireOtherBucket(plan: PlanPlace, buckets: readonly string[]): void {
  if (plan.kind === 'folder' || !buckets.includes(plan.bucket)) return;
  throw insideTarget(`bucket ${plan.bucket} is a bucket`, 'OUTPUT_NOT_USABLE');
}

function insideTarget(where: string, code: 'CONFIGURATION' | 'OUTPUT_NOT_USABLE'): TrailVerifyError {
  return new TrailVerifyError(code, `the plan's ${where} that is verified`, {
    hint: 'keep plans and results elsewhere: who can write the target could write them too',
  });
}

/** The name of a shard's first result. */
export function resultName(shard: number): string {
  return `${RESULTS}/${shard}.result`;
}

/** Names for a further result of a shard: by the hash of what it says and of who says it, and more should somebody have taken that. */
export function otherNames(
  shard: number,
  { lines, signer }: { readonly lines: string; readonly signer: string },
): readonly string[] {
  const name = `${RESULTS}/${shard}.other-${sha256(Buffer.from(lines + signer, 'latin1'))}`;
  return [`${name}.result`, ...Array.from({ length: 9 }, (_, at) => `${name}-${at + 1}.result`)];
}

const RESULT = /^(\d{1,7})(\.other-[0-9a-f]{64}(?:-\d)?)?\.result$/;
/** Two results a shard, and some. */
const MOST_RESULTS = 3 * MOST_SHARDS;

/** The results of a plan, listed once. */
export function resultStore(store: PlanStore): ResultStore {
  let listing: Promise<ListedResults> | undefined;
  return {
    location: store.location,
    names: async (shard) => {
      listing ??= listResults(store);
      const { first, others } = await listing;
      return [...(first.has(shard) ? [resultName(shard)] : []), ...(others.get(shard) ?? [])];
    },
    read: (name) => store.read(name, MOST_RESULT_FILE),
  };
}

/** The shards that have a first result, whose name follows from the number, and the names of all others. */
interface ListedResults {
  readonly first: ReadonlySet<number>;
  readonly others: ReadonlyMap<number, readonly string[]>;
}

async function listResults(store: PlanStore): Promise<ListedResults> {
  const first = new Set<number>();
  const others = new Map<number, string[]>();
  for (const name of [...(await store.names(RESULTS, MOST_RESULTS))].sort(shorterFirst)) {
    const [, text, other] = RESULT.exec(name) ?? [];
    const shard = Number(text);
    if (text === undefined || String(shard) !== text) continue;
    if (other === undefined) first.add(shard);
    else others.set(shard, [...(others.get(shard) ?? []), `${RESULTS}/${name}`]);
  }
  return { first, others };
}

function shorterFirst(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
