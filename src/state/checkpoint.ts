import {
  count,
  documentOf,
  integer,
  list,
  object,
  oneOf,
  only,
  optional,
  orNull,
  pattern,
  record,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import { asciiJson } from '../base/json.ts';
import { sha256 as hashOf } from '../crypto/hash.ts';
import type { Chain } from '../digest/digest-key.ts';
import { type ReportSigner, signContent } from '../pki/sign.ts';
import type { ObjectRef } from '../source/source.ts';

/**
 * What one run leaves for the next: for each chain the last digest that was proven, and for each day a hash of the
 * listing of its folders. A state file is two lines of JSON:
 *
 *     {"schema":"trail-verify/state/v1","written":"2026-11-20T02:00:12Z","previous":"9f86d0…","places":[…],…}
 *     {"signature":"MIIG…"}
 *
 * The first line, with its line break, is the checkpoint; its SHA-256 is the checkpoint's name everywhere
 * (`head -n 1 state.json | sha256sum`). The second holds a detached CMS signature over those bytes in base64, or null.
 */

/** The schema that this version reads and writes. */
export const STATE_SCHEMA = 'trail-verify/state/v1';

/** The last digest of a chain that was proven: content hash and signature are lower-case hex, `end` ISO 8601 UTC. */
export interface LastDigest extends Omit<ObjectRef, 'versionId'> {
  readonly sha256: string;
  readonly signature: string;
  readonly end: string;
}

/** The checkpoint of one chain: proven without a gap from `since` to the end of its last digest. */
export interface ChainCheckpoint extends Chain {
  readonly id: string;
  readonly since: string;
  readonly last: LastDigest;
  /** Proven digests and log files as signed, all runs together. */
  readonly digests: number;
  readonly logs: number;
}

/**
 * The listing of one day's folders: how many digests and log files, the SHA-256 (hex) of the lines of what was written
 * up to the place's cut, and one SHA-256 for each line of what was written after it (`list-days.ts`).
 */
export interface DayRecord {
  readonly digests: number;
  readonly logs: number;
  readonly sha256: string;
  readonly fresh?: readonly string[] | undefined;
}

/** A public key that somebody gave, and that proved digests; `sha256` is of its DER (hex), `validTo` null where nobody said. */
export interface GivenKey {
  readonly fingerprint: string;
  readonly sha256: string;
  readonly validTo: string | null;
}

/** The checkpoints of one account and Region, and the days of its folders by date (`2026-11-20`). */
export interface PlaceCheckpoint {
  readonly account: string;
  readonly region: string;
  /**
   * Every object written up to then was in the listing (milliseconds since the epoch): some minutes before it began, or
   * the latest time of writing in it. Null where no object has one.
   */
  readonly cut: number | null;
  readonly days: Readonly<Record<string, DayRecord>>;
  /** Days with log files that digests far from the day name: from when to when those digests end. */
  readonly late: Readonly<Record<string, { readonly from: string; readonly to: string }>>;
  readonly chains: readonly ChainCheckpoint[];
  /**
   * The place was read from then on to its checkpoints without a gap; null for everything that was found. A state of a version
   * that did not write it proves no time.
   */
  readonly from?: string | null | undefined;
  /** What the runs that read it went without, or trusted (`Laxity`): it spares no reading to a run that is stricter. */
  readonly notChecked?: readonly string[] | undefined;
  /**
   * The keys that proved it which came from files and not from AWS: it spares no reading to a run that does not hold them. A
   * state of a version that did not write them spares none.
   */
  readonly keys?: readonly GivenKey[] | undefined;
  /** Present where it was taken over from an untrusted state: it adds findings, and never saves reading. */
  readonly untrusted?: true | undefined;
}

/** What was verified, so that a state is never used for something else. */
export interface StateTarget {
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly trails: readonly string[];
}

/** One checkpoint that came before: its name, and when it was written. */
interface PastCheckpoint {
  readonly sha256: string;
  readonly written: string;
}

/** The content of a state file. */
export interface Checkpoint {
  readonly schema: typeof STATE_SCHEMA;
  readonly tool: string;
  readonly written: string;
  readonly target: StateTarget;
  readonly previous: string | null;
  /** The checkpoints before this one, newest first; `MOST_PAST` at most. */
  readonly past: readonly PastCheckpoint[];
  readonly places: readonly PlaceCheckpoint[];
}

/** Two or three years of nights; older names are forgotten. */
export const MOST_PAST = 1000;

/** A checkpoint as it was read: its name, and who signed it (certificate SHA-256, hex), where somebody did. */
export interface ReadCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly sha256: string;
  readonly signer: string | null;
  /** Whether the signer is one that its reader asked for; a certificate that came with the state proves nothing. */
  readonly isBySigner: boolean;
}

/** A checkpoint to be written: the bytes of its line, and their SHA-256 (hex), which is its name. */
export interface NextCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly line: Uint8Array;
  readonly sha256: string;
}

/** The line of a checkpoint, and its name. */
export function formatCheckpoint(checkpoint: Checkpoint): NextCheckpoint {
  const line = Buffer.from(`${asciiJson(checkpoint)}\n`, 'ascii');
  return { checkpoint, line, sha256: hashOf(line) };
}

/** The bytes of a state file, signed by `signer` at `at` (milliseconds since the epoch), or by nobody. Throws as `signContent`. */
export async function stateFileBytes(
  next: NextCheckpoint,
  signer: ReportSigner | undefined,
  at: number,
): Promise<Uint8Array> {
  const signature =
    signer === undefined
      ? null
      : Buffer.from(await signContent({ sha256: Buffer.from(next.sha256, 'hex'), at }, signer)).toString(
          'base64',
        );
  return Buffer.concat([next.line, Buffer.from(`${JSON.stringify({ signature })}\n`, 'ascii')]);
}

/** The schema of the first line of a state file. */

const account = () => pattern(/^[0-9]{12}$/);

const chain = documentOf<ChainCheckpoint>()(() =>
  object({
    id: text(),
    account: account(),
    region: text(),
    trail: text(),
    homeRegion: text(),
    organization: optional(pattern(/^o-[a-z0-9]{10,32}$/)),
    kind: oneOf(['standard', 'backfill']),
    since: time(),
    last: object({
      bucket: text(),
      key: text(),
      sha256: sha256(),
      signature: pattern(/^(?:[0-9a-f]{2})+$/),
      end: time(),
    }),
    digests: count(),
    logs: count(),
  }),
);

const day = documentOf<DayRecord>()(() =>
  object({ digests: count(), logs: count(), sha256: sha256(), fresh: optional(list(sha256())) }),
);

const givenKey = documentOf<GivenKey>()(() =>
  object({ fingerprint: pattern(/^[0-9a-f]{32}$/), sha256: sha256(), validTo: orNull(time()) }),
);

const place = documentOf<PlaceCheckpoint>()(() =>
  object({
    account: account(),
    region: text(),
    cut: orNull(integer()),
    days: record(day()),
    late: record(object({ from: time(), to: time() })),
    chains: list(chain()),
    from: optional(orNull(time())),
    notChecked: optional(list(text())),
    keys: optional(list(givenKey())),
    untrusted: optional(only(true)),
  }),
);

/** The schema `trail-verify/state/v1`. */
export const checkpointSchema: () => Schema<Checkpoint> = documentOf<Checkpoint>()(() =>
  object({
    schema: only(STATE_SCHEMA),
    tool: text(),
    written: time(),
    target: object({
      targets: list(object({ bucket: text(), prefix: text() })),
      accounts: list(text()),
      regions: list(text()),
      trails: list(text()),
    }),
    previous: orNull(sha256()),
    past: list(object({ sha256: sha256(), written: time() })),
    places: list(place()),
  }),
);
