import { randomBytes } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import type { Certificate } from './certificate.ts';
import { trustIn } from './certificate-path.ts';
import { readTimestampAnswer, type Timestamp, timestampRequest } from './timestamp.ts';

/** Sends `body` to a URL and returns what comes back. Throws UNREACHABLE. */
export type PostBytes = (url: string, body: Uint8Array) => Promise<Uint8Array>;

/** Which authority is asked, how, and what its timestamp must be. */
export interface TimestampOptions {
  readonly url: string;
  readonly post: PostBytes;
  /** The policy demanded, an object identifier. */
  readonly policy?: string | undefined;
  /** Certificates that the authority's must lead to; not checked where there are none. */
  readonly anchors?: readonly Certificate[];
}

const NO_TIMESTAMP: ReadonlySet<string> = new Set(['EVIDENCE_INVALID', 'CONTENT_CHANGED']);
const NONCE_LENGTH = 16;

/**
 * Asks an authority (RFC 3161 over HTTP) to confirm that `data` exists now. Returned are the timestamp file and what it
 * says. Throws UNREACHABLE, TIMESTAMP_FAILED where the authority refuses or answers with what is no timestamp of
 * these bytes, or its certificate does not lead to one that is trusted.
 */
export async function requestTimestamp(
  data: Uint8Array,
  options: TimestampOptions,
): Promise<{ readonly file: Uint8Array; readonly timestamp: Timestamp }> {
  const { url, post, policy, anchors = [] } = options;
  const nonce = randomBytes(NONCE_LENGTH);
  // Neither negative nor with a leading zero, so that its encoding has one form everywhere.
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 1;
  const wishes = { nonce, policy };
  const answer = await post(url, timestampRequest(data, wishes));
  let read: ReturnType<typeof readTimestampAnswer>;
  try {
    read = readTimestampAnswer(answer, data, wishes);
  } catch (error) {
    if (error instanceof TrailVerifyError && NO_TIMESTAMP.has(error.code))
      throw new TrailVerifyError('TIMESTAMP_FAILED', `${url}: ${error.message}`, { cause: error });
    throw error;
  }
  if (anchors.length === 0) return read;
  const { signer, certificates, time } = read.timestamp;
  const trust = trustIn(signer, certificates, anchors, time);
  if ('why' in trust)
    throw new TrailVerifyError('TIMESTAMP_FAILED', `${url}: its certificate is not trusted: ${trust.why}`, {
      hint: 'give the root certificate of the timestamp authority with --tsa-ca',
    });
  return read;
}
