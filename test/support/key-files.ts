import { isoTime } from '../../src/clock.ts';
import type { TestKey } from './test-keys.ts';

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

/** ISO 8601 with an offset, as version 2 of the AWS CLI prints times in a zone one hour east of Greenwich. */
function offsetTime(time: number): string {
  return `${new Date(time + 3_600_000).toISOString().slice(0, 19)}+01:00`;
}
