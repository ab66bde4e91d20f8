/** The search for what is next to the folders of trails and belongs to none of them; with nobody asking for it, it finds nothing. */

import { mapParallel } from '../../base/flow.ts';
import { append } from '../../base/lists.ts';
import { isOrganizationId } from '../../base/names.ts';
import type { Level, Source } from '../../source/source.ts';
import { type Listings, lastSegment } from '../listings.ts';
import { isOtherService, looksLikeAccount, looksLikeAwsLogs, looksLikeLake } from './look-alikes.ts';
import { folderMisfit, type Misfit, misfitsBelow, misfitsOfLevel, type misfitsOfUnknown } from './misfits.ts';

/** Folders of unknown names that are searched, and misfits reported: more are somebody's attempt at the verifier's time. */
const MOST_LOOKS = 100;
const MOST_MISFITS = 5_000;
/** Accounts in a folder that passes for `AWSLogs` that are looked at. */
const MOST_IN_A_TWIN = 10_000;
/** Folders looked into at once. */
const PARALLEL = 16;

/** Finds misfits for one search for places, whose listings it shares. Its methods throw what those listings throw. */
export class MisfitSearch {
  readonly #source: Source;
  readonly #listings: Listings;
  /** Whether anybody asks for misfits. */
  readonly isOn: boolean;
  readonly #misfits: Misfit[] = [];
  #looks = 0;
  #isFull = false;

  constructor(source: Source, listings: Listings, isOn: boolean) {
    this.#source = source;
    this.#listings = listings;
    this.isOn = isOn;
  }

  /** All that were found, in order of bucket and key. */
  result(): readonly Misfit[] {
    const sorted = this.#misfits.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    // Two looks may find one object: a look-alike in another.
    return sorted.filter((one, at) => !isSame(one, sorted[at - 1]));
  }

  /** Takes the objects of a level for misfits; `asLog` says by its key which may pass for log data. */
  level(bucket: string, prefix: string, level: Level, asLog: (key: string) => boolean): void {
    this.#note(bucket, prefix, misfitsOfLevel(bucket, prefix, level, asLog));
  }

  /** Searches the folders next to a trail's own: all of those that `isLike` takes for a trail's, the others by `lookElse`. */
  async nextTo(
    bucket: string,
    folders: readonly string[],
    isLike: (name: string) => boolean,
    lookElse: typeof misfitsOfUnknown,
  ): Promise<void> {
    const unexpected = folders.filter((folder) => {
      const name = lastSegment(folder);
      return name !== 'AWSLogs' && !isOtherService(name);
    });
    await this.#each(unexpected, (folder) =>
      this.lookInto(bucket, folder, isLike(lastSegment(folder)) ? misfitsBelow : lookElse),
    );
  }

  /** Looks into accounts below a folder that may be taken for `AWSLogs`; a prefix of such a name holds none. */
  async twins(bucket: string, folders: readonly string[]): Promise<void> {
    const twins = folders.filter((folder) => looksLikeAwsLogs(lastSegment(folder)));
    await this.#each(twins, async (twin) => {
      this.#looks += 1;
      const isLeft = this.#looks > MOST_LOOKS;
      const inner = isLeft ? [] : await this.#listings.folders(bucket, twin, { most: MOST_IN_A_TWIN });
      if (isLeft || (inner?.length ?? 0) > MOST_IN_A_TWIN)
        this.#note(bucket, twin, [folderMisfit(bucket, twin, true)]);
      for (const child of inner ?? []) {
        const name = lastSegment(child);
        if (isOrganizationId(name) || looksLikeAccount(name))
          await this.lookInto(bucket, child, misfitsBelow);
      }
    });
  }

  /** Looks into a `Query` folder of CloudTrail Lake that is in no account: results in it are none that CloudTrail saved there. */
  async strayResults(bucket: string, folder: string, children: readonly string[]): Promise<void> {
    if (!looksLikeLake(lastSegment(folder))) return;
    await this.#each(
      children.filter((child) => lastSegment(child).toLowerCase() === 'query'),
      (child) => this.lookInto(bucket, child, misfitsBelow),
    );
  }

  /** Looks into one folder. */
  async lookInto(bucket: string, folder: string, look: typeof misfitsBelow): Promise<void> {
    if (!this.isOn) return;
    this.#looks += 1;
    // What was not looked into is not known to be harmless.
    if (this.#looks > MOST_LOOKS) this.#note(bucket, folder, [folderMisfit(bucket, folder, true)]);
    else {
      const where = { bucket, prefix: folder };
      const found = await this.#listings.ask(where, () => look(this.#source, bucket, folder));
      this.#note(bucket, folder, found ?? []);
    }
  }

  #note(bucket: string, folder: string, misfits: readonly Misfit[]): void {
    const room = Math.max(0, MOST_MISFITS - this.#misfits.length);
    append(this.#misfits, misfits.slice(0, room));
    const left = misfits.length - room;
    if (left <= 0 || this.#isFull) return;
    this.#isFull = true;
    this.#misfits.push(folderMisfit(bucket, folder, true, left));
  }

  async #each(folders: readonly string[], work: (folder: string) => Promise<void>): Promise<void> {
    await mapParallel(folders, PARALLEL, work);
  }
}

function isSame(one: Misfit, other: Misfit | undefined): boolean {
  return other !== undefined && placeOf(one) === placeOf(other) && one.asLog === other.asLog;
}

function placeOf({ bucket, object }: Misfit): string {
  return `${bucket}/${object.key}`;
}
