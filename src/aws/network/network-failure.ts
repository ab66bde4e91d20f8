/** Why a connection does not come about although there is a network: a proxy, or a certificate. */
import { errorCode } from '../../base/errors.ts';

/** A proxy is the reason why there is no answer. It has the code of what befell the connection to it, else `PROXY_REFUSED`. */
export class ProxyError extends Error {
  readonly code: string;
  /** The status that the proxy answered with, where it answered. */
  readonly status: number | undefined;

  constructor(message: string, cause?: unknown, status?: number) {
    super(message, cause === undefined ? undefined : { cause });
    // A try without an answer in time is repeated by that name.
    this.name = cause instanceof Error && cause.name === 'TimeoutError' ? 'TimeoutError' : 'ProxyError';
    this.code = errorCode(cause) || 'PROXY_REFUSED';
    this.status = status;
  }
}

/** As OpenSSL and Node.js name certificates that are not trusted. */
const NOT_TRUSTED: ReadonlySet<string> = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const WRONG_TIME: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** Whether the certificate of a server, or of the proxy before it, is the reason. */
export function isUntrusted(error: unknown): boolean {
  const code = errorCode(error);
  return NOT_TRUSTED.has(code) || WRONG_TIME.has(code) || code === WRONG_NAME;
}

/** Whether another try would end in the same way: a certificate stays what it is, and a proxy does not change its mind. */
export function isLastingRefusal(error: unknown): boolean {
  return isUntrusted(error) || errorCode(error) === 'PROXY_REFUSED';
}

/** What to do about a connection that failed for a reason of this kind; undefined for another reason. */
export function networkHint(error: unknown): string | undefined {
  const code = errorCode(error);
  if (NOT_TRUSTED.has(code)) {
    return 'where a proxy or a private authority signs the certificate, name a file with its own in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS';
  }
  if (WRONG_TIME.has(code)) return "check this machine's clock: by it the certificate is not valid now";
  if (code === WRONG_NAME) return 'check the endpoint and the proxy: the certificate is of another server';
  if (!(error instanceof ProxyError)) return undefined;
  return error.status === 407
    ? 'give HTTPS_PROXY (or HTTP_PROXY) as http://user:password@host:port, percent-encoded; only Basic is supported'
    : 'check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names the hosts that are reached without a proxy';
}
