import type { ObjectRef, Source } from '../source/source.ts';
import type { Link } from './check-digest.ts';
import { type DigestReader, type OpenedDigest, openDigest } from './read-digest.ts';

/**
 * One digest of the listing; `endTime` is its key's (milliseconds since the epoch). When it was written is left out: anybody
 * who can write the bucket decides that.
 */
export interface ListedDigest {
  readonly ref: ObjectRef;
  readonly endTime: number;
}

/** The place of an object as one string, to compare places by. */
export function placeOf(ref: Pick<ObjectRef, 'bucket' | 'key'>): string {
  return `${ref.bucket}/${ref.key}`;
}

/** Newest first; at the same time by place, so that two runs walk alike. */
export function newestFirst(a: ListedDigest, b: ListedDigest): number {
  if (a.endTime !== b.endTime) return b.endTime - a.endTime;
  return placeOf(a.ref) < placeOf(b.ref) ? 1 : -1;
}

/**
 * Log files that the digests opened ahead may name, some 430 bytes each once parsed: a busy Region names thousands of
 * them in each.
 */
const MOST_ENTRIES_AHEAD = 4_096;
/** And all together those that wait: several may turn out to be large at once. What is beyond is opened again when it is asked for. */
const MOST_ENTRIES_HELD = 32_768;
/** Digests opened ahead while nothing is known of their size. */
const AHEAD_AT_FIRST = 4;

type DigestSource = Pick<Source, 'open' | 'holds'>;

/**
 * The listed digests of a chain, newest first, opened ahead of the walk so that it does not wait for each
 * round trip. What is opened ahead is bounded by `ahead`, and by what the digests so far have named.
 */
export class DigestQueue {
  readonly #source: DigestSource;
  readonly #ahead: number;
  readonly #keep: boolean;
  readonly #reader: DigestReader | undefined;
  readonly #opening = new Map<string, Promise<OpenedDigest>>();
  /** Log files named by each of those that are open and wait, by their places; and by all of them. */
  readonly #held = new Map<string, number>();
  readonly #mostHeld: number;
  #heldEntries = 0;
  #listed: ListedDigest[];
  #next = 0;
  /** Those before this one were opened ahead. */
  #begun = 0;
  /** How many log files a digest names: of late, and the more the quicker believed. */
  #entries: number | undefined;

  /** `keep` keeps what was stored with each opened digest; `reader` reads what it can at once, where nothing is kept: nothing is opened ahead then. */
  constructor(
    source: DigestSource,
    listed: readonly ListedDigest[],
    ahead: number,
    keep = false,
    reader?: DigestReader,
    mostHeld: number = MOST_ENTRIES_HELD,
  ) {
    this.#mostHeld = mostHeld;
    this.#source = source;
    this.#keep = keep;
    this.#reader = keep ? undefined : reader;
    this.#ahead = ahead;
    this.#listed = [...listed].sort(newestFirst);
  }

  /** The newest that was not taken yet. */
  peek(): ListedDigest | undefined {
    return this.#listed[this.#next];
  }

  /** Opens the newest without taking it. */
  async peekOpened(): Promise<OpenedDigest | undefined> {
    const next = this.peek();
    return next === undefined ? undefined : this.#opened(next.ref);
  }

  /** Takes the newest. */
  take(): ListedDigest | undefined {
    const taken = this.#listed[this.#next];
    if (taken !== undefined) this.#next += 1;
    return taken;
  }

  /** Adds what another listing brought, where it is not there yet; returns whether anything was. */
  add(more: readonly ListedDigest[]): boolean {
    const known = new Set(this.#listed.map((one) => placeOf(one.ref)));
    const others = more.filter((one) => !known.has(placeOf(one.ref)));
    if (others.length === 0) return false;
    const rest = [...this.#listed.slice(this.#next), ...others];
    this.#listed = [...this.#listed.slice(0, this.#next), ...rest.sort(newestFirst)];
    this.#begun = this.#next;
    return true;
  }

  /** Opens `ref`, and the next listed ones ahead of time. */
  open(ref: ObjectRef): Promise<OpenedDigest> {
    const read = this.#opening.has(placeOf(ref)) ? undefined : this.#reader?.read(ref);
    if (read !== undefined) {
      this.#noteSize(read);
      return Promise.resolve(read);
    }
    // Where files come quickly, only what is odd is opened so, and alone.
    const count = this.#reader?.isQuick === true ? 0 : this.#aheadNow();
    const end = Math.min(this.#next + count, this.#listed.length);
    const ahead = this.#listed.slice(Math.max(this.#next, this.#begun), end);
    for (const one of ahead)
      this.#opened(one.ref).then(
        (digest) => this.#hold(placeOf(one.ref), digest),
        () => undefined,
      );
    this.#begun = Math.max(this.#begun, end);
    const opened = this.#opened(ref);
    const place = placeOf(ref);
    this.#opening.delete(place);
    this.#heldEntries -= this.#held.get(place) ?? 0;
    this.#held.delete(place);
    return opened;
  }

  /** Lets a digest that was opened ahead wait to be asked for, where there is room for what it names. */
  #hold(place: string, opened: OpenedDigest): void {
    if (!this.#opening.has(place)) return;
    const entries = entriesOf(opened);
    if (this.#heldEntries + entries > this.#mostHeld) this.#opening.delete(place);
    else {
      this.#held.set(place, entries);
      this.#heldEntries += entries;
    }
  }

  #opened(ref: ObjectRef): Promise<OpenedDigest> {
    const place = placeOf(ref);
    const known = this.#opening.get(place);
    if (known !== undefined) return known;
    const opened = openDigest(this.#source, ref, this.#keep);
    // The taker sees the error; until then it must not count as unhandled.
    opened.then(
      (digest) => this.#noteSize(digest),
      () => undefined,
    );
    this.#opening.set(place, opened);
    return opened;
  }

  #noteSize(opened: OpenedDigest): void {
    const entries = entriesOf(opened);
    this.#entries = Math.max(entries, ((this.#entries ?? 0) + entries) / 2);
  }

  #aheadNow(): number {
    if (this.#entries === undefined) return Math.min(this.#ahead, AHEAD_AT_FIRST);
    return Math.max(1, Math.min(this.#ahead, Math.floor(MOST_ENTRIES_AHEAD / Math.max(1, this.#entries))));
  }
}

function entriesOf(opened: OpenedDigest): number {
  return opened.state === 'parsed' ? opened.digest.logFiles.length : 0;
}

/** Places, and signatures of one place, that are kept: anybody may put files that claim to be successors into a copy. */
const MOST_PLACES = 1_000;
const MOST_OF_ONE = 16;

/**
 * The signatures that unproven digests carry of their predecessors. In a copy without metadata they are what proves those; other
 * files may come between the two, and claim the same.
 */
export class CarriedSignatures {
  readonly #byPlace = new Map<string, string[]>();

  /** Notes what a digest that is not proven carries, and gives its link back. */
  note(link: Link | undefined): Link | undefined {
    if (link === undefined || link.successor !== undefined) return link;
    const place = placeOf(link.ref);
    const signatures = this.#byPlace.get(place) ?? [];
    if (signatures.length < MOST_OF_ONE) signatures.push(link.signature);
    if (this.#byPlace.size >= MOST_PLACES) this.#byPlace.clear();
    this.#byPlace.set(place, signatures);
    return link;
  }

  /** What was carried of the digest at that place, which is asked for once. */
  take(ref: ObjectRef): readonly string[] {
    const place = placeOf(ref);
    const signatures = this.#byPlace.get(place) ?? [];
    this.#byPlace.delete(place);
    return signatures;
  }
}
