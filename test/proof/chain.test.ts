import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { PublicKey } from '../../src/crypto/public-key.ts';
import { parseDigestKey } from '../../src/digest/digest-key.ts';
import type { ProofMaterial } from '../../src/proof/make.ts';
import { formatProof, type Proof, type ProofDigest } from '../../src/proof/proof.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { gzip, inflate } from '../support/test-gzip.ts';
import { publicKeyOf, TEST_KEYS } from '../support/test-keys.ts';
import { provenScenario, textsOf } from './proof-fixture.ts';

const unknown = await provenScenario('digest-key-unknown');

/** A log file whose digest no known key signed, so that a second one vouches for the first. */
async function chained(): Promise<Proof & { readonly digests: readonly [ProofDigest, ProofDigest] }> {
  for (const { kind, status, bucket, key } of unknown.lines) {
    if (kind !== 'log' || status !== 'valid') continue;
    const proof = await unknown.prove({ bucket, key });
    const [first, second, ...further] = proof.digests ?? [];
    if (first !== undefined && second !== undefined && further.length === 0)
      return { ...proof, digests: [first, second] };
  }
  throw new Error('no log file needs two digests');
}
const proof = await chained();
const [first, second] = proof.digests;
const { signature } = proof;
if (signature === undefined) throw new Error('there must be a signature');

describe('two digests that vouch for a log file', () => {
  test('are enough, where the first has no key of its own', () => {
    expect(unknown.check(proof).verdict).toBe('VALID');
    const keys = TEST_KEYS.map(publicKeyOf);
    expect(unknown.check(proof, { keys }).verdict).toBe('VALID');
  });

  test.each<[string, Partial<Proof>, string]>([
    ['the first alone', { digests: [first] }, 'the signing string is not that of the digest file'],
    ['the second alone', { digests: [second] }, 'the digest file does not name the log file'],
    [
      'the other order',
      { digests: [second, first] },
      'a digest file does not record the one before it as it is',
    ],
    ['the second twice', { digests: [first, second, second] }, 'does not record the one before'],
    [
      'bytes of the first in the second',
      { digests: [first, { ...second, stored: first.stored }] },
      'digest file 2 is not the one that the report counted',
    ],
    [
      'bytes that inflate to the same',
      {
        digests: [
          { ...first, stored: gzip(`${inflate(Buffer.from(first.stored, 'base64'))}`).toString('base64') },
          {
            ...second,
            stored: gzipSync(inflate(Buffer.from(second.stored, 'base64')), { level: 0 }).toString('base64'),
          },
        ],
      },
      'digest file 2 is not the one that the report counted',
    ],
    [
      'the line of the first for the second',
      { digests: [first, { ...second, inclusion: first.inclusion }] },
      'digest file 2 is not the one that the report counted',
    ],
    [
      'the line of the log file for the second',
      { digests: [first, { ...second, inclusion: proof.object }] },
      'digest file 2 is not the one that the report counted',
    ],
    [
      'a line at another place',
      { digests: [first, { ...second, inclusion: { ...second.inclusion, index: first.inclusion.index } }] },
      'digest file 2 does not lead to the Merkle root',
    ],
    [
      'another key of the report',
      { signature: { ...signature, key: otherKey() } },
      'the key is none of those that the report rests on, or not the one that the digest file names',
    ],
  ])('are refused with %s', (_, change, text) => {
    const check = unknown.check({ ...proof, ...change });
    expect(check.verdict).toBe('INVALID');
    expect(textsOf(check).join('; ')).toContain(text);
  });

  test.each<[string, Partial<Proof>, string]>([
    ['signature', { digests: proof.digests }, 'no signature of AWS'],
    ['digest files', {}, 'no digest file'],
  ])('are unproven without %s', (_, kept, text) => {
    const { digests: _digests, signature: _signature, ...rest } = proof;
    const check = unknown.check({ ...rest, ...kept });
    expect(check.verdict).toBe('INCONCLUSIVE');
    expect(textsOf(check).join()).toContain(text);
  });

  test('are refused where the key had expired, by the report', () => {
    const { keys } = unknown.report;
    const expired = keys.map((key) => ({ ...key, validTo: '2026-10-01T00:00:00Z' }));
    const report = Buffer.from(renderJson({ ...unknown.report, keys: expired }));
    const forReport = { ...proof, report: { ...proof.report, sha256: sha256(report) } };
    const check = unknown.check(forReport, { report });
    expect({ verdict: check.verdict, texts: textsOf(check) }).toEqual({
      verdict: 'INVALID',
      texts: ['the key had expired when the digest file was signed'],
    });
  });

  test.each<[string, Partial<PublicKey>]>([
    ['other bytes under the same fingerprint', { der: Buffer.from('other') }],
    ['another fingerprint', { fingerprint: '0'.repeat(32) }],
    ['another Region', { region: 'eu-north-1' }],
    ['a validity that had ended', { validTo: Date.parse('2026-10-01') }],
  ])('are unproven where the key from elsewhere has %s', (_, change) => {
    const keys = TEST_KEYS.map((key) => ({ ...publicKeyOf(key), ...change }));
    const check = unknown.check(proof, { keys });
    expect(textsOf(check)).toEqual(['the key is none of those given with --keys']);
    expect(check.verdict).toBe('INCONCLUSIVE');
  });

  test('are refused with any byte of the proof changed', () => {
    const bytes = Buffer.from(formatProof(proof));
    for (let at = 0; at < bytes.length; at += 3) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 7));
      expect({ at, verdict: unknown.check(flipped).verdict }).toEqual({ at, verdict: 'INVALID' });
    }
  });

  test('are refused with any field changed, in JSON of the right form', () => {
    let count = 0;
    for (const changed of changesOf(proof)) {
      count += 1;
      expect(unknown.check(changed as Proof)).toMatchObject({ verdict: 'INVALID' });
    }
    expect(count).toBeGreaterThan(30);
  });
});

describe('a window that ends in the past', () => {
  test('is proven by the digest behind it, in a copy without metadata', async () => {
    const whole = await provenScenario('intact', { metadata: false });
    const ends = whole.lines
      .flatMap(({ kind, key }) => (kind === 'digest' ? [parseDigestKey(key)?.endTime ?? 0] : []))
      .sort();
    const to = ends[ends.length >> 1] ?? 0;
    const cut = await provenScenario('intact', { metadata: false }, { to });
    expect(cut.lines.length).toBeLessThan(whole.lines.length);
    const failing = (error: Error): Partial<ProofMaterial> => ({
      source: {
        ...cut.source,
        list: () => {
          throw error;
        },
      },
    });
    const denied = failing(new TrailVerifyError('ACCESS_DENIED', 'no listing'));
    let needed = 0;
    for (const { bucket, key, status } of cut.lines) {
      if (status !== 'valid') continue;
      expect(cut.check(await cut.prove({ bucket, key })).verdict).toBe('VALID');
      // Whoever may read and not list cannot find it; any other failure is told.
      const check = cut.check(await cut.prove({ bucket, key }, denied));
      if (check.verdict === 'VALID') continue;
      needed += 1;
      expect(textsOf(check)).toEqual(['the proof holds no signature of AWS over its digest file']);
      await expect(cut.prove({ bucket, key }, failing(new Error('broken')))).rejects.toThrow('broken');
    }
    expect(needed).toBeGreaterThan(1);
  });
});

/** A key of CloudTrail that did not sign. */
function otherKey(): NonNullable<Proof['signature']>['key'] {
  const other = TEST_KEYS.find(({ fingerprint }) => fingerprint !== signature?.key.fingerprint);
  if (other === undefined) throw new Error('there must be another key');
  const { fingerprint, region, value } = other;
  return { fingerprint, region, publicKey: Buffer.from(value).toString('base64') };
}

/** The value with one of its leaves changed, for each of them. */
function* changesOf(value: unknown): Generator<unknown> {
  if (typeof value === 'number') yield value + 1;
  else if (typeof value === 'string') {
    const at = value.length >> 1;
    yield `${value.slice(0, at)}${value[at] === '1' ? '2' : '1'}${value.slice(at + 1)}`;
  } else if (Array.isArray(value)) {
    for (const [at, item] of value.entries())
      for (const changed of changesOf(item)) yield value.map((one, index) => (index === at ? changed : one));
    if (value.length > 0) yield value.slice(1);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value))
      for (const changed of changesOf(item)) yield { ...value, [name]: changed };
  }
}
