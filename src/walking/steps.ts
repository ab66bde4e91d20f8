import type { VerifiedDigest } from '../chain/check-digest.ts';
import type { NamedLogs, WalkStep } from '../chain/list-digests.ts';
import { type AgreeingFile, PackedReader, PackedWriter } from '../checking/contract.ts';
import type { LogRef } from '../digest/digest.ts';
import { chainId, chainOf, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { eachDigest } from '../report/inventory.ts';
import { BETWEEN, type PackedRun, type PlainStep, type StepBatch } from './contract.ts';

/** Batches made into the steps of a walk again, on the thread that asked for it. */

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

/** The steps of a batch of `chain`, in their order: a run as one, `inRuns`, or else as those of each digest. */
export function* readSteps(chain: string, { parts }: StepBatch, inRuns: boolean): Generator<WalkStep> {
  for (const part of parts) {
    if (!('packed' in part)) yield revived(part);
    else if (inRuns) yield asOne(chain, part);
    else yield* oneByOne(chain, part);
  }
}

function asOne(chain: string, run: PackedRun): WalkStep {
  const { logBucket: bucket, texts } = run;
  const named: NamedLogs = { bucket, keys: texts === '' ? [] : texts.split(BETWEEN) };
  return { at: run.at[0] ?? 0, events: [eventOf(chain, run)], named };
}

function* oneByOne(chain: string, run: PackedRun): Generator<WalkStep> {
  const texts = new DigestTexts(run);
  let number = 0;
  for (const event of eachDigest(eventOf(chain, run))) {
    yield revived({ at: run.at[number] ?? 0, events: [event], digest: texts.next(event) });
    number += 1;
  }
}

function eventOf(chain: string, run: PackedRun): EventOf<'digests'> {
  const { count, newest, provenBy, fingerprint, windows } = run;
  const packed = new PackedReader(run.packed, count).slice(0, count);
  let logFiles = 0;
  for (let at = 2; at < windows.length; at += 3) logFiles += windows[at] ?? 0;
  return { type: 'digests', chain, newest, count, provenBy, fingerprint, logFiles, ...packed, windows };
}

/**
 * Reads what is in no line and no number of the digests of a run, one after the other:
 *
 *     signature NUL account NUL end as written NUL place as signed NUL previous: place, hash, signature NUL key NUL sha256 …
 */
class DigestTexts {
  readonly #texts: readonly string[];
  readonly #logBucket: string;
  #next = 0;

  constructor({ texts, logBucket }: PackedRun) {
    this.#texts = texts.split(BETWEEN);
    this.#logBucket = logBucket;
  }

  next({ object, hashes, fingerprint, window, logFiles, provenBy }: EventOf<'digest'>): PlainStep['digest'] {
    const signature = this.#text();
    const account = this.#text();
    const endTimeText = this.#text();
    const location = { bucket: this.#text(), key: this.#text() };
    const place = { bucket: this.#text(), key: this.#text() };
    const previous = { ...place, sha256: this.#text(), signature: this.#text() };
    const logs: LogRef[] = [];
    for (let count = 0; count < logFiles; count += 1)
      logs.push({ bucket: this.#logBucket, key: this.#text(), sha256: this.#text() });
    return {
      ref: object,
      digest: {
        account,
        startTime: window?.from ?? 0,
        endTime: window?.to ?? 0,
        endTimeText,
        location,
        fingerprint: fingerprint ?? '',
        previous,
        logFiles: logs,
        repeatedLogFiles: [],
      },
      sha256: hashes?.content ?? '',
      signature,
      provenBy: provenBy ?? 'successor',
      asRecorded: true,
    };
  }

  #text(): string {
    const text = this.#texts[this.#next];
    // A batch that contradicts itself proves nothing: its reader walks the chain again.
    if (text === undefined) throw new RangeError('a run of digests is not as long as it says');
    this.#next += 1;
    return text;
  }
}

/**
 * The step of a thread as the walk made it there. The only place outside `checkDigest` where its brand is given: this program's own
 * thread ran that very function on the digest, and what went between the two is memory of this process alone.
 */
function revived({ digest, ...step }: PlainStep): WalkStep {
  return digest === undefined ? step : { ...step, digest: digest as VerifiedDigest };
}

/** Steps of a walk, made into batches on the thread that walks. */

type DigestEvent = Extract<TrailEvent, { type: 'digest' }>;

/** Digests of one batch, and log files that they name, some 130 bytes each: a message costs as much as a digest or two. */
const MOST_STEPS = 128;
const MOST_LOGS = 1_024;

/** Characters of a day's folder in a digest's key, `2026/11/20`. */
const DAY_LENGTH = 10;

/** A sound digest: the facts that all of a run have in common, and its own. */
interface Sound {
  readonly ref: VerifiedDigest['ref'];
  readonly folder: string;
  readonly provenBy: VerifiedDigest['provenBy'];
  readonly fingerprint: string;
  readonly logBucket: string | undefined;
  readonly line: AgreeingFile;
  readonly windows: readonly [from: number, to: number, logs: number];
  readonly at: number;
  /** Joined at once: many objects that live long cost more than one text. */
  readonly text: string;
}

/** Collects the steps of one walk. */
export class StepWriter {
  readonly #walk: number;
  readonly #chain: string;
  readonly #inRuns: boolean;
  #parts: (PackedRun | PlainStep)[] = [];
  #run: Sound[] = [];
  #logBucket: string | undefined;
  #before = 0;
  #steps = 0;
  #logs = 0;

  constructor(walk: number, chain: string, inRuns: boolean) {
    this.#walk = walk;
    this.#chain = chain;
    this.#inRuns = inRuns;
  }

  /** Takes one step; true where a batch is full. `share` is the part of a batch that counts as full, because many walks have a batch each. */
  add(step: WalkStep, share: number): boolean {
    const sound = this.#soundOf(step);
    if (sound === undefined) {
      this.#endRun();
      this.#parts.push(step);
      this.#logs += step.digest?.digest.logFiles.length ?? 0;
    } else this.#addSound(sound);
    this.#steps += 1;
    return this.#steps >= MOST_STEPS * share || this.#logs >= MOST_LOGS * share;
  }

  /** The batch so far, and the buffers in it that nobody else holds. */
  take(): { readonly batch: StepBatch; readonly buffers: readonly ArrayBuffer[] } {
    this.#endRun();
    const batch = { walk: this.#walk, before: this.#before, steps: this.#steps, parts: this.#parts };
    const buffers = this.#parts.flatMap((part) => ('packed' in part ? buffersOf(part) : []));
    this.#parts = [];
    this.#before += this.#steps;
    this.#steps = 0;
    this.#logs = 0;
    return { batch, buffers };
  }

  #addSound(sound: Sound): void {
    const [first] = this.#run;
    const fits =
      first !== undefined &&
      first.ref.bucket === sound.ref.bucket &&
      first.folder === sound.folder &&
      first.provenBy === sound.provenBy &&
      first.fingerprint === sound.fingerprint &&
      (this.#logBucket ?? sound.logBucket) === (sound.logBucket ?? this.#logBucket);
    if (!fits) this.#endRun();
    this.#run.push(sound);
    this.#logBucket ??= sound.logBucket;
    this.#logs += sound.windows[2];
  }

  #endRun(): void {
    const run = this.#run;
    const [first] = run;
    if (first === undefined) return;
    const writer = new PackedWriter(first.ref.bucket, run.length, 'digest');
    for (const [at, { line }] of run.entries()) writer.put(at, line);
    const { ref, provenBy, fingerprint } = first;
    this.#parts.push({
      count: run.length,
      newest: { bucket: ref.bucket, key: ref.key },
      provenBy,
      fingerprint,
      packed: writer.pack(),
      windows: Float64Array.from(run.flatMap(({ windows }) => windows)),
      at: Float64Array.from(run, ({ at }) => at),
      logBucket: this.#logBucket ?? '',
      // Where a digest names no log file there is nothing to part.
      texts: run.flatMap(({ text }) => (text === '' ? [] : text)).join(BETWEEN),
    });
    this.#run = [];
    this.#logBucket = undefined;
  }

  /** Undefined for a step that is more than a sound digest, or another thing. */
  #soundOf({ at, events, digest, openHole }: WalkStep): Sound | undefined {
    const [event, ...more] = events;
    if (digest === undefined || event === undefined || more.length > 0 || openHole !== undefined)
      return undefined;
    if (event.type !== 'digest' || event.outcome !== 'valid' || !digest.asRecorded) return undefined;
    const { ref, provenBy } = digest;
    const { startTime, endTime, previous, fingerprint, logFiles, repeatedLogFiles } = digest.digest;
    if (previous === undefined || startTime >= endTime || repeatedLogFiles.length > 0) return undefined;
    const line = lineOf(event);
    const named = parseDigestKey(ref.key);
    if (line === undefined || line.content !== digest.sha256 || named === undefined) return undefined;
    if (chainId(chainOf(named)) !== this.#chain || ref.versionId !== undefined) return undefined;
    const logBucket = logFiles[0]?.bucket;
    if (logFiles.some(({ bucket }) => bucket !== logBucket)) return undefined;
    const texts = this.#inRuns ? logFiles.map(({ key }) => key) : textsOf(digest);
    if (texts.some((text) => text.includes(BETWEEN))) return undefined;
    return {
      ref,
      folder: ref.key.slice(0, ref.key.lastIndexOf('/') - DAY_LENGTH),
      provenBy,
      fingerprint,
      logBucket,
      line,
      windows: [startTime, endTime, logFiles.length],
      at,
      text: texts.join(BETWEEN),
    };
  }
}

/** The texts of a sound digest that are in no line and no number; see `DigestTexts` in step-reader.ts. */
function textsOf({ signature, digest }: VerifiedDigest): readonly string[] {
  const { account, endTimeText, location, previous, logFiles } = digest;
  const before = previous ?? { bucket: '', key: '', sha256: '', signature: '' };
  return [
    ...[signature, account, endTimeText, location.bucket, location.key],
    ...[before.bucket, before.key, before.sha256, before.signature],
    ...logFiles.flatMap(({ key, sha256 }) => [key, sha256]),
  ];
}

function lineOf({ object, versionId, hashes, bytes }: DigestEvent): AgreeingFile | undefined {
  if (hashes?.content === undefined) return undefined;
  const { stored, content } = hashes;
  return { key: object.key, versionId, stored, content, size: bytes.read, inflated: bytes.inflated };
}

function buffersOf({ packed, windows, at }: PackedRun): readonly ArrayBuffer[] {
  // Each was made for itself, by this thread.
  return [packed.buffer, windows.buffer, at.buffer] as ArrayBuffer[];
}
