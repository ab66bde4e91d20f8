import type { Digest } from '../digest/digest.ts';
import { type Chain, chainId } from '../digest/digest-key.ts';
import type { Outcome } from '../findings/finding.ts';
import type { ObjectRef, StoredObject } from '../source/source.ts';
import { type Judgement, outcomeOf } from './check-digest.ts';
import type { OpenedDigest } from './read-digest.ts';

/** What every object that was read and judged comes with: where it lay, as it was stored, and what became of it. */
interface Examined {
  readonly ref: ObjectRef;
  readonly stored: StoredObject;
  readonly chain: string;
  readonly outcome: Outcome;
}

/** A digest file as it was read, with what its proof rests on. Hashes and signatures are lower-case hex. */
export interface ExaminedDigest extends Examined {
  readonly kind: 'digest';
  /** False for one outside the window, read only for what it says of those in it; the report does not count it. */
  readonly counted: boolean;
  /** SHA-256 of its uncompressed content; undefined where it cannot be inflated. */
  readonly sha256: string | undefined;
  /** What it says; undefined where it is malformed. Nothing of it is proven unless `provenBy` is there. */
  readonly digest: Digest | undefined;
  /** The signature that proves it, or else the one in its metadata, which proves nothing. */
  readonly signature: string | undefined;
  readonly provenBy: 'own-signature' | 'successor' | undefined;
}

/** A log file as it was read, with what the digest that names it recorded. */
export interface ExaminedLog extends Examined {
  readonly kind: 'log';
  /** Where and with which hash the digest names it. */
  readonly listed: Digest['logFiles'][number];
  /** The digest that names it. */
  readonly digest: ObjectRef;
}

/** One digest or log file, as it was read, for whoever keeps what a verdict rests on. */
export type ExaminedObject = ExaminedDigest | ExaminedLog;

/** Takes one examined object; the run waits for it. May be called while it is at work on others. */
export type TakeExamined = (object: ExaminedObject) => Promise<void>;

/** Hands a judged digest to whoever keeps objects, where somebody does and it could be read; see `ExaminedDigest`. */
export async function showDigest(
  { onObject }: { readonly onObject?: TakeExamined | undefined },
  { chain }: { readonly chain: Chain },
  opened: OpenedDigest,
  { findings, digest: proven }: Pick<Judgement, 'findings' | 'digest'>,
  counted: boolean,
): Promise<void> {
  const { ref, stored } = opened;
  const isRead = opened.state === 'parsed' || opened.state === 'malformed';
  if (onObject === undefined || stored === undefined || !isRead) return;
  const signature = opened.state === 'parsed' ? opened.metadata.signature : undefined;
  await onObject({
    kind: 'digest',
    ref,
    stored,
    chain: chainId(chain),
    outcome: outcomeOf(findings),
    counted,
    sha256: opened.sha256,
    digest: opened.state === 'parsed' ? opened.digest : undefined,
    signature: proven?.signature ?? signature,
    provenBy: proven?.provenBy,
  });
}
