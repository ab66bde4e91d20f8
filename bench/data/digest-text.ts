import { HOUR, isoTime } from '../../src/base/clock.ts';

/** What the next digest needs of one: the SHA-256 of its content and its signature (hex), and its size as stored. */
export interface DigestProof {
  readonly sha256: string;
  readonly signature: string;
  readonly size: number;
}

/** What one digest says. `endTime` is in milliseconds since the epoch. */
export interface DigestFacts {
  readonly bucket: string;
  readonly key: string;
  readonly account: string;
  readonly endTime: number;
  readonly fingerprint: string;
  readonly previous: (DigestProof & { readonly key: string }) | undefined;
  readonly logs: Iterable<{ readonly key: string; readonly sha256: string }>;
}

/** A digest's JSON, its fields in CloudTrail's order. Text that needs no escaping is put together as it stands, for speed. */
export function digestText(facts: DigestFacts): string {
  const { bucket, key, account, endTime, fingerprint, previous } = facts;
  const end = isoTime(endTime);
  const start = isoTime(endTime - HOUR);
  const logs: string[] = [];
  for (const log of facts.logs)
    logs.push(
      `{"s3Bucket":"${bucket}","s3Object":"${log.key}","hashValue":"${log.sha256}","hashAlgorithm":"SHA-256","newestEventTime":"${end}","oldestEventTime":"${start}"}`,
    );
  const event = (time: string): string => (logs.length === 0 ? 'null' : `"${time}"`);
  const text = (value: string | undefined): string => (value === undefined ? 'null' : `"${value}"`);
  const fields = [
    `"awsAccountId":"${account}","digestStartTime":"${start}","digestEndTime":"${end}"`,
    `"digestS3Bucket":"${bucket}","digestS3Object":"${key}"`,
    `"digestPublicKeyFingerprint":"${fingerprint}","digestSignatureAlgorithm":"SHA256withRSA"`,
    `"newestEventTime":${event(end)},"oldestEventTime":${event(start)}`,
    `"previousDigestS3Bucket":${text(previous && bucket)},"previousDigestS3Object":${text(previous?.key)}`,
    `"previousDigestHashValue":${text(previous?.sha256)}`,
    `"previousDigestHashAlgorithm":${text(previous && 'SHA-256')}`,
    `"previousDigestSignature":${text(previous?.signature)}`,
    `"logFiles":[${logs.join(',')}]`,
  ];
  return `{${fields.join(',')}}`;
}
