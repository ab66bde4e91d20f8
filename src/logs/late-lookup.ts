/**
 * Log files of the days asked about that a digest outside the window may name: one that was delivered late, or whose time of
 * writing or name lies at the window's edge. The digests of those times are read and proven like all others; only that such
 * a digest names a file takes it off the list. First those around the times in question, then what comes after the window,
 * then the backfill digests below it, which repeat an hour long after it.
 */

import { DAY, HOUR, MINUTE } from '../base/clock.ts';
import type { ChainPlan, RunContext, Window } from '../chain/chain-plan.ts';
import { type Interval, union } from '../chain/coverage.ts';
import type { PlaceFolder } from '../chain/discover.ts';
import { emptyChain, folderName, type ListedChain, listRange, placeDigest } from '../chain/list-digests.ts';
import { provenDigestsOf } from '../chain/proven-digests-of.ts';
import { chainId } from '../digest/chain-id.ts';
import { type DigestKey, dayFolder, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { Finding } from '../findings/finding.ts';

/** A log file that nothing read so far names, the times at which it may have been delivered, and what to tell of it. */
export interface Wanted {
  /** `bucket/key` */
  readonly place: string;
  readonly times: readonly number[];
  readonly finding: Finding & { readonly code: 'LOG_UNLISTED' };
}

/**
 * Files that are looked up in one place, some 600 bytes each, and digests that are read for them. A bucket that was restored has all of
 * its files written at one time, so those of the hours before a window are looked up.
 */
export const MOST_WANTED = 20_000;
const MOST_DIGESTS = 200;
/** Stretches of time whose digests are listed. */
const MOST_LISTINGS = 24;
/** How far below the window backfill digests are looked for: how late CloudTrail may be is not documented. */
const BACKFILLED = DAY;
/** How far the digest that names a file may lie from the time it was delivered at, clocks and names being what they are. */
const SLACK = 10 * MINUTE;

/** Looks up the log files of one place. */
export class LateLookup {
  readonly #folders: readonly PlaceFolder[];
  readonly #region: string;
  readonly #context: RunContext;
  readonly #wanted = new Map<string, Wanted>();
  #digests = 0;
  #mostDigests = MOST_DIGESTS;
  #isCut = false;

  constructor(folders: readonly PlaceFolder[], region: string, context: RunContext) {
    this.#folders = folders;
    this.#region = region;
    this.#context = context;
  }

  /** Takes a file to be looked up; false where there are too many. */
  want(wanted: Wanted): boolean {
    if (this.#wanted.size >= MOST_WANTED) return false;
    this.#wanted.set(wanted.place, wanted);
    return true;
  }

  /** The findings of the files that no digest names, as far as they are looked for. Rejects only with errors that end the run. */
  async findings(): Promise<readonly Finding[]> {
    const times = [...this.#wanted.values()].flatMap((one) => one.times);
    const around = union(times.map((time) => ({ from: time - SLACK, to: time + SLACK })));
    for (const [at, { from, to }] of around.entries()) {
      if (this.#wanted.size === 0) break;
      if (at >= MOST_LISTINGS) this.#isCut = true;
      else await this.#read({ from, to });
    }
    const { from, to } = this.#context.window;
    if (this.#wanted.size > 0) await this.#read({ from: to, to: to + MOST_DIGESTS * HOUR });
    if (this.#wanted.size > 0 && from !== undefined) {
      this.#mostDigests += MOST_DIGESTS;
      await this.#read({ from: from - BACKFILLED, to: from }, ({ kind }) => kind === 'backfill');
    }
    return [...this.#wanted.values()].map(({ finding }) =>
      this.#isCut ? { ...finding, evidence: { ...finding.evidence, reason: 'undecided' } } : finding,
    );
  }

  /** Reads the digests of a stretch of time, as far as their number goes. */
  async #read(window: Window & Interval, isMeant: (key: DigestKey) => boolean = () => true): Promise<void> {
    for (const folder of this.#folders) {
      const chains = await this.#list(folder, window, isMeant);
      for (const plan of chains) {
        for await (const { digest } of provenDigestsOf(plan, window, this.#context)) {
          for (const { bucket, key } of digest.logFiles) {
            const actual = this.#context.moves.toActual({ bucket, key });
            this.#wanted.delete(`${actual.bucket}/${actual.key}`);
          }
        }
      }
    }
  }

  /** The chains of one folder in a stretch of time, without digests beyond the number that is read. */
  async #list(
    folder: PlaceFolder,
    window: Window & Interval,
    isMeant: (key: DigestKey) => boolean,
  ): Promise<readonly Omit<ChainPlan, 'follow'>[]> {
    const { source } = this.#context;
    const prefix = digestFolderKey(folder, this.#region);
    const chains = new Map<string, ListedChain>();
    const range = {
      startAfter: prefix + dayFolder(window.from - DAY),
      end: prefix + dayFolder(window.to + DAY + 2 * HOUR),
      keySuffices: () => true,
    };
    for await (const page of listRange(source, folder.bucket, prefix, range)) {
      for (const object of page) {
        const key = parseDigestKey(object.key);
        if (key === undefined || !isMeant(key)) continue;
        const id = chainId(key);
        const empty = (): ListedChain => emptyChain(key, folderName(folder.bucket, prefix));
        const chain = chains.get(id) ?? empty();
        chains.set(id, chain);
        const isFull = this.#digests >= this.#mostDigests;
        const ref = { bucket: folder.bucket, key: object.key };
        const isInside = placeDigest(isFull ? empty() : chain, { ref, endTime: key.endTime }, window);
        if (isInside && isFull) this.#isCut = true;
        else if (isInside) this.#digests += 1;
      }
    }
    return [...chains.values()].map((chain) => ({ ...chain, lastDelivered: undefined }));
  }
}
