/** Batches made into the steps of a walk again, on the thread that asked for it. */
import type { NamedLogs, WalkStep } from '../chain/chain-plan.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { PackedReader } from '../checking/contract.ts';
import type { LogRef } from '../digest/digest.ts';
import type { TrailEvent } from '../findings/event.ts';
import { eachDigest } from '../report/each-object.ts';
import { BETWEEN, type PackedRun, type PlainStep, type StepBatch } from './contract.ts';

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
    // A batch that is not what it says proves nothing: whoever reads it walks the chain again.
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
