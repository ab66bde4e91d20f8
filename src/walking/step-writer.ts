/** Steps of a walk, made into batches on the thread that walks. */
import type { WalkStep } from '../chain/chain-plan.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { type AgreeingFile, PackedWriter } from '../checking/contract.ts';
import { chainId, chainOf, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { BETWEEN, type PackedRun, type PlainStep, type StepBatch } from './contract.ts';

type DigestEvent = Extract<TrailEvent, { type: 'digest' }>;

/** Digests of one batch, and log files that they name, some 130 bytes each: a message costs as much as a digest or two. */
const MOST_STEPS = 128;
const MOST_LOGS = 1_024;

/** Characters of a day's folder in a digest's key, `2026/11/20`. */
const DAY_LENGTH = 10;

/** A sound digest: what all of a run have in common, and what is its own. */
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

  /** Takes one step; true where a batch is full. `share`: so much of a batch is one, for many walks have a batch each. */
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

/** What of a sound digest is in no line and no number; see `DigestTexts` in step-reader.ts. */
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
