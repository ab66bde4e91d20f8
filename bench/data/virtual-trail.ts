/**
 * A trail bucket that is computed, not stored: every key, every digest file and every listing of a shape. Only what
 * links digests, a hash and a signature each, is worked out before (`proveTrail`), for each depends on the one before.
 */
import { gzipSync } from 'node:zlib';
import { digestMetadata, sha256Hex, signDigest } from '../../test/support/test-digest.ts';
import { signingKey } from '../../test/support/test-keys.ts';
import { type DigestProof, digestText } from './digest-text.ts';
import type { LogBody } from './log-bodies.ts';
import {
  type ChainShape,
  daysOf,
  digestDayFolder,
  digestKeyOf,
  type LogPlace,
  logDayFolder,
  logOfKey,
  logsOf,
  logsOfDay,
  NOW,
  type TrailShape,
  windowEnd,
} from './trail-shape.ts';

/** How long after its window's end a digest is delivered. */
const DELIVERY = 30 * 60_000;

/** One object of the bucket. `lastModified` is in milliseconds since the epoch. */
export interface VirtualObject {
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastModified: number;
}

/** One row of a listing. */
export interface VirtualRow {
  readonly key: string;
  readonly size: number;
  readonly lastModified: number;
}

/** Proofs of all digests of a trail, chain by chain, the oldest first. */
export type TrailProofs = readonly (readonly DigestProof[])[];

interface VirtualChain {
  readonly shape: ChainShape;
  /** Tells it apart from others of its place. */
  readonly code: string;
  readonly hourOf: ReadonlyMap<string, number>;
  readonly proofs: readonly DigestProof[];
}

interface Folder {
  readonly prefix: string;
  rows(): Generator<VirtualRow>;
}

export class VirtualTrail {
  readonly shape: TrailShape;
  readonly #bodies: readonly LogBody[];
  readonly #chains: readonly VirtualChain[];
  readonly #chainOfDigest = new Map<string, VirtualChain>();
  readonly #chainsOfPlace = new Map<string, VirtualChain[]>();
  readonly #folders: readonly Folder[];

  /** `bodies`: what log files hold, by turns; none where they are not there at all. */
  constructor(shape: TrailShape, proofs: TrailProofs, bodies: readonly LogBody[]) {
    this.shape = shape;
    this.#bodies = bodies;
    this.#chains = shape.chains.map((chain, at) => {
      const keys = Array.from(
        { length: chain.hours + 1 },
        (_, hour) => [digestKeyOf(chain, hour), hour] as const,
      );
      return { shape: chain, code: codeOf(shape, at), hourOf: new Map(keys), proofs: proofs[at] ?? [] };
    });
    for (const chain of this.#chains) {
      for (const key of chain.hourOf.keys()) this.#chainOfDigest.set(key, chain);
      const place = `${chain.shape.account}/${chain.shape.region}`;
      this.#chainsOfPlace.set(place, [...(this.#chainsOfPlace.get(place) ?? []), chain]);
    }
    this.#folders = this.#makeFolders();
  }

  /** The object of that key. */
  open(key: string): VirtualObject | undefined {
    const chain = this.#chainOfDigest.get(key);
    if (chain !== undefined) return this.#digest(chain, chain.hourOf.get(key) ?? 0);
    const log = this.#findLog(key);
    if (log === undefined) return undefined;
    const body = bodyOf(this.#bodies, log.place);
    return { bytes: body.file, metadata: {}, lastModified: windowEnd(log.chain.shape, log.place.hour) };
  }

  /** The rows of a listing, in the order of their keys. */
  *list(prefix: string, startAfter = ''): Generator<VirtualRow> {
    for (let at = this.#firstFolder(prefix); at < this.#folders.length; at += 1) {
      const folder = this.#folders[at];
      if (folder === undefined) return;
      if (!folder.prefix.startsWith(prefix) && !prefix.startsWith(folder.prefix)) {
        if (folder.prefix > prefix) return;
        continue;
      }
      if (folder.prefix < startAfter && !startAfter.startsWith(folder.prefix)) continue;
      for (const row of folder.rows()) if (row.key > startAfter && row.key.startsWith(prefix)) yield row;
    }
  }

  /** The folders directly below a prefix that ends in `/` or is empty. */
  folders(prefix: string): readonly string[] {
    const found = new Set<string>();
    for (let at = this.#firstFolder(prefix); at < this.#folders.length; at += 1) {
      const name = this.#folders[at]?.prefix ?? '';
      if (name.startsWith(prefix) && name !== prefix)
        found.add(name.slice(0, name.indexOf('/', prefix.length) + 1));
      else if (name > prefix) break;
    }
    return [...found];
  }

  /** Where the folders begin that a prefix may be of: the one before the first that follows it may hold it. */
  #firstFolder(prefix: string): number {
    let [low, high] = [0, this.#folders.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#folders[middle]?.prefix ?? '') < prefix) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #digest(chain: VirtualChain, hour: number): VirtualObject {
    const text = contentOf(this.shape, chain.shape, chain.code, hour, chain.proofs[hour - 1], this.#bodies);
    const metadata = digestMetadata(chain.proofs[hour]?.signature ?? '');
    const lastModified = windowEnd(chain.shape, hour) + DELIVERY;
    return { bytes: gzipSync(text, { level: 1 }), metadata, lastModified };
  }

  #findLog(key: string): { readonly chain: VirtualChain; readonly place: LogPlace } | undefined {
    const [, account = '', , region = ''] = key.split('/');
    for (const chain of this.#chainsOfPlace.get(`${account}/${region}`) ?? []) {
      const place = this.#bodies.length === 0 ? undefined : logOfKey(chain.shape, chain.code, key);
      if (place !== undefined) return { chain, place };
    }
    return undefined;
  }

  #makeFolders(): readonly Folder[] {
    const folders = new Map<string, Folder>();
    for (const chains of this.#chainsOfPlace.values()) {
      const days = new Set(chains.flatMap(({ shape }) => daysOf(shape)));
      for (const [first] of chains.length === 0 ? [] : [chains]) {
        if (first === undefined) continue;
        for (const day of days) {
          const digests = digestDayFolder(first.shape, day);
          folders.set(digests, { prefix: digests, rows: () => digestRows(chains, digests) });
          const logs = logDayFolder(first.shape, day);
          if (this.#bodies.length > 0)
            folders.set(logs, { prefix: logs, rows: () => logRows(chains, day, this.#bodies) });
        }
      }
    }
    return [...folders.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  }
}

function* digestRows(chains: readonly VirtualChain[], folder: string): Generator<VirtualRow> {
  const rows: VirtualRow[] = [];
  for (const { hourOf, shape, proofs } of chains)
    for (const [key, hour] of hourOf) {
      if (!key.startsWith(folder)) continue;
      rows.push({ key, size: proofs[hour]?.size ?? 1, lastModified: windowEnd(shape, hour) + DELIVERY });
    }
  yield* rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function* logRows(
  chains: readonly VirtualChain[],
  day: number,
  bodies: readonly LogBody[],
): Generator<VirtualRow> {
  const [only] = chains;
  if (chains.length > 1) {
    // Names of several chains mix within each slot.
    const rows = chains.flatMap((chain) => [...rowsOf(chain, day, bodies)]);
    yield* rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  } else if (only !== undefined) yield* rowsOf(only, day, bodies);
}

function* rowsOf(chain: VirtualChain, day: number, bodies: readonly LogBody[]): Generator<VirtualRow> {
  for (const place of logsOfDay(chain.shape, chain.code, day)) {
    const size = bodyOf(bodies, place).file.length;
    yield { key: place.key, size, lastModified: Math.min(windowEnd(chain.shape, place.hour), NOW) };
  }
}

/** Works out the digests of a trail, each with the hash and the signature of the one before it. */
export function proveTrail(shape: TrailShape, bodies: readonly LogBody[]): TrailProofs {
  return shape.chains.map((chain, at) => {
    const proofs: DigestProof[] = [];
    for (let hour = 0; hour <= chain.hours; hour += 1) {
      const previous = proofs.at(-1);
      const text = contentOf(shape, chain, codeOf(shape, at), hour, previous, bodies);
      const content = Buffer.from(text, 'latin1');
      const claims = {
        bucket: shape.bucket,
        key: digestKeyOf(chain, hour),
        endTime: windowEnd(chain, hour),
        previousSignature: previous?.signature,
      };
      const signature = signDigest(content, claims, signingKey(chain.region, claims.endTime));
      const size = gzipSync(content, { level: 1 }).length;
      proofs.push({ sha256: sha256Hex(content), signature, size });
    }
    return proofs;
  });
}

function contentOf(
  shape: TrailShape,
  chain: ChainShape,
  code: string,
  hour: number,
  previous: DigestProof | undefined,
  bodies: readonly LogBody[],
): string {
  const endTime = windowEnd(chain, hour);
  return digestText({
    bucket: shape.bucket,
    key: digestKeyOf(chain, hour),
    account: chain.account,
    endTime,
    fingerprint: signingKey(chain.region, endTime).fingerprint,
    previous: previous === undefined ? undefined : { ...previous, key: digestKeyOf(chain, hour - 1) },
    logs: logHashes(chain, code, hour, bodies),
  });
}

function* logHashes(
  chain: ChainShape,
  code: string,
  hour: number,
  bodies: readonly LogBody[],
): Generator<{ key: string; sha256: string }> {
  for (const place of logsOf(chain, code, hour))
    yield { key: place.key, sha256: bodies.length === 0 ? '0'.repeat(64) : bodyOf(bodies, place).sha256 };
}

/** What the log file at a place holds. Throws where the trail has none. */
export function bodyOf(bodies: readonly LogBody[], { hour, index }: Omit<LogPlace, 'key'>): LogBody {
  const body = bodies[(hour * 7919 + index) % bodies.length];
  if (body === undefined) throw new Error('this trail has no log files');
  return body;
}

function codeOf({ chains }: TrailShape, at: number): string {
  const chain = chains[at];
  let rank = 0;
  // Chains of one place stand together.
  for (let before = at - 1; before >= 0; before -= 1) {
    const { account, region } = chains[before] ?? {};
    if (account !== chain?.account || region !== chain?.region) break;
    rank += 1;
  }
  return String.fromCharCode(65 + rank);
}
