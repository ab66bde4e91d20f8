import {
  checkDigest,
  type DigestContext,
  type Judgement,
  type Recorded,
} from '../../src/chain/check-digest.ts';
import { openDigest } from '../../src/chain/read-digest.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import { fileRing } from '../support/test-keys.ts';
import type { TestTrail } from '../support/test-trail.ts';
import { CHAIN, trailOf } from './chain-fixture.ts';

const { store, trail } = trailOf(3);
/** The trail whose digests are judged, and the one that is judged where nothing else is said. */
export const TRAIL: TestTrail = trail;
export const DIGEST: DeliveredDigest = TRAIL.digestAt(2);
/** The successor of DIGEST, and what it recorded. */
export const SUCCESSOR = 's3://successor';
export const RECORDED: Recorded = { sha256: DIGEST.sha256, signature: DIGEST.signature, by: SUCCESSOR };

interface Given {
  readonly context?: Partial<DigestContext>;
  readonly damage?: (store: ObjectStore) => void;
  readonly metadata?: boolean;
  readonly digest?: DeliveredDigest;
}

/** Judges one digest of the trail, damaged and seen as given. */
export async function judge({
  context,
  damage,
  metadata = true,
  digest = DIGEST,
}: Given = {}): Promise<Judgement> {
  const copy = store.clone();
  damage?.(copy);
  const opened = await openDigest(memorySource(copy, { metadata }), {
    bucket: digest.bucket,
    key: digest.key,
  });
  if (opened.state === 'absent') throw new Error('the digest must be there');
  const usual = { chain: CHAIN, keyRing: fileRing(), relocations: relocator([]), endTime: digest.endTime };
  return checkDigest(opened, { ...usual, ...context });
}

/** A judgement in short: weights beside codes, and the proof. */
export function brief({ outcome, findings, digest }: Judgement): object {
  return {
    outcome,
    findings: findings.map(({ code, weight }) => `${code} ${weight}`),
    proof:
      digest === undefined ? undefined : `${digest.provenBy}${digest.asRecorded ? '' : ', not as recorded'}`,
  };
}
