import { isoTime } from '../../src/base/clock.ts';
import type { PublicKeyData } from './aws-server.ts';
import { TEST_KEYS, type TestKey } from './test-keys.ts';

/** Keys of one Region as `aws cloudtrail list-public-keys` prints them; version 1 of the tool gives times in seconds. */
export function listPublicKeysOutput(keys: readonly TestKey[], times: 'iso' | 'seconds' = 'iso'): string {
  const written = (time: number): string | number => (times === 'iso' ? offsetTime(time) : time / 1000);
  const list = keys.map((key) => ({
    Value: Buffer.from(key.value).toString('base64'),
    ValidityStartTime: written(key.validFrom),
    ValidityEndTime: written(key.validTo),
    Fingerprint: key.fingerprint,
  }));
  return `${JSON.stringify({ PublicKeyList: list }, null, 2)}\n`;
}

/** Keys of any Regions as JSON lines, the form of `trail-verify keys fetch`. */
export function keyLines(keys: readonly TestKey[]): string {
  const lines = keys.map((key) =>
    JSON.stringify({
      region: key.region,
      fingerprint: key.fingerprint,
      value: Buffer.from(key.value).toString('base64'),
      validFrom: isoTime(key.validFrom),
      validTo: isoTime(key.validTo),
    }),
  );
  return `${lines.join('\n')}\n`;
}

/** Keys by Region as the test server's ListPublicKeys holds them. */
export function publicKeyData(
  keys: readonly TestKey[] = TEST_KEYS,
): Readonly<Record<string, readonly PublicKeyData[]>> {
  const regions = [...new Set(keys.map(({ region }) => region))];
  const listed = (region: string): PublicKeyData[] =>
    keys
      .filter((key) => key.region === region)
      .map(({ fingerprint, value, validFrom, validTo }) => ({
        fingerprint,
        value: Buffer.from(value).toString('base64'),
        validFrom,
        validTo,
      }));
  return Object.fromEntries(regions.map((region) => [region, listed(region)]));
}

/** ISO 8601 with an offset, as version 2 of the AWS CLI prints times in a zone one hour east of Greenwich. */
function offsetTime(time: number): string {
  return `${new Date(time + 3_600_000).toISOString().slice(0, 19)}+01:00`;
}
