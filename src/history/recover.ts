/**
 * The way back: older versions of missing or changed objects that still have the content AWS signed. Nothing is
 * written to the bucket; each recovered object goes to the caller, with the version that it was. A digest that comes
 * back is followed: to the log files that it names, and to the digest before it, if that is not where it should be.
 */

import { mapParallel } from '../base/flow.ts';
import { findingObject } from '../chain/check-digest.ts';
import { gunzipOrPlain, sha256 } from '../crypto/hash.ts';
import { type Digest, parseDigest } from '../digest/digest.ts';
import { type Relocation, type Relocator, relocator } from '../digest/digest-key.ts';
import type { Finding, FindingObject, ObjectHistory } from '../findings/finding.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from '../logs/check-log.ts';
import { type ObjectRef, objectUri, type Source, type StoredObject } from '../source/source.ts';
import { type FoundVersions, findVersions, signedHash } from './versions.ts';

/** One object that was recovered: its bytes as they were stored, and the SHA-256 of the content that was signed. */
export interface RecoveredObject {
  readonly object: FindingObject;
  readonly stored: StoredObject;
  readonly sha256: string;
}

/**
 * What became of one missing or changed object. `not-followed` is a recovered digest of which not every log file was
 * looked for, because a run looks for a bounded number.
 */
export interface Recovered {
  readonly object: FindingObject;
  readonly code: Finding['code'];
  readonly result: 'recovered' | 'no-intact-version' | 'hash-unknown' | 'not-followed';
  readonly history?: ObjectHistory | undefined;
  /** The recovered digest that names the object, where no finding does. */
  readonly namedBy?: string | undefined;
}

/** What to recover, and from where. */
export interface RecoverRequest {
  readonly findings: readonly Finding[];
  readonly source: Source;
  /** The present places of objects that digests name elsewhere. */
  readonly relocated?: readonly Relocation[] | undefined;
  /** Is handed every recovered object, one at a time, and waited for. */
  readonly keep: (object: RecoveredObject) => Promise<void>;
  /** How many objects are looked for that only recovered digests name (default 20 000, a few requests each). */
  readonly mostFollowed?: number | undefined;
}

const MOST_FOLLOWED = 20_000;
const AT_ONCE = 16;

/**
 * Looks for an intact version of every object that findings call missing or changed, newest first, and of what the
 * recovered digests name. The hash of an inferred digest becomes known when its successor is recovered; what recovered
 * digests name and is in its place is not reported. Throws as `Source.versions` and `Source.open` do.
 */
export async function* recoverVersions(request: RecoverRequest): AsyncGenerator<Recovered> {
  yield* new Recovery(request).run();
}

interface Wanted {
  readonly object: FindingObject;
  readonly code: Finding['code'];
  readonly expected: string | undefined;
  readonly namedBy?: string | undefined;
}

class Recovery {
  readonly #request: RecoverRequest;
  readonly #relocations: Relocator;
  readonly #recorded = new Map<string, string>();
  /** The URIs of all that is or was looked for. */
  readonly #seen = new Set<string>();
  readonly #most: number;
  #followed = 0;

  constructor(request: RecoverRequest) {
    this.#request = request;
    this.#relocations = relocator(request.relocated ?? []);
    this.#most = request.mostFollowed ?? MOST_FOLLOWED;
  }

  async *run(): AsyncGenerator<Recovered> {
    const all = wanted(this.#request.findings);
    for (const { object } of all) this.#seen.add(object.uri);
    for (const one of all) {
      let next: Wanted | undefined = one;
      while (next !== undefined) next = yield* this.#recover(next);
    }
  }

  /** Recovers one object and the log files that it names, and returns the digest before it, if that is to be looked for. */
  async *#recover(one: Wanted): AsyncGenerator<Recovered, Wanted | undefined> {
    const { object, code, namedBy } = one;
    const about = { object, code, namedBy };
    const hash = one.expected ?? this.#recorded.get(object.signedAs ?? object.uri);
    if (hash === undefined) {
      yield { ...about, result: 'hash-unknown' };
      return undefined;
    }
    const found = await findVersions(this.#request.source, ref(object), hash, true);
    // A digest that a finding names stays wanted though it is back in its place; one that was followed to is found.
    if (found.isInPlace && namedBy !== undefined) return undefined;
    const content = await this.#keep(object, hash, found);
    const { history } = found;
    yield { ...about, result: content === undefined ? 'no-intact-version' : 'recovered', history };
    const digest = content === undefined ? undefined : parseDigest(content).digest;
    if (digest === undefined) return undefined;
    yield* this.#logsOf(object, digest);
    const { previous } = digest;
    if (previous === undefined) return undefined;
    this.#recorded.set(objectUri(previous), previous.sha256);
    return this.#next(previous, previous.sha256, 'DIGEST_MISSING', object);
  }

  async *#logsOf(from: FindingObject, digest: Digest): AsyncGenerator<Recovered> {
    const wantedLogs: (Wanted & { readonly expected: string })[] = [];
    let isWhole = true;
    for (const { bucket, key, sha256: expected } of digest.logFiles) {
      isWhole &&= this.#followed < this.#most;
      const next = this.#next({ bucket, key }, expected, 'LOG_MISSING', from);
      if (next !== undefined) wantedLogs.push({ ...next, expected });
    }
    for (let at = 0; at < wantedLogs.length; at += AT_ONCE) {
      const wave = await mapParallel(wantedLogs.slice(at, at + AT_ONCE), AT_ONCE, async (log) => {
        return { log, found: await findVersions(this.#request.source, ref(log.object), log.expected, true) };
      });
      for (const { log, found } of wave) {
        if (found.isInPlace) continue;
        const content = await this.#keep(log.object, log.expected, found);
        const { object, namedBy = '' } = log;
        const code = found.history.act === 'overwritten' ? 'LOG_MODIFIED' : 'LOG_MISSING';
        const result = content === undefined ? 'no-intact-version' : 'recovered';
        yield { object, code, namedBy, result, history: found.history };
      }
    }
    if (!isWhole) yield { object: from, code: 'LOG_MISSING', result: 'not-followed' };
  }

  /** An object to follow to; undefined where it is looked for anyway, or the bound is reached. */
  #next(signed: ObjectRef, expected: string, code: Finding['code'], from: FindingObject): Wanted | undefined {
    const { bucket, key } = signed;
    const object = findingObject(this.#relocations.toActual({ bucket, key }), this.#relocations);
    if (this.#seen.has(object.uri) || this.#followed >= this.#most) return undefined;
    this.#seen.add(object.uri);
    this.#followed += 1;
    return { object, code, expected, namedBy: from.uri };
  }

  /** Hands on the intact version, and returns its content; undefined where it is not what was signed after all. */
  async #keep(
    object: FindingObject,
    hash: string,
    { intact }: FoundVersions,
  ): Promise<Uint8Array | undefined> {
    if (intact === undefined) return undefined;
    const { versionId } = intact;
    const { source, keep } = this.#request;
    const stored = await source.open({ ...ref(object), versionId }, { maxBytes: MAX_LOG_FILE });
    const { content } = gunzipOrPlain(stored.bytes, MAX_LOG_CONTENT);
    if (content === undefined || content.trailingBytes > 0 || sha256(content.bytes) !== hash)
      return undefined;
    await keep({ object, stored: { ...stored, versionId }, sha256: hash });
    return content.bytes;
  }
}

function ref({ bucket, key }: ObjectRef): ObjectRef {
  return { bucket, key };
}

/** One for each object, newest first, so that a recovered digest names those below it. */
function wanted(findings: readonly Finding[]): readonly Wanted[] {
  const byObject = new Map<string, Wanted & { readonly time: string }>();
  for (const finding of findings) {
    const signed = signedHash(finding);
    if (signed === undefined) continue;
    const { object, code, time = '' } = finding;
    const known = byObject.get(object.uri);
    if (known?.expected === undefined) byObject.set(object.uri, { object, code, time, ...signed });
  }
  return [...byObject.values()].sort((a, b) => (a.time === b.time ? 0 : a.time < b.time ? 1 : -1));
}
