import type { IncomingHttpHeaders } from 'node:http';
import { knownTime, systemClock } from '../../../base/clock.ts';
import { ByteRoom } from '../../../base/flow.ts';
import type {
  Access,
  FoundObject,
  ObjectDescription,
  ObjectReader,
  ReadHow,
  S3Access,
  TakeFound,
} from '../../access.ts';
import { RequestWindow, WIDEST_WINDOW } from '../../wrappers.ts';
import { BareGets, type GetFailure } from './bare-gets.ts';
import { GetSigner } from './get-signer.ts';
import { type GateTurn, PrefixGates } from './prefix-gates.ts';

/** Reads objects of S3 for a thread that owns its connections: as many at once as pays, in the bytes that there is room for. */

/** A thread's share of the requests and bytes that the run may have in flight. */
export interface ReaderShare {
  /** Requests at once at most. */
  readonly requests: number;
  /** Whether so many are in flight from the beginning; else a quarter, and more while that pays. */
  readonly fixed: boolean;
  /** Bytes of bodies that are held and not yet released. */
  readonly bytes: number;
  /** The largest object that is taken. */
  readonly maxBytes: number;
}

/** One object of one batch. */
interface Wanted {
  readonly bucket: string;
  readonly key: string;
  readonly at: number;
  readonly take: TakeFound;
  /** Tries of it that may be made here. */
  readonly most: number;
  readonly isDescribed: boolean;
  tries: number;
}

interface Bucket {
  readonly access: S3Access;
  readonly signer: GetSigner;
  readonly origin: string;
}

/** Tries of one object here; the main thread has its own. */
const TRIES = 3;
/** The first pause before another try, and the longest, in milliseconds. */
const BASE_PAUSE = 200;
const LONGEST_PAUSE = 2000;
/** Of a queue whose beginning was taken, so much may stay behind before it is cut. */
const MOST_BEHIND = 4096;

/** A reader of S3's buckets, each by an access of its own. */
export class S3Reader implements ObjectReader {
  readonly #share: ReaderShare;
  readonly #room: ByteRoom;
  readonly #window = new RequestWindow();
  readonly #gates = new PrefixGates();
  readonly #gets = new Map<string, BareGets>();
  /** Those that wait for room below their prefix. */
  readonly #gated = new Set<Wanted>();
  /** Those that wait for another try. */
  readonly #paused = new Map<NodeJS.Timeout, Wanted>();
  readonly #buckets = new Map<string, Bucket>();
  #queue: Wanted[] = [];
  #next = 0;
  #inFlight = 0;
  /** The measures of the reads since the window last learned. */
  #reads = 0;
  #milliseconds = 0;
  #bytes = 0;
  #isFull = true;
  #isClosed = false;
  #utilization = performance.eventLoopUtilization();

  constructor(share: ReaderShare) {
    this.#share = share;
    this.#room = new ByteRoom(share.bytes);
  }

  /** Requests that may be in flight by now. */
  get width(): number {
    const { fixed, requests } = this.#share;
    return fixed ? requests : Math.max(1, Math.ceil((this.#window.width * requests) / WIDEST_WINDOW));
  }

  renew(bucket: string, access: Access): void {
    if (access.kind !== 's3') return;
    const url = new URL(access.url);
    const signer = new GetSigner(url, access.region, access.requestPayer);
    this.#buckets.set(bucket, { access, signer, origin: url.origin });
  }

  read(
    bucket: string,
    keys: readonly string[],
    take: TakeFound,
    { once = false, described: isDescribed = false }: ReadHow = {},
  ): void {
    const most = once ? 1 : TRIES;
    for (const [at, key] of keys.entries())
      this.#queue.push({ bucket, key, at, take, most, isDescribed, tries: 0 });
    this.#pump();
  }

  release(bytes: number): void {
    this.#room.release(bytes);
  }

  stop(): void {
    const left = this.#queue.slice(this.#next);
    this.#queue = [];
    this.#next = 0;
    for (const { take, at } of left) take(at, undefined);
    for (const gets of this.#gets.values()) gets.abandon();
    for (const [timer, wanted] of this.#paused) {
      clearTimeout(timer);
      this.#give(wanted);
    }
    this.#paused.clear();
    const gated = [...this.#gated];
    this.#gated.clear();
    for (const wanted of gated) this.#give(wanted);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.stop();
    await Promise.all([...this.#gets.values()].map((gets) => gets.close()));
  }

  #pump(): void {
    const most = this.width;
    while (this.#inFlight < most && this.#next < this.#queue.length) {
      const wanted = this.#queue[this.#next];
      this.#next += 1;
      if (wanted === undefined) continue;
      this.#inFlight += 1;
      this.#ask(wanted);
    }
    if (this.#next >= this.#queue.length) {
      // It may run empty and be full all the same.
      if (this.#inFlight < most) this.#isFull = false;
      this.#queue = [];
      this.#next = 0;
    } else if (this.#next > MOST_BEHIND) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
  }

  /** One try, when there is room below the object's prefix. */
  #ask(wanted: Wanted): void {
    const turn = this.#gates.enter(wanted);
    if (!(turn instanceof Promise)) {
      this.#send(wanted, turn);
      return;
    }
    this.#gated.add(wanted);
    turn.then(
      (entered) => {
        // It may have been given up while it waited.
        if (this.#gated.delete(wanted)) this.#send(wanted, entered);
        else this.#gates.leave(entered, 'failed');
      },
      () => {
        if (this.#gated.delete(wanted)) this.#give(wanted);
      },
    );
  }

  #send(wanted: Wanted, turn: GateTurn): void {
    wanted.tries += 1;
    const begun = performance.now();
    const bucket = this.#buckets.get(wanted.bucket);
    let held = 0;
    const failed = (failure: GetFailure): void => {
      this.#gates.leave(turn, failure === 'congested' ? 'congested' : 'failed');
      if (held > 0) this.#room.release(held);
      this.#isFull = false;
      if (failure === 'lasting' || wanted.tries >= wanted.most || this.#isClosed) this.#give(wanted);
      else this.#later(wanted);
    };
    if (bucket === undefined || this.#isClosed) {
      failed('lasting');
      return;
    }
    let isOver = false;
    try {
      const { access, signer, origin } = bucket;
      const signed = signer.sign(access, systemClock.now() + access.clockOffset, wanted.key);
      this.#getsOf(origin, access).get(signed, {
        admit: (length, resume) => {
          const hasRoom = this.#room.take(length, () => {
            // It may have failed while it waited.
            if (isOver) this.#room.release(length);
            else {
              held = length;
              resume();
            }
          });
          if (hasRoom) held = length;
          return hasRoom;
        },
        done: (bytes, versionId, head) => {
          isOver = true;
          this.#gates.leave(turn, 'answered');
          this.#learn(begun, bytes.length);
          this.#inFlight -= 1;
          // The next request leaves before this answer is looked at.
          this.#pump();
          wanted.take(wanted.at, found(wanted, bytes, versionId, head));
        },
        failed: (failure) => {
          isOver = true;
          failed(failure);
        },
      });
    } catch {
      // A key that no path can carry.
      if (!isOver) failed('lasting');
    }
  }

  #later(wanted: Wanted): void {
    const pause = Math.random() * Math.min(LONGEST_PAUSE, BASE_PAUSE * 2 ** wanted.tries);
    const timer = setTimeout(() => {
      this.#paused.delete(timer);
      this.#ask(wanted);
    }, pause);
    this.#paused.set(timer, wanted);
  }

  /** Gives an object up, so that somebody else can ask for it. */
  #give({ take, at }: Wanted): void {
    this.#inFlight -= 1;
    take(at, undefined);
    this.#pump();
  }

  #getsOf(origin: string, { connectTimeoutMs, requestTimeoutMs, way }: S3Access): BareGets {
    const known = this.#gets.get(origin);
    if (known !== undefined) return known;
    const { requests, maxBytes } = this.#share;
    const times = { connectMs: connectTimeoutMs, idleMs: requestTimeoutMs };
    const made = new BareGets(origin, { connections: requests, maxBytes, ...times }, way);
    this.#gets.set(origin, made);
    return made;
  }

  /** Takes an answer into account; after as many as are in flight, the window learns. */
  #learn(begun: number, size: number): void {
    if (this.#share.fixed) return;
    this.#reads += 1;
    this.#bytes += size;
    this.#milliseconds += performance.now() - begun;
    if (this.#reads < this.width) return;
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, this.#utilization).utilization;
    const round = { time: this.#milliseconds / this.#reads, size: this.#bytes / this.#reads };
    this.#window.learn({ ...round, busy, isFull: this.#isFull });
    this.#utilization = now;
    this.#reads = 0;
    this.#milliseconds = 0;
    this.#bytes = 0;
    this.#isFull = true;
  }
}

function found(
  { isDescribed }: Wanted,
  bytes: Buffer,
  versionId: string | undefined,
  head: readonly Buffer[],
): FoundObject {
  const version = versionId === undefined ? {} : { versionId };
  const description = isDescribed ? describeObject(headersOf(head)) : undefined;
  if (description === undefined) return { file: bytes, ...version };
  // A small body may be a part of the bytes that the connection has read.
  const isOwn = bytes.buffer.byteLength === bytes.byteLength;
  return { file: isOwn ? bytes : new Uint8Array(bytes), ...version, description };
}

/** The description of an object in S3's answer. */

const USER_METADATA = 'x-amz-meta-';

/** The description of an object in the headers; undefined where they name a time that no date can express, which S3 never does. */
export function describeObject(headers: IncomingHttpHeaders): ObjectDescription | undefined {
  // A name `__proto__` is lost so, as it is in the SDK: both ways read the same.
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(USER_METADATA)) metadata[name.slice(USER_METADATA.length)] = joined(value) ?? '';
  }
  const modified = joined(headers['last-modified']);
  const lastModified = modified === undefined ? undefined : Date.parse(modified);
  if (lastModified !== undefined && knownTime(lastModified) === undefined) return undefined;
  const versionId = joined(headers['x-amz-version-id']);
  const etag = joined(headers.etag);
  const storageClass = joined(headers['x-amz-storage-class']);
  return {
    metadata,
    lastModified,
    versionId,
    etag,
    storageClass,
  };
}

/** Several headers of one name are one list (RFC 9110, 5.2). */
export function joined(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}

/** Headers as they were sent, name and value by turns, by lower-case name; values are Latin-1, as node:http gives them. */
export function headersOf(raw: readonly Buffer[]): IncomingHttpHeaders {
  const headers = new Map<string, string | string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]?.toString('latin1').toLowerCase() ?? '';
    const value = raw[at + 1]?.toString('latin1') ?? '';
    const known = headers.get(name);
    headers.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(headers);
}
