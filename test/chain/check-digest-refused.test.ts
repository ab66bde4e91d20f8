import { describe, expect, test } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { outcomeOf } from '../../src/chain/check-digest.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import type { Finding, Weight } from '../../src/findings/finding.ts';
import { appendBytes, denyObject, emptyObject, setMetadata } from '../support/damage.ts';
import { fileRing, listedRing, TEST_KEYS } from '../support/test-keys.ts';
import { BUCKET, START } from './chain-fixture.ts';
import { brief, DIGEST, judge, RECORDED } from './judge-fixture.ts';

describe('the place', () => {
  test('must be the signed one', async () => {
    const relocations = relocator([
      { from: 'origin', to: BUCKET },
      { from: BUCKET, to: 'elsewhere' },
    ]);
    const judgement = await judge({ context: { relocations, recorded: RECORDED } });
    expect(brief(judgement)).toEqual({
      outcome: 'invalid',
      findings: ['DIGEST_MOVED violation'],
      proof: undefined,
    });
    expect(judgement.findings[0]?.evidence).toMatchObject({
      expected: `s3://${BUCKET}/${DIGEST.key}`,
      actual: `s3://origin/${DIGEST.key}`,
      signature: DIGEST.signature,
      signingString: expect.stringContaining(DIGEST.sha256),
    });
  });
});

test('a bucket that other objects were moved into may have its own', async () => {
  const relocations = relocator([{ from: 'origin', to: BUCKET }]);
  const judgement = await judge({ context: { relocations, recorded: RECORDED } });
  expect(brief(judgement)).toMatchObject({ outcome: 'valid', findings: [] });
});

describe('the key', () => {
  test('that is unknown leaves the digest unproven, or contradicts where AWS listed all', async () => {
    const none = fileRing([]);
    expect(brief(await judge({ context: { keyRing: none } }))).toEqual({
      outcome: 'unproven',
      findings: ['DIGEST_KEY_UNKNOWN unproven'],
      proof: undefined,
    });
    const others = listedRing(
      START + DAY,
      TEST_KEYS.filter((key) => key !== DIGEST.signer),
    );
    const judgement = await judge({ context: { keyRing: others } });
    expect(judgement.findings).toMatchObject([
      {
        code: 'DIGEST_KEY_UNKNOWN',
        weight: 'violation',
        evidence: { region: 'us-east-1', fingerprint: DIGEST.signer.fingerprint, ringComplete: true },
      },
    ]);
  });

  test('that comes from where it cannot be trusted proves nothing and contradicts nothing', async () => {
    const distrust = { reason: 'inside-target', detail: 'copy/keys.jsonl' } as const;
    const signers = [DIGEST.signer, { ...DIGEST.signer, validTo: DIGEST.endTime - 1 }];
    for (const keyRing of signers.map((signer) => fileRing([signer], distrust))) {
      const alone = await judge({ context: { keyRing } });
      expect(brief(alone)).toEqual({
        outcome: 'unproven',
        findings: ['KEYS_UNTRUSTED unproven'],
        proof: undefined,
      });
      expect(alone.findings[0]?.evidence).toMatchObject({ ...distrust, region: 'us-east-1' });
      const forged = await judge({
        context: { keyRing },
        damage: (store) => setMetadata(store, DIGEST, { signature: '00'.repeat(256) }),
      });
      expect(brief(forged)).toMatchObject({ findings: ['KEYS_UNTRUSTED unproven'] });
      // What a proven successor recorded is proof enough of the content; the key stays untold.
      expect(brief(await judge({ context: { keyRing, recorded: RECORDED } }))).toEqual({
        outcome: 'unproven',
        findings: ['KEYS_UNTRUSTED unproven'],
        proof: 'successor',
      });
    }
  });

  test('that had ended proves nothing; the record of the successor still does', async () => {
    const expired = { ...DIGEST.signer, validTo: DIGEST.endTime - 1 };
    const keyRing = fileRing([expired]);
    const alone = await judge({ context: { keyRing } });
    expect(brief(alone)).toEqual({
      outcome: 'invalid',
      findings: ['DIGEST_KEY_EXPIRED violation'],
      proof: undefined,
    });
    expect(alone.findings[0]?.evidence).toMatchObject({
      region: 'us-east-1',
      digestEnd: '2026-10-05T11:12:37Z',
    });
    expect(brief(await judge({ context: { keyRing, recorded: RECORDED } }))).toMatchObject({
      proof: 'successor',
    });
    const justValid = { ...DIGEST.signer, validTo: DIGEST.endTime };
    expect(brief(await judge({ context: { keyRing: fileRing([justValid]) } }))).toMatchObject({
      outcome: 'valid',
    });
  });

  test('of unknown validity is taken', async () => {
    const { found } = await fileRing().find({
      region: 'us-east-1',
      fingerprint: DIGEST.signer.fingerprint,
      time: 0,
    });
    if (found === undefined) throw new Error('the key must be there');
    const keyRing = {
      find: async () => ({ found: { ...found, validFrom: undefined, validTo: undefined } }),
      limits: () => [],
      used: () => [],
    };
    expect(brief(await judge({ context: { keyRing } }))).toMatchObject({
      outcome: 'valid',
      proof: 'own-signature',
    });
  });
});

describe('what is no digest', () => {
  test('is malformed; what could be hashed is compared with the record as well', async () => {
    const trailing = await judge({
      damage: (store) => appendBytes(store, DIGEST),
      context: { recorded: RECORDED },
    });
    expect(brief(trailing)).toEqual({
      outcome: 'invalid',
      findings: ['DIGEST_MALFORMED violation'],
      proof: undefined,
    });
    const other = { ...RECORDED, sha256: '00' };
    const both = await judge({ damage: (store) => appendBytes(store, DIGEST), context: { recorded: other } });
    expect(both.findings.map(({ code }) => code)).toEqual(['DIGEST_MALFORMED', 'LINK_HASH_MISMATCH']);
    const empty = await judge({
      damage: (store) => emptyObject(store, DIGEST),
      context: { recorded: other },
    });
    expect(empty.findings).toMatchObject([
      { code: 'DIGEST_MALFORMED', evidence: { problems: ['is empty'] } },
    ]);
  });

  test('is unproven where it cannot be read', async () => {
    const judgement = await judge({ damage: (store) => denyObject(store, DIGEST) });
    expect(brief(judgement)).toEqual({
      outcome: 'unproven',
      findings: ['DIGEST_UNREADABLE unproven'],
      proof: undefined,
    });
    expect(judgement.findings[0]?.evidence).toMatchObject({ reason: 'denied' });
  });
});

test('an outcome is the heaviest of the weights', () => {
  const outcome = (...weights: Weight[]): string =>
    outcomeOf(weights.map((weight) => ({ weight }) as Finding));
  expect(outcome()).toBe('valid');
  expect(outcome('note')).toBe('valid');
  expect(outcome('note', 'unproven')).toBe('unproven');
  expect(outcome('unproven', 'violation', 'note')).toBe('invalid');
});
