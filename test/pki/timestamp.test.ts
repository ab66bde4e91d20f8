import { describe, expect, test } from 'vitest';
import { trustIn } from '../../src/pki/certificate-path.ts';
import {
  context,
  digestOf,
  integer,
  OID,
  octets,
  oid,
  SHA256_IDENTIFIER,
  sequence,
  TAG,
  tlv,
} from '../../src/pki/der.ts';
import { makePrivateKey } from '../../src/pki/keys.ts';
import { requestTimestamp, verifyTimestamp } from '../../src/pki/timestamp.ts';
import {
  TEST_POLICY,
  type TestTimestampOptions,
  testAnswer,
  testAuthority,
} from '../support/test-timestamp.ts';

const DATA = Buffer.from('a signature file');
const AT = Date.UTC(2026, 10, 20, 12, 6, 52);
const authority = testAuthority();

function request(answer: TestTimestampOptions = {}, policy?: string, anchors = [authority.root.certificate]) {
  const post = async (_url: string, body: Uint8Array) => testAnswer(body, authority, { at: AT, ...answer });
  return requestTimestamp(DATA, { url: 'http://tsa.example.com', post, policy, anchors });
}

describe('a timestamp', () => {
  test('says when, under which policy and by whom', async () => {
    const { file, timestamp } = await request({}, TEST_POLICY);
    expect(timestamp).toMatchObject({ time: AT, policy: TEST_POLICY, serial: '07' });
    expect(verifyTimestamp(file, DATA, 'it').signer.name).toBe('CN=Example Time');
  });

  test('of an RSA authority, and with the older reference to its certificate', async () => {
    const rsa = testAuthority({ key: makePrivateKey('rsa-3072') });
    const post = async (_url: string, body: Uint8Array) => testAnswer(body, rsa, { oldReference: true });
    const { timestamp } = await requestTimestamp(DATA, { url: 'http://tsa.example.com', post });
    expect(timestamp.signer.fingerprint).toBe(rsa.tsa.certificate.fingerprint);
  });

  test('is kept without what nothing signs', async () => {
    const status = sequence(integer(0), sequence(tlv(TAG.utf8String, Buffer.from('nobody signed this'))));
    expect(Buffer.from((await request({ status })).file).includes('nobody signed this')).toBe(false);
  });

  test('is noticed with any byte changed', async () => {
    const file = Buffer.from((await request()).file);
    const isGood = (bytes: Uint8Array): boolean => {
      try {
        const { signer, certificates, time } = verifyTimestamp(bytes, DATA, 'it');
        return trustIn(signer, certificates, [authority.root.certificate], time).kind === 'chain';
      } catch (error) {
        expect(error).toMatchObject({ name: 'TrailVerifyError' });
        return false;
      }
    };
    expect(isGood(file)).toBe(true);
    for (let at = 0; at < file.length; at += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(file);
        changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
        expect(isGood(changed), `byte ${at} xor ${mask}`).toBe(false);
      }
    }
  });
});

describe('refused is an answer', () => {
  const imprintOf = (text: string) =>
    sequence(SHA256_IDENTIFIER, octets(digestOf('sha256', Buffer.from(text))));

  test.each<readonly [string, TestTimestampOptions, RegExp]>([
    ['over other bytes', { imprint: imprintOf('other') }, /made over other bytes/],
    [
      'with another hash algorithm',
      { imprint: sequence(sequence(oid(OID.sha1)), octets(Buffer.alloc(20))) },
      /is not SHA-256/,
    ],
    ['with another nonce', { nonce: Buffer.from('0123456789abcdef', 'hex') }, /not the nonce of the request/],
    ['without the nonce', { nonce: null }, /not the nonce of the request/],
    ['with extensions', { more: tlv(context(1), sequence()) }, /has extensions/],
    [
      'that refuses, with its reasons',
      {
        status: sequence(
          integer(2),
          sequence(tlv(TAG.utf8String, Buffer.from('come back later'))),
          tlv(TAG.bitString, Buffer.from([1, 0, 2])),
        ),
      },
      /refused: its time source is not available; come back later/,
    ],
    ['granted with modifications', { status: sequence(integer(1)) }, /refused: without a reason/],
  ])('%s', async (_name, answer, problem) => {
    await expect(request(answer)).rejects.toMatchObject({
      code: 'TIMESTAMP_FAILED',
      message: expect.stringMatching(problem),
    });
  });

  test('under another policy than the one demanded', async () => {
    await expect(request({ policy: '1.2.3' }, TEST_POLICY)).rejects.toThrow(
      /under the policy 1.2.3, not 1.3.6/,
    );
  });

  test('of an authority that is not trusted', async () => {
    const other = testAuthority();
    await expect(request({}, undefined, [other.root.certificate])).rejects.toMatchObject({
      code: 'TIMESTAMP_FAILED',
      hint: expect.stringContaining('--tsa-ca'),
    });
  });

  test('that is something else', async () => {
    for (const answer of [
      Buffer.alloc(0),
      Buffer.from('<html>'),
      Buffer.from('3000', 'hex'),
      Buffer.from('30053003020100', 'hex'),
    ]) {
      const post = async () => answer;
      await expect(requestTimestamp(DATA, { url: 'http://tsa.example.com', post })).rejects.toMatchObject({
        code: 'TIMESTAMP_FAILED',
        message: expect.stringContaining('http://tsa.example.com'),
      });
    }
  });

  test.each([
    [
      'whose certificate is for other purposes as well',
      { critical: true, ids: [OID.timeStamping, OID.emailProtection] },
    ],
    ['whose purpose is not critical', { critical: false, ids: [OID.timeStamping] }],
    ['whose certificate is for another purpose', { critical: true, ids: [OID.emailProtection] }],
  ])('%s', async (_name, purposes) => {
    const wrong = testAuthority({ purposes });
    const post = async (_url: string, body: Uint8Array) => testAnswer(body, wrong);
    await expect(requestTimestamp(DATA, { url: 'http://tsa.example.com', post })).rejects.toThrow(
      /is not a certificate for timestamps/,
    );
  });
});
