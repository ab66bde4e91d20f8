import { isoTime } from '../base/clock.ts';
import { checkDocument } from '../base/document-schema.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { strictJson } from '../base/json.ts';
import type { Window } from '../chain/list-digests.ts';
import { sha256 } from '../crypto/hash.ts';
import type { KeyRing, PublicKey } from '../crypto/public-key.ts';
import { chainId, parseDigestKey } from '../digest/digest-key.ts';
import { type Finding, makeFinding } from '../findings/finding.ts';
import { verifySignedData } from '../pki/cms.ts';
import { OID } from '../pki/der.ts';
import {
  type Checkpoint,
  checkpointSchema,
  type GivenKey,
  type NextCheckpoint,
  type PlaceCheckpoint,
  type ReadCheckpoint,
  STATE_SCHEMA,
  type StateTarget,
} from './checkpoint.ts';

/** Reads a state file as one of unknown origin: its writer decides what a run does not read again. */

/** A larger state is refused: it is held in memory as text and as objects. Some two million days of an account and Region. */
export const MOST_STATE_BYTES: number = 256 * 1024 * 1024;

/** Whose signature a state must carry, as SHA-256 of certificates (hex); undefined where signatures are not asked for. */
export type StateSigners = readonly string[] | undefined;

const LINE_BREAK = 0x0a;
const ANEW = 'restore it from a backup or an older version, or begin a new state with another name';
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The checkpoint in `bytes`; `name` is what errors call it, `signers` are those that may have signed it: without them it
 * is trusted by nothing, even if it is signed, and saves a run no reading. Throws
 * STATE_INVALID where it is not whole, not of this version, contradicts itself, or is not signed by one of them.
 */
export function readCheckpoint(bytes: Uint8Array, name: string, signers: StateSigners): ReadCheckpoint {
  if (bytes.length > MOST_STATE_BYTES)
    throw invalid(
      name,
      `is larger than ${MOST_STATE_BYTES} bytes`,
      'divide the target: one state for each account',
    );
  const end = bytes.indexOf(LINE_BREAK) + 1;
  const second = bytes.indexOf(LINE_BREAK, end) + 1;
  if (end === 0 || second !== bytes.length)
    throw invalid(name, 'is not a whole state file: it has not two lines', ANEW);
  const line = bytes.subarray(0, end);
  const checkpoint = parseCheckpoint(line, name);
  const signature = signatureIn(bytes.subarray(end), name);
  const signer = checkSigner(line, signature, name, signers);
  return { checkpoint, sha256: sha256(line), signer, isBySigner: signers !== undefined };
}

function parseCheckpoint(line: Uint8Array, name: string): Checkpoint {
  const value = parse(line, name);
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema === 'string' && /^trail-verify\/state\/v\d{1,4}$/.test(schema) && schema !== STATE_SCHEMA)
    throw invalid(
      name,
      `is of ${schema}, which this version does not know`,
      'use the version of trail-verify that wrote it',
    );
  const checked = checkDocument(checkpointSchema(), value);
  if ('problem' in checked)
    throw invalid(name, `is not a state of trail-verify: at ${checked.problem}`, ANEW);
  // What the schema leaves open comes next.
  const checkpoint = checked.value;
  const seen = new Set<string>();
  for (const place of checkpoint.places) {
    const id = `${place.account}/${place.region}`;
    const unexpected = Object.keys({ ...place.days, ...place.late }).find((day) => !DAY.test(day));
    const foreign = place.chains.find(
      (chain) =>
        chain.id !== chainId(chain) || chain.account !== place.account || chain.region !== place.region,
    );
    if (seen.has(id) || unexpected !== undefined || foreign !== undefined)
      throw invalid(name, `contradicts itself in ${JSON.stringify(id).slice(0, 80)}`, ANEW);
    seen.add(id);
  }
  return { ...checkpoint, places: checkpoint.places.map(withOrganizations) };
}

/**
 * A place whose chains name their organization. An earlier state does not: the key of the last digest that was proven says whose
 * folder it was in.
 */
function withOrganizations(place: PlaceCheckpoint): PlaceCheckpoint {
  const ids = new Set(place.chains.map(({ id }) => id));
  const chains = place.chains.map((chain) => {
    const organization = chain.organization ?? parseDigestKey(chain.last.key)?.organization;
    const id = chainId({ ...chain, organization });
    return organization === undefined || ids.has(id) ? chain : { ...chain, organization, id };
  });
  return { ...place, chains };
}

function signatureIn(line: Uint8Array, name: string): Uint8Array | undefined {
  const value = parse(line, name);
  const isObject = typeof value === 'object' && value !== null && Object.keys(value).join() === 'signature';
  const signature = isObject && 'signature' in value ? value.signature : undefined;
  if (signature === null) return undefined;
  if (typeof signature !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(signature))
    throw invalid(name, 'has no signature line', ANEW);
  return Buffer.from(signature, 'base64');
}

function checkSigner(
  line: Uint8Array,
  signature: Uint8Array | undefined,
  name: string,
  signers: StateSigners,
): string | null {
  if (signature === undefined) {
    if (signers === undefined) return null;
    throw invalid(
      name,
      'is not signed',
      'begin a new state with another name; with --no-sign it is read for what it finds, and spares no reading',
    );
  }
  let signer: { readonly name: string; readonly fingerprint: string };
  try {
    ({ signer } = verifySignedData(signature, { type: OID.data, detached: line }, 'its signature'));
  } catch (cause) {
    const why = cause instanceof TrailVerifyError ? cause.message : 'cannot be read';
    throw new TrailVerifyError('STATE_INVALID', `state ${name} is not what was signed: ${why}`, {
      hint: ANEW,
      cause,
    });
  }
  if (signers !== undefined && !signers.includes(signer.fingerprint)) {
    throw invalid(
      name,
      `is signed by another: ${signer.name}, certificate SHA-256 ${signer.fingerprint}`,
      'if that signer is trusted, give its certificate with --state-signer; a machine that is set up again for each run has a new identity each time: give it a key with --sign-key',
    );
  }
  return signer.fingerprint;
}

function parse(line: Uint8Array, name: string): unknown {
  const read = strictJson(line);
  if ('value' in read) return read.value;
  throw new TrailVerifyError('STATE_INVALID', `state ${name} ${read.problem}`, {
    hint: ANEW,
    cause: read.cause,
  });
}

function invalid(name: string, problem: string, hint: string): TrailVerifyError {
  return new TrailVerifyError('STATE_INVALID', `state ${name} ${problem}`, { hint });
}

/** Clocks of two machines differ by minutes at most. */
const CLOCK_SLACK = 5 * 60_000;
const S3_PLACE = /^s3:\/\/([^/]+)\/(.*)$/;

/**
 * What makes the state that was read trusted: its signer, where the run asked for that one; or the run's caller, who named
 * the hash of this very checkpoint; null for nothing. Only a trusted state may save reading, because its writer decides what is in it.
 */
export function trustedBy({ previous, required }: StateOptions): 'signer' | 'hash' | null {
  if (previous === undefined) return null;
  if (previous.isBySigner) return 'signer';
  return previous.sha256 === required ? 'hash' : null;
}

/**
 * A finding where the state that was read is neither the required checkpoint nor one that followed it. That it followed is its own
 * word, which counts no more than its signer.
 */
export function stateBehind(options: StateOptions): readonly Finding[] {
  const { location, previous, required } = options;
  if (required === undefined) return [];
  const { checkpoint, sha256 } = previous ?? {};
  const isMet =
    checkpoint !== undefined &&
    (typeof required === 'number'
      ? Date.parse(checkpoint.written) >= required
      : [sha256, ...checkpoint.past.map((past) => past.sha256)].includes(required));
  if (isMet && trustedBy(options) !== null) return [];
  const [, bucket = '', key = location] = S3_PLACE.exec(location) ?? [];
  const found = checkpoint === undefined ? {} : { actual: sha256 ?? '', written: checkpoint.written };
  const evidence = { required: typeof required === 'number' ? isoTime(required) : required, ...found };
  const object = { bucket, key, uri: location };
  return [makeFinding('STATE_BEHIND', { object }, evidence, isMet ? 'unproven' : 'violation')];
}

/**
 * Throws STATE_INVALID for a checkpoint that is of something else than `target`, or was written after `now`
 * (milliseconds since the epoch): memory of another bucket would find every chain of it vanished.
 */
export function requireFitting(
  { target: of, written }: Checkpoint,
  target: StateTarget,
  name: string,
  now: number,
): void {
  const places = (one: StateTarget): readonly string[] =>
    one.targets.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).sort();
  const [was, is] = [places(of), places(target)];
  const refuse = (problem: string, hint: string): TrailVerifyError =>
    new TrailVerifyError('STATE_INVALID', `state ${name} ${problem}`, { hint });
  // A bucket of a folder copy that is gone must be found gone, not taken for another target.
  if (!was.some((place) => is.includes(place)) && was.length > 0 && is.length > 0)
    throw refuse(`is of ${was.join(', ')}, not of ${is.join(', ')}`, 'use one state for each target');
  for (const narrowed of ['accounts', 'regions', 'trails'] as const)
    if ([...of[narrowed]].sort().join() !== [...target[narrowed]].sort().join())
      throw refuse(
        `is of other ${narrowed} (${of[narrowed].join(', ') || 'all'})`,
        'use one state for each choice of accounts, Regions and trails',
      );
  if (Date.parse(written) > now + CLOCK_SLACK)
    throw refuse(
      `was written in the future, at ${written}`,
      "set this machine's clock, or find out who wrote the state",
    );
}

/** How a run uses and renews a state. */
export interface StateOptions {
  /** Where the state is kept, for the report: a file's path or an `s3://` address. */
  readonly location: string;
  /** What the last run left; undefined for the first one. */
  readonly previous: ReadCheckpoint | undefined;
  /** The share of old days (0 to 1) that are read again although their listing is unchanged, and what draws them; not without `relist`. */
  readonly sample?: { readonly rate: number; readonly seed: string } | undefined;
  /** The checkpoint that must have been read, or one that followed it: its SHA-256 (hex), or a time (milliseconds since the epoch). */
  readonly required?: string | number | undefined;
  /** False leaves the folders of older days unlisted: only what is new is proven (default true). */
  readonly relist?: boolean | undefined;
  /** Whether public keys count that come from an endpoint which is not AWS's: such a checkpoint spares no run without it any reading. */
  readonly trustsEndpointKeys?: boolean | undefined;
  /** Is handed the checkpoint that this run earned, before it ends; never by a run that was interrupted or proved nothing new. */
  readonly take?: ((next: NextCheckpoint) => void) | undefined;
}

/** What a run goes without, or trusts, so that a stricter one must read for itself what it has read. */
export function notCheckedBy({
  state,
  logs,
  unlisted,
  relocated = [],
  shards,
}: NotCheckedOptions): readonly string[] {
  return [
    ...(state?.trustsEndpointKeys === true ? ['endpoint-keys'] : []),
    ...(logs === false ? ['no-logs'] : []),
    ...(unlisted === false ? ['no-unlisted'] : []),
    ...relocated.map((one) => `relocated ${JSON.stringify(one)}`),
    ...(shards?.others ?? []).map((signer) => `shards of ${signer}`),
  ].sort();
}

/** What of a run's options makes it lax (see `VerifyOptions`). */
interface NotCheckedOptions {
  readonly state?: { readonly trustsEndpointKeys?: boolean | undefined } | undefined;
  readonly logs?: boolean | undefined;
  readonly unlisted?: boolean | undefined;
  readonly relocated?: readonly unknown[] | undefined;
  /** Whose word about log files counts, where others read them. */
  readonly shards?: { readonly others: readonly string[] } | undefined;
}

/** The keys of a ring that are recorded for a place in `region`: those that it used, where they were given to it. */
export function keysUsed(ring: KeyRing, region: string): readonly GivenKey[] {
  return ring.given === undefined ? [] : trusted(ring.used(), region);
}

/** Whether a ring trusts all of `keys` in `region` itself, for no shorter time. */
function holdsKeys(ring: KeyRing, region: string, keys: readonly GivenKey[]): boolean {
  const held = trusted(ring.given?.() ?? [], region);
  return keys.every(({ fingerprint, sha256: hash, validTo }) =>
    held.some(
      (one) =>
        one.fingerprint === fingerprint &&
        one.sha256 === hash &&
        (one.validTo === null || (validTo !== null && Date.parse(one.validTo) >= Date.parse(validTo))),
    ),
  );
}

/** Both lists as one, each key once, in order. */
export function unionOfKeys(some: readonly GivenKey[], others: readonly GivenKey[]): readonly GivenKey[] {
  const byText = new Map([...some, ...others].map((key) => [JSON.stringify(key), key]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

function trusted(keys: readonly PublicKey[], region: string): readonly GivenKey[] {
  return keys
    .filter((key) => key.distrust === undefined && (key.region === undefined || key.region === region))
    .map(({ fingerprint, der, validTo }) => ({
      fingerprint,
      sha256: sha256(der),
      validTo: validTo === undefined ? null : isoTime(validTo),
    }));
}

/**
 * Whether a checkpoint may replace reading in `window`: keys proved it that this run's `ring` trusts, it was read as strictly as
 * this run reads, which goes without `notChecked`, and down to the beginning of the window. Where the window begins before that, nobody has read the time between, so all of it
 * is read; and where it begins before a chain did, that must be reported as ever.
 */
export function maySpareReading(
  known: PlaceCheckpoint,
  { from }: Window,
  { notChecked, ring }: { readonly notChecked: readonly string[]; readonly ring: KeyRing },
): boolean {
  if (known.untrusted === true || known.from === undefined || known.keys === undefined) return false;
  if (!holdsKeys(ring, known.region, known.keys)) return false;
  if (!(known.notChecked ?? []).every((one) => notChecked.includes(one))) return false;
  if (from === undefined) return known.from === null;
  const isReached = known.from === null || Date.parse(known.from) <= from;
  return (
    isReached && known.chains.every(({ kind, since }) => kind === 'backfill' || Date.parse(since) <= from)
  );
}
