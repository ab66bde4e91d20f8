/**
 * Digests that were removed from the end of a chain. No digest that is left names them; in a versioned bucket delete
 * markers do, and the version below may still carry AWS's signature: then it was delivered, and is a violation.
 */

import { HOUR } from '../base/clock.ts';
import { interrupted } from '../base/errors.ts';
import { mapParallel } from '../base/flow.ts';
import type { RecentEnd, RunContext } from '../chain/list-digests.ts';
import { chainId, chainOf, dayFolder, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Finding, FindingOf } from '../findings/finding.ts';
import { describeRemoved, isInability, type Removed, removedFinding } from './marked-digests.ts';
import { tellRefused } from './versions.ts';
import { type WipedRequest, wipedChains } from './wiped-chains.ts';

/** Removed digests looked into in one run, a few requests each: some six weeks of one chain. */
const MOST_REMOVED = 1000;
/** Rows of listings of versions: a writer of a million versions must not make the run last for days. */
const MOST_ROWS = 200_000;
/** Digests remembered as reported, so that none is reported twice. */
const MOST_REPORTED = 100_000;
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

/** Follows a run's findings, and looks at its end for what lay beyond the ends of chains. */
export class RemovedDigests {
  readonly #context: RunContext;
  readonly #ends = new Map<string, End>();
  readonly #recent: End[] = [];
  /** The digests reported as removed or as missing, by place. */
  readonly #reported = new Set<string>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Takes note of an event of the run: of a finding about the end of a chain. */
  see(event: TrailEvent): void {
    if (event.type !== 'finding') return;
    const { finding } = event;
    const isMissing = finding.code === 'DIGEST_MISSING' && this.#reported.size < MOST_REPORTED;
    if (isMissing) this.#reported.add(finding.object.uri);
    const end = this.#context.source.listVersions === undefined ? undefined : endOf(finding);
    if (end === undefined) return;
    const name = `${end.bucket}/${end.folder} ${end.chain ?? ''}`;
    const known = this.#ends.get(name);
    // The digest that is left is newer than what a checkpoint says was there.
    if ((known?.after ?? Number.NEGATIVE_INFINITY) <= (end.after ?? Number.NEGATIVE_INFINITY))
      this.#ends.set(name, end);
  }

  /** Takes note of a chain that ends where its next digest may be late. */
  seeRecent({ chain, newest: { bucket, key }, endTime }: RecentEnd): void {
    const named = parseDigestKey(key);
    if (named === undefined || this.#context.source.listVersions === undefined) return;
    const folder = digestFolderKey(named, named.region);
    this.#recent.push({ bucket, folder, chain: chainId(chain), after: endTime });
  }

  /**
   * The digests removed from the ends of chains whose next digest may be late, oldest first. An intruder who deletes the
   * last hours is most likely still there, so this waits for no finding. But there is no trouble yet either: a digest without a
   * sign of its delivery is left out (anybody may lay a delete marker on a name that is still to come), and so is that
   * versions may not be listed. Rejects with INTERNAL, INTERRUPTED and foreign errors.
   */
  async recent(): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const found = await this.#describeBeyond(await this.#versioned(this.#recent), () => {}, true);
    const delivered = found.filter(
      ({ evidence, history }) =>
        evidence.expected !== undefined || history === undefined || history.unread > 0,
    );
    for (const { object } of delivered) this.#reported.add(object.uri);
    return delivered;
  }

  /** The findings of chains that were deleted whole, oldest first. Rejects as `recent`. */
  async wiped(
    where: Omit<WipedRequest, 'context' | 'isReported'>,
  ): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const isReported = (uri: string): boolean => this.#reported.has(uri);
    const found = await wipedChains({ ...where, context: this.#context, isReported });
    for (const { object } of found) this.#reported.add(object.uri);
    return found;
  }

  /** The digests removed from the ends of chains that findings named, oldest first. Rejects with INTERNAL, INTERRUPTED and foreign errors. */
  async findings(): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const found = await this.#describeBeyond([...this.#ends.values()], (bucket) =>
      tellRefused(this.#context.limit, bucket),
    );
    return found.filter(({ object }) => !this.#reported.has(object.uri));
  }

  /** The ends in buckets that keep versions, or may. */
  async #versioned(ends: readonly End[]): Promise<readonly End[]> {
    const { source } = this.#context;
    const without = new Set<string>();
    for (const bucket of new Set(ends.map((end) => end.bucket))) {
      try {
        if ((await source.retention?.(bucket))?.versioning === 'Off') without.add(bucket);
      } catch (error) {
        if (!isInability(error)) throw error;
      }
    }
    return ends.filter(({ bucket }) => !without.has(bucket));
  }

  async #describeBeyond(
    ends: readonly End[],
    tell: (refused: string) => void,
    needsVersion = false,
  ): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const removed = new Map<string, Removed>();
    const refused = new Set<string>();
    await mapParallel(ends, AT_ONCE, async (end) => {
      if (refused.has(end.bucket)) return;
      try {
        for (const one of await this.#beyond(end, needsVersion)) removed.set(`${one.bucket}/${one.key}`, one);
      } catch (error) {
        if (!isInability(error)) throw error;
        refused.add(end.bucket);
        tell(end.bucket);
      }
    });
    const ordered = [...removed.values()].sort(
      (a, b) => a.named.endTime - b.named.endTime || (a.key < b.key ? -1 : 1),
    );
    const described = await mapParallel(ordered.slice(0, MOST_REMOVED), AT_ONCE, (one) =>
      describeRemoved(one, this.#context),
    );
    const left = ordered.slice(MOST_REMOVED).at(-1);
    if (left === undefined) return described;
    this.#tellFull();
    // A thousand false ones hide none: of those that are left, the newest represents all.
    return [...described, removedFinding(left, this.#context)];
  }

  /** The digests of a chain that only a delete marker is left of, above its end; of a folder without digests the newest of each chain. */
  async #beyond({ bucket, folder, chain, after }: End, needsVersion: boolean): Promise<readonly Removed[]> {
    const { source, window, signal } = this.#context;
    const from = Math.max(after ?? window.from ?? Number.NEGATIVE_INFINITY, 0);
    const request = { bucket, prefix: folder, startAfter: folder + dayFolder(from) };
    const found: Removed[] = [];
    const newest = new Map<string, Removed>();
    const written = new Set<string>();
    let rows = 0;
    for await (const page of source.listVersions?.(request) ?? []) {
      for (const { key, isLatest, deleteMarker } of page) {
        rows += 1;
        if (needsVersion && !deleteMarker) written.add(key);
        const named = isLatest && deleteMarker ? parseDigestKey(key) : undefined;
        if (named === undefined || named.endTime <= from || named.endTime - HOUR >= window.to) continue;
        const id = chainId(chainOf(named));
        if (chain === undefined) newest.set(id, { bucket, key, named });
        else if (chain === id) found.push({ bucket, key, named });
      }
      if (signal?.aborted === true) throw interrupted();
      if (rows > MOST_ROWS || (found.length > MOST_REMOVED && !needsVersion)) break;
    }
    if (rows > MOST_ROWS) this.#tellFull();
    if (chain === undefined) return [...newest.values()];
    return needsVersion ? found.filter(({ key }) => written.has(key)) : found;
  }

  #tellFull(): void {
    this.#context.limit(
      'VERSIONS_NOT_SEEN',
      `More digests were removed from ends of chains than a run looks into (${MOST_REMOVED}): the others are not reported.`,
    );
  }
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
