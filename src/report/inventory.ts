import { createHash } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import { asciiJson } from '../base/json.ts';
import { placeOf } from '../chain/digest-queue.ts';
import type { ByteCount, TrailEvent } from '../findings/event.ts';
import type { Outcome } from '../findings/finding.ts';
import type { LineStore } from './lines.ts';
import { HASH_LENGTH, leafHash, MerkleTree } from './merkle.ts';
import type { ObjectsReport } from './report.ts';

/** The order of the leaves, in the words of the report. */
const ORDER =
  "chain by chain in the order of their ids; a chain's digest files newest first, as its links lead, each followed by the log files that it names, in the order in which it names them";
const LEAF = 'the bytes of one line of the inventory without its line feed';

/** The group of a chain's leaf hashes: no chain's id holds a NUL. */
function leavesOf(chain: string): string {
  return `${chain}\0leaves`;
}

/** Writes the inventory of one run as its events arrive, and returns its Merkle root at the end. Memory stays flat. */
export class InventoryWriter {
  readonly #store: LineStore;
  readonly #order: InventoryOrder;
  readonly #chains = new Set<string>();

  /** `logsChecked`: false for a run that leaves log files alone. */
  constructor(store: LineStore, logsChecked: boolean) {
    this.#store = store;
    this.#order = new InventoryOrder(logsChecked);
  }

  /** Takes one event into account; undefined where there is nothing to wait for. Rejects as the store does. */
  add(event: TrailEvent): Promise<void> | undefined {
    if (!hasLines(event)) return undefined;
    const ready = this.#order.add(event);
    return ready === undefined ? undefined : this.#keep(ready);
  }

  /** Writes the inventory; resolves with what the report says of it. Rejects as the store does. */
  async finish(): Promise<ObjectsReport> {
    for (const lines of this.#order.rest()) await this.#keep(lines);
    const tree = new MerkleTree();
    const content = createHash('sha256');
    const { name } = this.#store;
    const store = this.#store;
    const chains = [...this.#chains].sort();
    await store.write(
      (async function* () {
        for (const chain of chains) {
          for await (const bytes of store.read(chain)) {
            content.update(bytes);
            yield bytes;
          }
          await addLeaves(tree, store.read(leavesOf(chain)));
        }
      })(),
    );
    return {
      merkle: { algorithm: 'rfc9162-sha256', size: tree.size, root: tree.root(), leaf: LEAF, order: ORDER },
      inventory: { path: name, sha256: content.digest('hex'), lines: tree.size },
    };
  }

  async #keep({ chain, lines, leaves }: OrderedLines): Promise<void> {
    this.#chains.add(chain);
    await this.#store.append(chain, lines);
    await this.#store.append(leavesOf(chain), leaves);
  }
}

/** Adds leaves by their hashes, which come in pieces of any size. */
async function addLeaves(tree: MerkleTree, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    for (; at + HASH_LENGTH <= bytes.length; at += HASH_LENGTH)
      tree.addHash(bytes.subarray(at, at + HASH_LENGTH));
    rest = bytes.subarray(at);
  }
  if (rest.length > 0)
    throw new TrailVerifyError('INTERNAL', 'the leaf hashes of the inventory were cut off');
}

/**
 * The inventory: one line for each object that was checked, as JSON in ASCII, its fields in this order and no others:
 *
 *     {"kind":"log","bucket":"…","key":"…","versionId":null,"stored":"<sha256>","content":"<sha256>","status":"valid"}
 *
 * `stored` is the SHA-256 of the bytes as stored, null for an object that could not be read; `content` that of the
 * uncompressed content, null where it cannot be inflated. The bytes of a line without its line feed are a leaf of
 * the Merkle tree that the report's root binds.
 */

/** One line of an inventory, read. */
export interface InventoryLine {
  readonly kind: 'digest' | 'log';
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
  readonly stored: string | null;
  readonly content: string | null;
  readonly status: Outcome;
}

/** The events that have a line of their own. */
export type ObjectEvent = Extract<TrailEvent, { type: 'digest' | 'log' }>;

/** The line of one digest or log file, without its line feed. */
export function inventoryLine(event: ObjectEvent): string {
  const { type, object, versionId, hashes, outcome } = event;
  return formatInventoryLine({
    kind: type,
    bucket: object.bucket,
    key: object.key,
    versionId: versionId ?? null,
    stored: hashes?.stored ?? null,
    content: hashes?.content ?? null,
    status: outcome,
  });
}

function formatInventoryLine(line: InventoryLine): string {
  const { kind, bucket, key, versionId, stored, content, status } = line;
  return asciiJson({ kind, bucket, key, versionId, stored, content, status });
}

const SHA256 = /^[0-9a-f]{64}$/;
const OUTCOMES: ReadonlySet<unknown> = new Set<Outcome>(['valid', 'invalid', 'missing', 'unproven']);

/** Reads one line; undefined for any text but the one that this tool writes for those very facts. */
export function readInventoryLine(text: string): InventoryLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const isHash = (field: unknown): boolean =>
    field === null || (typeof field === 'string' && SHA256.test(field));
  const fits =
    (fields.kind === 'digest' || fields.kind === 'log') &&
    typeof fields.bucket === 'string' &&
    typeof fields.key === 'string' &&
    (fields.versionId === null || typeof fields.versionId === 'string') &&
    isHash(fields.stored) &&
    isHash(fields.content) &&
    OUTCOMES.has(fields.status);
  if (!fits) return undefined;
  // Every field was just looked at; other ones do not survive the comparison.
  const line = value as InventoryLine;
  return formatInventoryLine(line) === text ? line : undefined;
}

/**
 * Brings the lines of the inventory into their order. A chain's digests come newest first, as its walk judges them,
 * each followed by the log files that it names, in the order in which it names them. Digest events come in that order;
 * those of their log files come when they were checked, one by one or many in a row. So a digest's lines wait until the last
 * of them is there:
 *
 *     digest 15:00  logs 0-40 ok  log 41 ...  logs 42-63 ok      waits for log 41
 *     digest 14:00  log 0 ok                                     complete, and waits for the one before
 *
 * What waits is bounded by the lead that the check of log files allows (`LogChecks`), and by a chain's digests of
 * the time between.
 */

/** The events that have lines of their own. */
export type LineEvent = ObjectEvent | Extract<TrailEvent, { type: 'digests' | 'logs' }>;

/** True for an event that has lines of its own. */
function hasLines(event: TrailEvent): event is LineEvent {
  const { type } = event;
  return type === 'digest' || type === 'digests' || type === 'log' || type === 'logs';
}

/** Lines of neighbours with their leaf hashes; the first of them is that of log file `at`, or of the digest itself at -1. */
interface Piece {
  readonly at: number;
  readonly count: number;
  readonly lines: Uint8Array;
  readonly leaves: Uint8Array;
}

/** A digest's lines: its own, and those of its log files as far as they are there. */
interface Group {
  readonly pieces: Piece[];
  /** 1 for each log file whose line is there. */
  readonly seen: Uint8Array;
  missing: number;
}

/** The digests of one chain that wait, in their order and by their place. */
interface Waiting {
  readonly groups: Group[];
  readonly byPlace: Map<string, Group[]>;
}

/** Lines of one chain that are in their order, each ended by a line feed, and their leaf hashes. */
export interface OrderedLines {
  readonly chain: string;
  readonly lines: Uint8Array;
  readonly leaves: Uint8Array;
}

/** Takes events as they come and gives back lines in their order. */
export class InventoryOrder {
  readonly #waitsForLogs: boolean;
  readonly #chains = new Map<string, Waiting>();
  #waiting = 0;

  /** `waitsForLogs`: false for a run that leaves log files alone. */
  constructor(waitsForLogs: boolean) {
    this.#waitsForLogs = waitsForLogs;
  }

  /** Lines that wait for others. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes one event; the lines of its chain that are in order by now, undefined where there are none. */
  add(event: LineEvent): OrderedLines | undefined {
    const chain = this.#chains.get(event.chain) ?? { groups: [], byPlace: new Map<string, Group[]>() };
    this.#chains.set(event.chain, chain);
    const { groups, byPlace } = chain;
    if (event.type === 'digest') {
      const missing = this.#waitsForLogs ? event.logFiles : 0;
      const group = { pieces: [pieceOf(-1, event)], seen: new Uint8Array(missing), missing };
      groups.push(group);
      this.#waiting += 1;
      const place = placeOf(event.object);
      if (missing > 0) byPlace.set(place, [...(byPlace.get(place) ?? []), group]);
    } else if (event.type === 'digests') {
      // A digest whose log files are checked needs an event of its own.
      if (this.#waitsForLogs) throw inOneRow(event.newest.key);
      groups.push({ pieces: [{ ...event, at: -1 }], seen: new Uint8Array(), missing: 0 });
      this.#waiting += event.count;
    } else {
      this.#addLogs(byPlace, event.type === 'logs' ? { ...event, at: event.position } : event);
    }
    // Most events end nothing.
    if ((groups[0]?.missing ?? 0) > 0) return undefined;
    const incomplete = groups.findIndex(({ missing }) => missing > 0);
    return this.#take(event.chain, groups.splice(0, incomplete === -1 ? groups.length : incomplete));
  }

  /** What still waits when a run ends early, chain by chain: digests without the log files that were not checked. */
  *rest(): Generator<OrderedLines> {
    for (const [chain, { groups }] of this.#chains) {
      const lines = this.#take(chain, groups.splice(0));
      if (lines !== undefined) yield lines;
    }
  }

  #addLogs(
    byPlace: Map<string, Group[]>,
    event: Extract<ObjectEvent, { type: 'log' }> | (Extract<TrailEvent, { type: 'logs' }> & Piece),
  ): void {
    const place = placeOf(event.digest);
    const { at, count, lines, leaves } = event.type === 'logs' ? event : pieceOf(event.position, event);
    const same = byPlace.get(place) ?? [];
    // A digest that came twice takes them twice.
    const group = same.find(({ seen }) => isUnseen(seen, at, count));
    if (group === undefined) throw unannounced(place, event.position);
    group.seen.fill(1, at, at + count);
    group.pieces.push({ at, count, lines, leaves });
    group.missing -= count;
    this.#waiting += count;
    if (group.missing > 0) return;
    if (same.length === 1) byPlace.delete(place);
    else
      byPlace.set(
        place,
        same.filter((one) => one !== group),
      );
  }

  #take(chain: string, groups: readonly Group[]): OrderedLines | undefined {
    const pieces = groups.flatMap((group) => group.pieces.sort((a, b) => a.at - b.at));
    for (const { count } of pieces) this.#waiting -= count;
    if (pieces.length === 0) return undefined;
    return {
      chain,
      lines: Buffer.concat(pieces.map(({ lines }) => lines)),
      leaves: Buffer.concat(pieces.map(({ leaves }) => leaves)),
    };
  }
}

function isUnseen(seen: Uint8Array, at: number, count: number): boolean {
  if (at < 0 || count < 1 || at + count > seen.length) return false;
  const first = seen.subarray(at, at + count).indexOf(1);
  return first === -1;
}

function pieceOf(at: number, event: ObjectEvent): Piece {
  const lines = Buffer.from(`${inventoryLine(event)}\n`, 'latin1');
  return { at, count: 1, lines, leaves: leafHash(lines.subarray(0, -1)) };
}

function inOneRow(digest: string): TrailVerifyError {
  return new TrailVerifyError(
    'INTERNAL',
    `log files of digest ${digest} and those before it cannot be reported`,
  );
}

function unannounced(digest: string, position: number): TrailVerifyError {
  const what = `log file ${position} of digest ${digest} was checked`;
  return new TrailVerifyError('INTERNAL', `${what}, and was not announced or checked before`);
}

/** Events of many objects that agree, made into those of each. */

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

/** The events for single log files that a `logs` event replaces, as they would have been without it. */
export function* eachLog(event: EventOf<'logs'>): Generator<EventOf<'log'>> {
  const { chain, digest, family, position } = event;
  for (const { at, line, bytes } of eachObject(event, `log files from ${position} on of ${digest.key}`)) {
    const { bucket, key, versionId, stored, content, status } = line;
    yield {
      type: 'log',
      chain,
      object: { bucket, key },
      family,
      outcome: status,
      bytes,
      digest,
      position: position + at,
      hashes: { stored, content },
      versionId: versionId ?? undefined,
    };
  }
}

/** The events for single digests that a `digests` event replaces, as they would have been without it. */
export function* eachDigest(event: EventOf<'digests'>): Generator<EventOf<'digest'>> {
  const { chain, newest, provenBy, fingerprint, windows } = event;
  for (const { at, line, bytes } of eachObject(event, `digests from ${newest.key} on`)) {
    const { bucket, key, versionId, stored, content, status } = line;
    const [from = 0, to = 0, logFiles = 0] = windows.subarray(3 * at, 3 * at + 3);
    yield {
      type: 'digest',
      chain,
      object: { bucket, key },
      outcome: status,
      listed: true,
      bytes,
      hashes: { stored, content },
      versionId: versionId ?? undefined,
      fingerprint,
      window: { from, to },
      logFiles,
      provenBy,
    };
  }
}

/** The event itself; for one of many objects those of each of them. */
export function* eventByEvent(event: TrailEvent): Generator<TrailEvent> {
  if (event.type === 'logs') yield* eachLog(event);
  else if (event.type === 'digests') yield* eachDigest(event);
  else yield event;
}

/** What the lines and sizes of many objects say of each. Throws INTERNAL where there is no line for one. */
function* eachObject(
  { count, lines, sizes }: Pick<EventOf<'logs'>, 'count' | 'lines' | 'sizes'>,
  what: string,
): Generator<{
  readonly at: number;
  readonly line: InventoryLine & { readonly stored: string; readonly content: string };
  readonly bytes: ByteCount;
}> {
  const numbers = new DataView(sizes.buffer, sizes.byteOffset, sizes.byteLength);
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString('latin1').split('\n');
  for (let at = 0; at < count; at += 1) {
    const line = readInventoryLine(text[at] ?? '');
    if (line === undefined || line.stored === null || line.content === null)
      throw new TrailVerifyError('INTERNAL', `number ${at} of the ${what} has no line`);
    const { stored, content } = line;
    const bytes = { read: numbers.getUint32(8 * at, true), inflated: numbers.getUint32(8 * at + 4, true) };
    yield { at, line: { ...line, stored, content }, bytes };
  }
}
