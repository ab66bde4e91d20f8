import { randomInt } from 'node:crypto';
import { DAY, isoTime } from '../base/clock.ts';
import { interrupted, TrailVerifyError } from '../base/errors.ts';
import { checkDigest, findingObject } from '../chain/check-digest.ts';
import type { PlaceFolder } from '../chain/discover.ts';
import { type RunContext, recognizerOf } from '../chain/list-digests.ts';
import { openDigest } from '../chain/read-digest.ts';
import { chainId, chainOf, type DigestKey, digestFolderKey } from '../digest/digest-key.ts';
import { type FindingOf, makeFinding, type ObjectHistory } from '../findings/finding.ts';
import type { ExpiryRule, KeyVersion, ListedVersion, ObjectRef, Source } from '../source/source.ts';
import { MOST_COMPARED, timeOf } from './versions.ts';

/**
 * What the versions of one digest folder show of digests that a delete marker hides, chain by chain:
 *
 *     marker  marker  living  living  living  marker  marker
 *     \_ `first` __/                          \_ `last` ___/
 *
 * What is hidden between digests that live is named by them. Of a chain of which nothing lives, all is `first`.
 */

/** Hidden digests of a chain that are kept: so many of the newest, and as many others by lot. */
const MOST_KEPT = 8;
/** Chains of one folder: CloudTrail has five trails in a Region, and names cost their writer nothing. */
const MOST_CHAINS = 2_000;

/** Rows of listings that no living digest accounts for: deleted, overwritten, or other names. */
interface RowBudget {
  left: number;
}

/** The digests to examine: those of one folder whose keys are after `startAfter` and before `end`. */
interface MarkedRequest {
  readonly source: Pick<Source, 'listVersions'>;
  readonly folder: PlaceFolder;
  readonly region: string;
  readonly startAfter: string | undefined;
  readonly end: string;
  /** Whether a hidden digest counts, given when it was written and when it was deleted. */
  readonly counts: (removed: Removed, written: number | undefined, deleted: number | undefined) => boolean;
  readonly signal: AbortSignal | undefined;
  readonly budget: RowBudget;
}

/** Hidden digests of one chain: how many there are, and those that are kept, newest first. */
export interface Marked {
  readonly count: number;
  readonly kept: readonly Removed[];
}

/** One chain of a folder. */
export interface MarkedChain {
  readonly lives: boolean;
  readonly first: Marked;
  readonly last: Marked;
}

/** The chains of a folder that have hidden digests, by id, and whether all of it was seen. */
interface MarkedFolder {
  readonly chains: ReadonlyMap<string, MarkedChain>;
  readonly isWhole: boolean;
}

/** Lists the versions of a digest folder. Throws INTERRUPTED, and what the source's listing throws. */
export async function markedDigests(request: MarkedRequest): Promise<MarkedFolder> {
  const { source, folder, region, startAfter, end, signal, budget } = request;
  const prefix = digestFolderKey(folder, region);
  const chains = new Map<string, ChainOfVersions>();
  let isWhole = true;
  const recognize = recognizerOf(folder);
  const take = ({ named, lives, isHidden, versions, written, deleted }: VersionsOfKey, key: string): void => {
    // A marker on a name that nothing was ever written to hides nothing.
    if (!lives && (!isHidden || versions === 0)) return;
    const id = chainId(chainOf(named));
    let chain = chains.get(id);
    if (chain === undefined && chains.size >= MOST_CHAINS) {
      isWhole = false;
      return;
    }
    chain ??= new ChainOfVersions();
    chains.set(id, chain);
    if (lives) {
      chain.live();
      return;
    }
    const removed = { bucket: folder.bucket, key, named };
    // Of an object that was written over nobody knows yet which version is the genuine one.
    if (request.counts(removed, versions === 1 ? written : undefined, deleted)) chain.hide(removed);
  };
  const pages = source.listVersions?.({
    bucket: folder.bucket,
    prefix,
    startAfter,
  });
  // The rows of a key may be on many pages.
  let open: readonly [string, VersionsOfKey] | undefined;
  for await (const page of pages ?? []) {
    const byKey = new Map<string, VersionsOfKey>(open === undefined ? [] : [open]);
    let lastKey = '';
    for (const row of page) {
      if (row.key > lastKey) lastKey = row.key;
      const known = byKey.get(row.key);
      const named = known?.named ?? recognize(row.key);
      if (named === undefined || row.deleteMarker || !row.isLatest) budget.left -= 1;
      if (named === undefined) continue;
      const versions = known ?? new VersionsOfKey(named);
      if (known === undefined) byKey.set(row.key, versions);
      versions.add(row);
    }
    const keys = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1));
    open = keys.pop();
    for (const [key, versions] of keys) if (key < end) take(versions, key);
    if (lastKey >= end) break;
    if (signal?.aborted === true) throw interrupted();
    if (budget.left < 0) {
      isWhole = false;
      break;
    }
  }
  if (open !== undefined && open[0] < end) take(open[1], open[0]);
  return { chains, isWhole };
}

/** What the versions of one digest come to, however many there are. */
class VersionsOfKey {
  readonly named: DigestKey;
  lives = false;
  isHidden = false;
  /** When the newest marker was laid, and the last version seen was written (milliseconds since the epoch). */
  deleted: number | undefined;
  written: number | undefined;
  versions = 0;

  constructor(named: DigestKey) {
    this.named = named;
  }

  add({ isLatest, deleteMarker, lastModified }: KeyVersion): void {
    if (!deleteMarker) {
      this.versions += 1;
      this.written = lastModified;
      this.lives ||= isLatest;
    } else if (isLatest) {
      this.isHidden = true;
      this.deleted = lastModified;
    }
  }
}

/** One chain, as its digests come oldest first. */
class ChainOfVersions implements MarkedChain {
  lives = false;
  readonly first: Hidden = new Hidden();
  last: Hidden = new Hidden();

  live(): void {
    this.lives = true;
    this.last = new Hidden();
  }

  hide(one: Removed): void {
    (this.lives ? this.last : this.first).add(one);
  }
}

/** Counts hidden digests, and keeps a few: a writer of thousands of false ones must not choose which are examined. */
class Hidden implements Marked {
  count = 0;
  readonly #newest: Removed[] = [];
  readonly #drawn: Removed[] = [];

  add(one: Removed): void {
    this.count += 1;
    this.#newest.push(one);
    const older = this.#newest.length > MOST_KEPT ? this.#newest.shift() : undefined;
    if (older === undefined) return;
    if (this.#drawn.length < MOST_KEPT) this.#drawn.push(older);
    else {
      const at = randomInt(this.count - MOST_KEPT);
      if (at < MOST_KEPT) this.#drawn[at] = older;
    }
  }

  get kept(): readonly Removed[] {
    return [...this.#newest.toReversed(), ...this.#drawn];
  }
}

/** A digest that only a delete marker is left of, and what its name says. */
export interface Removed extends ObjectRef {
  readonly named: DigestKey;
}

interface Look {
  readonly history: ObjectHistory;
  readonly intact: { readonly sha256: string; readonly written: number | undefined } | undefined;
  /** The version or delete marker right above the intact version; the newest one where none is intact. */
  readonly marker: ListedVersion | undefined;
}

/**
 * The finding for a removed digest: a violation where a version carries AWS's signature, unless a lifecycle rule may have
 * removed it. Rejects with INTERNAL, INTERRUPTED and foreign errors.
 */
export async function describeRemoved(
  removed: Removed,
  context: RunContext,
): Promise<FindingOf<'DIGEST_REMOVED'>> {
  try {
    const { history, intact, marker } = await look(removed, context);
    if (intact === undefined) return { ...removedFinding(removed, context), history };
    const mayHaveExpiredBy = await expiryOf(removed, intact.written, marker, context.source);
    const evidence = { expected: intact.sha256, mayHaveExpiredBy };
    return { ...removedFinding(removed, context, evidence), history };
  } catch (error) {
    // A finding must not be lost because more about it is unknown.
    if (!isInability(error)) throw error;
    return removedFinding(removed, context);
  }
}

/** The finding of a removed digest; without evidence for one of which no version is proven. */
export function removedFinding(
  { bucket, key, named }: Removed,
  { relocations }: Pick<RunContext, 'relocations'>,
  evidence: FindingOf<'DIGEST_REMOVED'>['evidence'] = {},
): FindingOf<'DIGEST_REMOVED'> {
  const object = findingObject({ bucket, key }, relocations);
  const about = { object, chain: chainId(chainOf(named)), time: isoTime(named.endTime) };
  return makeFinding('DIGEST_REMOVED', about, evidence);
}

/** Looks for a version that carries AWS's signature, newest first. */
async function look(
  { bucket, key, named }: Removed,
  { source, keyRing, relocations }: RunContext,
): Promise<Look> {
  const expected = { chain: chainOf(named), keyRing, relocations, endTime: named.endTime };
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
    const { digest } = await checkDigest(opened, expected);
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

/** The lifecycle rule that may have written the delete marker, if any: such a rule takes a day's objects in no order. */
async function expiryOf(
  { bucket, key }: Removed,
  written: number | undefined,
  marker: ListedVersion | undefined,
  source: Source,
): Promise<string | undefined> {
  const deleted = marker?.deleteMarker === true ? marker.lastModified : undefined;
  if (written === undefined || deleted === undefined) return undefined;
  try {
    const retention = await source.retention?.(bucket);
    return expiryRule(retention?.expiry ?? [], key, written, deleted)?.id;
  } catch (error) {
    // The one who deleted the digest may also refuse to show the rules: that excuses nothing. Another limit reports the refusal.
    if (!isInability(error)) throw error;
    return undefined;
  }
}

/** The first of lifecycle rules that may have deleted an object of this key, written and deleted at these times. */
export function expiryRule(
  rules: readonly ExpiryRule[],
  key: string,
  written: number | undefined,
  deleted: number | undefined,
): ExpiryRule | undefined {
  if (written === undefined || deleted === undefined) return undefined;
  return rules.find(
    ({ prefix, days, date }) =>
      key.startsWith(prefix) &&
      ((days !== undefined && deleted - written >= days * DAY) || (date !== undefined && deleted >= date)),
  );
}

function actOf(acting: ListedVersion | undefined): Pick<ObjectHistory, 'act' | 'time' | 'versionId'> {
  if (acting === undefined) return { act: 'unknown' };
  const act = acting.deleteMarker ? 'deleted' : 'overwritten';
  return { act, ...timeOf(acting), versionId: acting.versionId };
}

/** Whether the error says that something could not be looked at, rather than that the program is at fault or was interrupted. */
export function isInability(error: unknown): error is TrailVerifyError {
  return error instanceof TrailVerifyError && error.code !== 'INTERNAL' && error.code !== 'INTERRUPTED';
}
