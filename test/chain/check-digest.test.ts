import { describe, expect, test } from 'vitest';
import { checkDigest } from '../../src/chain/check-digest.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import { alterSignature, setMetadata } from '../support/damage.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { fileRing } from '../support/test-keys.ts';
import { BUCKET, CHAIN } from './chain-fixture.ts';
import { brief, DIGEST, judge, RECORDED, SUCCESSOR, TRAIL } from './judge-fixture.ts';

test('a finding of a digest names the version that was read', async () => {
  const about = {
    ref: { bucket: BUCKET, key: DIGEST.key },
    bytes: { read: 0, inflated: 0 },
    versionId: 'v1',
  };
  const failure = { reason: 'denied', detail: '' } as const;
  const context = { chain: CHAIN, keyRing: fileRing(), relocations: relocator([]), endTime: DIGEST.endTime };
  const { findings } = await checkDigest({ ...about, state: 'unreadable', failure }, context);
  expect(findings).toMatchObject([{ code: 'DIGEST_UNREADABLE', object: { versionId: 'v1' } }]);
});

describe('a digest with its own signature', () => {
  test('is proven by it, alone or with the record of its successor', async () => {
    for (const recorded of [undefined, RECORDED]) {
      const judgement = await judge({ context: { recorded } });
      expect(brief(judgement)).toEqual({ outcome: 'valid', findings: [], proof: 'own-signature' });
      expect(judgement.digest).toMatchObject({
        ref: { bucket: DIGEST.bucket, key: DIGEST.key },
        sha256: DIGEST.sha256,
        signature: DIGEST.signature,
        digest: { endTime: DIGEST.endTime },
      });
    }
  });

  test('is genuine but not of this chain where its successor recorded another content', async () => {
    const judgement = await judge({ context: { recorded: { ...RECORDED, sha256: '00' } } });
    expect(brief(judgement)).toEqual({
      outcome: 'invalid',
      findings: ['LINK_HASH_MISMATCH violation'],
      proof: 'own-signature, not as recorded',
    });
    expect(judgement.digest?.signature).toBe(DIGEST.signature);
  });

  test('is not proven by a signature that fails, unless its successor recorded the content', async () => {
    const damage = (store: ObjectStore): void => alterSignature(store, DIGEST);
    const alone = await judge({ damage });
    expect(brief(alone)).toEqual({
      outcome: 'invalid',
      findings: ['DIGEST_SIGNATURE_INVALID violation'],
      proof: undefined,
    });
    expect(alone.findings[0]?.evidence).toMatchObject({
      signatureFrom: 'metadata',
      fingerprint: DIGEST.signer.fingerprint,
      signingString: expect.stringContaining(`\n${BUCKET}/${DIGEST.key}\n${DIGEST.sha256}\n`),
    });
    const recorded = await judge({ damage, context: { recorded: RECORDED } });
    expect(brief(recorded)).toEqual({
      outcome: 'invalid',
      findings: ['DIGEST_SIGNATURE_INVALID violation', 'LINK_SIGNATURE_MISMATCH violation'],
      proof: 'successor',
    });
    expect(recorded.digest?.signature).toBe(DIGEST.signature);
  });
});

describe('a digest without metadata', () => {
  test('of a bare folder is proven by the record of a proven successor', async () => {
    const judgement = await judge({ metadata: false, context: { recorded: RECORDED } });
    expect(brief(judgement)).toEqual({
      outcome: 'valid',
      findings: ['DIGEST_SIGNATURE_MISSING note'],
      proof: 'successor',
    });
    expect(judgement.findings[0]?.evidence).toEqual({
      absent: ['signature', 'signature-algorithm'],
      provenBy: SUCCESSOR,
    });
  });

  test('of a bare folder is proven by the signature that an unproven successor carries', async () => {
    const carriedSignature = DIGEST.signature.toUpperCase();
    const carriedSignatures = ['00', carriedSignature];
    const judgement = await judge({ metadata: false, context: { carriedSignatures } });
    expect(brief(judgement)).toEqual({
      outcome: 'valid',
      findings: ['DIGEST_SIGNATURE_MISSING note'],
      proof: 'successor',
    });
    expect(judgement.digest?.signature).toBe(DIGEST.signature);
    expect(judgement.findings[0]?.evidence).toEqual({ absent: ['signature', 'signature-algorithm'] });
  });

  test('is unproven alone, and where the carried signature is another', async () => {
    for (const carriedSignatures of [undefined, [], [TRAIL.digestAt(1).signature], ['not hex']]) {
      expect(brief(await judge({ metadata: false, context: { carriedSignatures } }))).toEqual({
        outcome: 'unproven',
        findings: ['DIGEST_SIGNATURE_MISSING unproven'],
        proof: undefined,
      });
    }
  });

  test('contradicts a proven successor whose record of the signature does not verify', async () => {
    const recorded = { ...RECORDED, signature: TRAIL.digestAt(1).signature };
    const judgement = await judge({ metadata: false, context: { recorded } });
    expect(brief(judgement)).toEqual({
      outcome: 'invalid',
      findings: ['DIGEST_SIGNATURE_INVALID violation', 'DIGEST_SIGNATURE_MISSING note'],
      proof: 'successor',
    });
    expect(judgement.findings[0]?.evidence).toMatchObject({ signatureFrom: 'successor' });
  });

  test('of S3 was rewritten, and stays unproven though its content is', async () => {
    const damage = (store: ObjectStore): void => setMetadata(store, DIGEST, { signature: undefined });
    const judgement = await judge({ damage, context: { recorded: RECORDED } });
    expect(brief(judgement)).toEqual({
      outcome: 'unproven',
      findings: ['DIGEST_SIGNATURE_MISSING unproven'],
      proof: 'successor',
    });
    expect(judgement.findings[0]?.evidence).toEqual({ absent: ['signature'], provenBy: SUCCESSOR });
  });

  test('of a backfill chain misses its time of generation', async () => {
    const judgement = await judge({ context: { chain: { ...CHAIN, kind: 'backfill' } } });
    expect(judgement.findings).toMatchObject([
      { code: 'DIGEST_SIGNATURE_MISSING', evidence: { absent: ['backfill-generation-timestamp'] } },
    ]);
  });
});
