/** What the threads that read digests are asked and answer, and how they do it. */
import type { KeyObject } from 'node:crypto';
import { MAX_DIGEST_FILE, type OpenedDigest, readStored } from '../chain/read-digest.ts';
import { verifySignature } from '../crypto/verify-signature.ts';
import { signedText } from '../digest/signing-string.ts';
import { type ReadBuffer, readStoredFile } from '../source/object-file.ts';
import type { ObjectFile, ObjectRef } from '../source/source.ts';

/** Neither a file's path nor the key of an object that lies under its own name can hold it. */
const BETWEEN = '\0';

/** Files as one text, which is sent more quickly than objects. */
export function textOf(files: readonly ObjectFile[]): string {
  return files.map(({ path, key }) => path + BETWEEN + key).join(BETWEEN);
}

/** The files of such a text. */
export function tasksOf(text: string): readonly ObjectFile[] {
  const parts = text.split(BETWEEN);
  const files: ObjectFile[] = [];
  for (let at = 0; at < parts.length; at += 2)
    files.push({ path: parts[at] ?? '', key: parts[at + 1] ?? '' });
  return files;
}

/** A key to try signatures under, by a number of this process. */
export interface LearnedKey {
  readonly number: number;
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/** What a digest turned out to be, apart from its place, which the one who asks knows. */
type Opened = OpenedDigest extends infer Each ? (Each extends unknown ? Omit<Each, 'ref'> : never) : never;

/** One digest's answer; null where it has to be opened through its source. */
export type DigestAnswer = { readonly opened: Opened; readonly tried?: Tried } | null;

/** What `verifySignature` says of its own signature over its `signedText`, under a key by number. */
interface Tried {
  readonly key: number;
  readonly verifies: boolean;
}

/** Where a digest lies is known to the one who asks. */
const NOWHERE: ObjectRef = { bucket: '', key: '' };

/** Reads digests one after the other, with what it needs for that. */
export class DigestAnswers {
  readonly #reads: number[] = [];
  readonly #keys = new Map<string, LearnedKey>();
  readonly #buffers: { readonly object: ReadBuffer; readonly sidecar: ReadBuffer };

  constructor(buffers: { readonly object: ReadBuffer; readonly sidecar: ReadBuffer }) {
    this.#buffers = buffers;
  }

  /** How long the files since the last time took to be read, in microseconds: the one in the middle. */
  typicalRead(): number {
    const reads = this.#reads.splice(0).sort((a, b) => a - b);
    return reads[reads.length >> 1] ?? 0;
  }

  learn(key: LearnedKey): void {
    this.#keys.set(key.fingerprint, key);
  }

  /** What the digest in that file is. */
  answer(file: ObjectFile): DigestAnswer {
    try {
      const began = performance.now();
      const stored = readStoredFile(file, MAX_DIGEST_FILE, this.#buffers);
      this.#reads.push((performance.now() - began) * 1000);
      if (stored === undefined) return null;
      const { ref: _, ...opened } = readStored(NOWHERE, stored);
      return { opened, ...this.#try(opened) };
    } catch {
      // What this machine lacks is told by the thread that asked, if it lacks it too.
      return null;
    }
  }

  /** Tries the digest's own signature under the key that it names, where that is known. */
  #try(opened: Opened): { readonly tried?: Tried } {
    if (opened.state !== 'parsed') return {};
    const { digest, sha256, metadata } = opened;
    const { signature } = metadata;
    const known = this.#keys.get(digest.fingerprint);
    if (known === undefined || signature === undefined) return {};
    const verifies = verifySignature(signedText(digest, sha256), signature, known.key);
    return { tried: { key: known.number, verifies } };
  }
}
