/**
 * Digests that were removed from the end of a chain. No digest that is left names them; in a versioned bucket delete
 * markers do, and the version below may still carry AWS's signature: then it was delivered, and is a violation.
 */
import type { RunContext } from './chain/chain-plan.ts';
import { checkDigest } from './chain/check-digest.ts';
import { findingObject } from './chain/finding-object.ts';
import { openDigest } from './chain/open-digest.ts';
import { DAY, HOUR, isoTime } from './clock.ts';
import { chainId, chainOf } from './digest/chain-id.ts';
import { type DigestKey, dayFolder, digestFolderKey, parseDigestKey } from './digest/digest-key.ts';
import { TrailVerifyError } from './errors.ts';
import type { Finding, FindingOf, ObjectHistory } from './findings/finding.ts';
import { MOST_COMPARED, tellRefused, timeOf } from './object-history.ts';
import { mapParallel } from './parallel.ts';
import type { BucketRetention, ListedVersion, ObjectRef } from './source/source.ts';

/** Removed digests looked into in one run, a few requests each: some six weeks of one chain. */
const MOST_REMOVED = 1000;
/** Rows of listings of versions: whoever writes a million versions must not make the run last for days. */
const MOST_ROWS = 200_000;
const AT_ONCE = 8;
const FOLDER = /^(.*\/)?CloudTrail-Digest\/[a-z0-9-]+\/$/;

/** Where the digests that are left of a chain end. */
interface End {
  readonly bucket: string;
  /** The Region's folder of digests. */
  readonly folder: string;
  /** The chain; undefined for every chain of a folder in which no digest is left. */
  readonly chain: string | undefined;
  /** The end of the newest digest that is left (milliseconds since the epoch). */
  readonly after: number | undefined;
}

interface Removed extends ObjectRef {
  readonly named: DigestKey;
}

interface Look {
  readonly history: ObjectHistory;
  readonly intact: { readonly sha256: string; readonly written: number | undefined } | undefined;
  /** What lies on the version that is intact, or is newest where none is. */
  readonly marker: ListedVersion | undefined;
}

/** Follows a run's findings, and looks at its end for what lay beyond the ends of chains. */
export class RemovedDigests {
  readonly #context: RunContext;
  readonly #ends = new Map<string, End>();
  readonly #retentions = new Map<string, Promise<BucketRetention>>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Takes note of a finding that tells of the end of a chain. */
  see(finding: Finding): void {
    const end = this.#context.source.listVersions === undefined ? undefined : endOf(finding);
    if (end === undefined) return;
    const name = `${end.bucket}/${end.folder} ${end.chain ?? ''}`;
    const known = this.#ends.get(name);
    // The digest that is left is newer than what a checkpoint says was there.
    if ((known?.after ?? Number.NEGATIVE_INFINITY) <= (end.after ?? Number.NEGATIVE_INFINITY))
      this.#ends.set(name, end);
  }

  /** What was removed, oldest first. Rejects with INTERNAL and foreign errors. */
  async findings(): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const removed = new Map<string, Removed>();
    const refused = new Set<string>();
    for (const end of this.#ends.values()) {
      try {
        for (const one of refused.has(end.bucket) ? [] : await this.#beyond(end))
          removed.set(`${one.bucket}/${one.key}`, one);
      } catch (error) {
        if (!isInability(error)) throw error;
        refused.add(end.bucket);
        tellRefused(this.#context.limit, end.bucket);
      }
    }
    const ordered = [...removed.values()].sort(
      (a, b) => a.named.endTime - b.named.endTime || (a.key < b.key ? -1 : 1),
    );
    if (ordered.length > MOST_REMOVED) this.#tellFull();
    return mapParallel(ordered.slice(0, MOST_REMOVED), AT_ONCE, (one) => this.#describe(one));
  }

  /** The digests of a chain that only a delete marker is left of, above its end; of a folder without digests the newest of each chain. */
  async #beyond({ bucket, folder, chain, after }: End): Promise<readonly Removed[]> {
    const { source, window, signal } = this.#context;
    const from = Math.max(after ?? window.from ?? Number.NEGATIVE_INFINITY, 0);
    const request = { bucket, prefix: folder, startAfter: folder + dayFolder(from) };
    const found: Removed[] = [];
    const newest = new Map<string, Removed>();
    let rows = 0;
    for await (const page of source.listVersions?.(request) ?? []) {
      for (const { key, isLatest, deleteMarker } of page) {
        rows += 1;
        const named = isLatest && deleteMarker ? parseDigestKey(key) : undefined;
        if (named === undefined || named.endTime <= from || named.endTime - HOUR >= window.to) continue;
        const id = chainId(chainOf(named));
        if (chain === undefined) newest.set(id, { bucket, key, named });
        else if (chain === id) found.push({ bucket, key, named });
      }
      if (rows > MOST_ROWS || found.length > MOST_REMOVED || signal?.aborted === true) break;
    }
    if (rows > MOST_ROWS) this.#tellFull();
    return chain === undefined ? [...newest.values()] : found;
  }

  async #describe(removed: Removed): Promise<FindingOf<'DIGEST_REMOVED'>> {
    const { bucket, key, named } = removed;
    const { moves } = this.#context;
    const about = {
      code: 'DIGEST_REMOVED',
      object: findingObject({ bucket, key }, moves),
      chain: chainId(chainOf(named)),
      time: isoTime(named.endTime),
    } as const;
    try {
      const { history, intact, marker } = await this.#look(removed);
      if (intact === undefined) return { ...about, weight: 'unproven', evidence: {}, history };
      const expired = marker && (await this.#ruleThatMayHave(removed, intact.written, marker));
      const evidence = {
        expected: intact.sha256,
        ...(expired === undefined ? {} : { mayHaveExpiredBy: expired }),
      };
      return { ...about, weight: expired === undefined ? 'violation' : 'unproven', evidence, history };
    } catch (error) {
      // What was found so far must not be lost to what cannot be told of it.
      if (!isInability(error)) throw error;
      return { ...about, weight: 'unproven', evidence: {} };
    }
  }

  /** Looks for a version that carries AWS's signature, newest first. */
  async #look({ bucket, key, named }: Removed): Promise<Look> {
    const { source, keyRing, moves } = this.#context;
    const context = { chain: chainOf(named), keyRing, moves, endTime: named.endTime };
    const rows = (await source.versions?.({ bucket, key })) ?? [];
    let [compared, unread] = [0, 0];
    for (const [at, row] of rows.entries()) {
      if (row.deleteMarker) continue;
      const isBounded = compared + unread < MOST_COMPARED;
      const opened = isBounded
        ? await openDigest(source, { bucket, key, versionId: row.versionId })
        : undefined;
      if (opened === undefined || opened.state === 'absent' || opened.state === 'unreadable') {
        unread += 1;
        continue;
      }
      compared += 1;
      const { digest } = await checkDigest(opened, context);
      if (digest === undefined) continue;
      const intact = { versionId: row.versionId, ...timeOf(row) };
      return {
        history: { ...actOf(rows[at - 1]), versions: rows.length, compared, unread, intact },
        intact: { sha256: digest.sha256, written: row.lastModified },
        marker: rows[at - 1],
      };
    }
    const history = { ...actOf(rows[0]), versions: rows.length, compared, unread };
    return { history, intact: undefined, marker: rows[0] };
  }

  /** The lifecycle rule that may have written the delete marker: such a rule takes a day's objects in no order. */
  async #ruleThatMayHave(
    { bucket, key }: Removed,
    written: number | undefined,
    marker: ListedVersion,
  ): Promise<string | undefined> {
    const deleted = marker.lastModified;
    if (written === undefined || deleted === undefined || !marker.deleteMarker) return undefined;
    const retention = this.#retentions.get(bucket) ?? this.#context.source.retention?.(bucket);
    if (retention === undefined) return undefined;
    this.#retentions.set(bucket, retention);
    const { expiry } = await retention;
    return expiry.find(
      ({ prefix, days, date }) =>
        key.startsWith(prefix) &&
        ((days !== undefined && deleted - written >= days * DAY) || (date !== undefined && deleted >= date)),
    )?.id;
  }

  #tellFull(): void {
    this.#context.limit(
      'VERSIONS_NOT_SEEN',
      `More digests were removed from ends of chains than a run looks into (${MOST_REMOVED}): the others are not told.`,
    );
  }
}

function actOf(acting: ListedVersion | undefined): Pick<ObjectHistory, 'act' | 'time' | 'versionId'> {
  if (acting === undefined) return { act: 'unknown' };
  const act = acting.deleteMarker ? 'deleted' : 'overwritten';
  return { act, ...timeOf(acting), versionId: acting.versionId };
}

function isInability(error: unknown): error is TrailVerifyError {
  return error instanceof TrailVerifyError && error.code !== 'INTERNAL';
}

function endOf(finding: Finding): End | undefined {
  const { object, chain } = finding;
  const { bucket, key } = object;
  const named = parseDigestKey(key);
  const folder = named === undefined ? key : digestFolderKey(named, named.region);
  switch (finding.code) {
    case 'CHAIN_ENDS_EARLY':
      return named && { bucket, folder, chain, after: named.endTime };
    case 'CHAIN_ROLLED_BACK': {
      const left = parseDigestKey(finding.evidence.newest.replace(/^s3:\/\/[^/]*\//, ''));
      return named && left && { bucket, folder, chain, after: left.endTime };
    }
    case 'CHAIN_VANISHED':
      return named && { bucket, folder, chain, after: named.endTime - 1 };
    case 'CHAIN_ABSENT':
      return FOLDER.test(key) ? { bucket, folder, chain: undefined, after: undefined } : undefined;
    default:
      return undefined;
  }
}
