import { describe, expect, test } from 'vitest';
import { KNOWN_ANSWERS, type KnownAnswers, selfTest } from '../../src/report/self-test.ts';

const [key] = KNOWN_ANSWERS.keys;
const [signature] = key?.signatures ?? [];

/** A hex or base64 text with its tenth character changed. */
function changed(text: string): string {
  return `${text.slice(0, 9)}${text[9] === '1' ? '2' : '1'}${text.slice(10)}`;
}

describe('the self-test', () => {
  test('passes here, with genuine signatures of CloudTrail among its vectors', () => {
    expect(selfTest()).toEqual({ vectors: 8, passed: true });
  });

  test.each<[string, Partial<KnownAnswers>]>([
    ['a hash of content', { gzip: { ...KNOWN_ANSWERS.gzip, sha256: changed(KNOWN_ANSWERS.gzip.sha256) } }],
    ['a file that cannot be inflated', { gzip: { ...KNOWN_ANSWERS.gzip, file: 'AAAA' } }],
    ['a signed text', { signed: { ...KNOWN_ANSWERS.signed, text: changed(KNOWN_ANSWERS.signed.text) } }],
    ['a key that is none', { signed: { ...KNOWN_ANSWERS.signed, value: 'AAAA' } }],
    ['a root', { merkle: { ...KNOWN_ANSWERS.merkle, root: changed(KNOWN_ANSWERS.merkle.root) } }],
    ['a fingerprint', { keys: [{ ...key, fingerprint: changed(key.fingerprint) }] }],
    [
      'a genuine signature',
      { keys: [{ ...key, signatures: [{ ...signature, signature: changed(signature.signature) }] }] },
    ],
    [
      'a signed hash',
      { keys: [{ ...key, signatures: [{ ...signature, sha256: changed(signature.sha256) }] }] },
    ],
  ])('fails for %s that is not the known one', (_, wrong) => {
    expect(selfTest({ ...KNOWN_ANSWERS, ...wrong }).passed).toBe(false);
  });
});
