import type { Certificate } from '../pki/certificate.ts';
import { trustIn } from '../pki/certificate-path.ts';
import type { Timestamp } from '../pki/timestamp.ts';
import { attempt, type NoteProblem, unproven, violation } from './problems.ts';

/** Whom a timestamp is checked against. */
export interface TimestampTrust {
  readonly trust: readonly Certificate[];
  /** Authorities of the timestamp; where undefined those of `trust` count. */
  readonly timestampTrust?: readonly Certificate[] | undefined;
  /** The present, milliseconds since the epoch. */
  readonly now: number;
}

/** The timestamp that `verify` reads, where its authority is trusted and its time has been; undefined after noting why not. */
export function trustedTimestamp(
  verify: () => Timestamp,
  { trust, timestampTrust, now }: TimestampTrust,
  note: NoteProblem,
): Timestamp | undefined {
  const timestamp = attempt(verify, ({ message }) => note(violation('TIMESTAMP_INVALID', message)));
  if (timestamp === undefined) return undefined;
  const { signer, certificates, time } = timestamp;
  const authority = trustIn(signer, certificates, timestampTrust ?? trust, time);
  if ('why' in authority) {
    const text = `the timestamp authority ${signer.name} is not trusted: ${authority.why}`;
    note(
      timestampTrust === undefined
        ? unproven('TIMESTAMP_TRUST_NOT_GIVEN', `${text}; name its authority with --tsa-ca`)
        : violation('TIMESTAMP_UNTRUSTED', text),
    );
    return undefined;
  }
  if (time <= now) return timestamp;
  note(unproven('TIMESTAMP_INVALID', "the timestamp is of the future, by this machine's clock"));
  return undefined;
}
