/**
 * The test keys: private RSA keys kept in fixtures/keys as PEM, so that synthetic digests can be signed the way
 * CloudTrail signs them. As with CloudTrail's own, a key is valid for 30 days and the next one of its Region
 * starts 20 days later. Each Region has one that ended before the days of the fixtures (October 2026).
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DAY } from '../../src/base/clock.ts';
import {
  distrustKeys,
  fixedKeyRing,
  type ListedKey,
  type ListKeys,
  liveKeyRing,
} from '../../src/crypto/key-rings.ts';
import type { KeyDistrust, KeyRing, PublicKey } from '../../src/crypto/public-key.ts';

const FOLDER = new URL('../../fixtures/keys/', import.meta.url);
const VALIDITY = 30 * DAY;

/** A signing key and the public half as ListPublicKeys would return it (`value` is DER). Times are milliseconds since the epoch. */
export interface TestKey extends ListedKey {
  readonly name: string;
  readonly region: string;
  readonly privateKey: KeyObject;
}

/** Reads `test-only-<name>.pem`; `form` is how the public half is published, for AWS has published both forms. */
function readKey(name: string, region: string, validFrom: string, form: 'pkcs1' | 'spki' = 'pkcs1'): TestKey {
  const privateKey = createPrivateKey(readFileSync(new URL(`test-only-${name}.pem`, FOLDER)));
  const value = createPublicKey(privateKey).export({ type: form, format: 'der' });
  const fingerprint = createHash('md5').update(value).digest('hex');
  const start = Date.parse(validFrom);
  return { name, region, privateKey, value, fingerprint, validFrom: start, validTo: start + VALIDITY };
}

/** The keys "AWS" lists, oldest first within a Region. eu-central-1's second is published as SubjectPublicKeyInfo. */
export const TEST_KEYS: readonly TestKey[] = [
  readKey('us-east-1-2026-08-23', 'us-east-1', '2026-08-23T18:06:29Z'),
  readKey('us-east-1-2026-09-12', 'us-east-1', '2026-09-12T18:06:29Z'),
  readKey('us-east-1-2026-10-02', 'us-east-1', '2026-10-02T18:06:29Z'),
  readKey('eu-west-1-2026-08-29', 'eu-west-1', '2026-08-29T07:40:11Z'),
  readKey('eu-west-1-2026-09-18', 'eu-west-1', '2026-09-18T07:40:11Z'),
  readKey('eu-central-1-2026-08-16', 'eu-central-1', '2026-08-16T22:15:50Z'),
  readKey('eu-central-1-2026-09-25', 'eu-central-1', '2026-09-25T22:15:50Z', 'spki'),
];

/** A sound key that AWS never listed: an attacker's. */
export const FOREIGN_KEY: TestKey = readKey('foreign', 'us-east-1', '2026-09-12T18:06:29Z');
/** A key too short to be trusted (1024 bits). */
export const WEAK_KEY: TestKey = readKey('weak-1024', 'us-east-1', '2026-09-12T18:06:29Z');
/** A key whose exponent is too small to be trusted (3). */
export const SMALL_EXPONENT_KEY: TestKey = readKey('exponent-3', 'us-east-1', '2026-09-12T18:06:29Z');

/** The test key of that name; throws where there is none. */
export function testKey(name: string): TestKey {
  const found = TEST_KEYS.find((key) => key.name === name);
  if (found === undefined) throw new Error(`no test key named ${name}`);
  return found;
}

/** The key that signs in a Region at a time (milliseconds since the epoch): the newest that has begun. Throws where none is valid. */
export function signingKey(region: string, time: number): TestKey {
  const valid = TEST_KEYS.filter(
    (key) => key.region === region && key.validFrom <= time && time <= key.validTo,
  );
  const newest = valid.at(-1);
  if (newest === undefined)
    throw new Error(`no test key of ${region} is valid at ${new Date(time).toISOString()}`);
  return newest;
}

/** A test key as the program knows public keys. */
export function publicKeyOf(key: TestKey): PublicKey {
  const { fingerprint, value, region, validFrom, validTo } = key;
  const origin = `test key ${key.name}`;
  return {
    fingerprint,
    der: value,
    key: createPublicKey(key.privateKey),
    region,
    validFrom,
    validTo,
    origin,
  };
}

/** A ring as from a key file: what it does not hold may still exist. */
export function fileRing(keys: readonly TestKey[] = TEST_KEYS, distrust?: KeyDistrust): KeyRing {
  const known = keys.map(publicKeyOf);
  return fixedKeyRing(distrust === undefined ? known : distrustKeys(known, distrust));
}

/**
 * A ring as from ListPublicKeys at `now` (milliseconds since the epoch): where it lists an ended key, it is complete.
 * `foreign` is the endpoint that answers in place of AWS.
 */
export function listedRing(
  now: number,
  keys: readonly TestKey[] = TEST_KEYS,
  foreign: string | undefined = undefined,
): KeyRing {
  const list: ListKeys = async (region, from, to) => ({
    keys: keys.filter((key) => key.region === region && key.validFrom <= to && key.validTo >= from),
    ...(foreign === undefined ? {} : { foreign }),
  });
  return liveKeyRing(list, { now: () => now });
}
