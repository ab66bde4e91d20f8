/**
 * Signature Version 4 for one kind of request, a GET without a body (S3 API reference, "Authenticating Requests: Using
 * the Authorization Header"), from plain data alone. AWS's own signer serves every kind and takes five times as long;
 * the tests hold this one to it.
 */
import { createHmac, hash } from 'node:crypto';
import { VERSION } from '../../../base/version.ts';

/** A GET, signed: its address and its headers. */
export interface SignedGet {
  readonly origin: string;
  /** With its query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whose requests they are. */
export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The state that signs the requests of one day under one key: HMAC's two keyed beginnings, with room behind them (RFC 2104). */
interface DayKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly date: string;
  readonly scope: string;
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/** The header by which the caller says that it pays (S3 user guide, "Downloading objects from Requester Pays buckets"). */
export const REQUEST_PAYER = { name: 'x-amz-request-payer', value: 'requester' } as const;

/** The SHA-256 of nothing, because a GET has no body. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const USER_AGENT = `trail-verify/${VERSION}`;
const BLOCK = 64;
const HASH_BYTES = 32;
const HASH_DIGITS = 64;
const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Signs reads below one URL, and keeps the key that it derives for a day. */
export class GetSigner {
  readonly #origin: string;
  readonly #host: string;
  readonly #region: string;
  /** The text before the path of every object; '' where that is the host alone. */
  readonly #root: string;
  /** The line of the header that says who pays, and its name in the list of signed ones; '' where it is not sent. */
  readonly #payer: string;
  readonly #signedPayer: string;
  #dayKey: DayKey | undefined;
  /** The second that was written last, and how. */
  #second = Number.NaN;
  #secondText = '';

  /** `url` is that of a bucket; `requestPayer` says in every request that the caller pays for it. */
  constructor(url: URL, signingRegion: string, requestPayer = false) {
    this.#origin = url.origin;
    this.#host = url.host;
    this.#region = signingRegion;
    this.#payer = requestPayer ? `${REQUEST_PAYER.name}:${REQUEST_PAYER.value}\n` : '';
    this.#signedPayer = requestPayer ? `;${REQUEST_PAYER.name}` : '';
    this.#root = url.pathname === '/' ? '' : url.pathname;
  }

  /** A GET of an object at `time` (milliseconds since the epoch). Throws URIError for a key that UTF-8 cannot write. */
  sign(keys: SigningKeys, time: number, key: string, versionId?: string): SignedGet {
    const query = versionId === undefined ? '' : `versionId=${encodeSegment(versionId)}`;
    return this.#sign(keys, time, `${this.#root}/${encodePath(key)}`, query);
  }

  /** A GET of the bucket itself, with a query of these parameters. Throws as `sign` does. */
  signQuery(keys: SigningKeys, time: number, parameters: Readonly<Record<string, string>>): SignedGet {
    // As the signature wants them: encoded, in the order of their names.
    const pairs = Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1));
    const query = pairs.map(([name, value]) => `${name}=${encodeSegment(value)}`).join('&');
    return this.#sign(keys, time, this.#root === '' ? '/' : this.#root, query);
  }

  #sign(keys: SigningKeys, at: number, path: string, query: string): SignedGet {
    const { accessKeyId, sessionToken } = keys;
    const host = this.#host;
    const time = this.#timeText(at);
    const token = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}\n`;
    const signed = `host;x-amz-content-sha256;x-amz-date${this.#signedPayer}${token === '' ? '' : ';x-amz-security-token'}`;
    const request = `GET\n${path}\n${query}\nhost:${host}\nx-amz-content-sha256:${EMPTY_SHA256}\nx-amz-date:${time}\n${this.#payer}${token}\n${signed}\n${EMPTY_SHA256}`;
    const dayKey = this.#keyOf(keys, time.slice(0, 8));
    const { scope } = dayKey;
    const signature = keyedHash(dayKey, `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', request)}`);
    const headers: Record<string, string> = {
      host,
      'user-agent': USER_AGENT,
      'x-amz-content-sha256': EMPTY_SHA256,
      'x-amz-date': time,
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    };
    if (this.#payer !== '') headers[REQUEST_PAYER.name] = REQUEST_PAYER.value;
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    return { origin: this.#origin, path: query === '' ? path : `${path}?${query}`, headers };
  }

  /** ISO 8601 without punctuation or fraction: 20260102T030405Z. */
  #timeText(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().replace(/[-:]|\.000/g, '');
    }
    return this.#secondText;
  }

  #keyOf({ accessKeyId, secretAccessKey }: SigningKeys, date: string): DayKey {
    const known = this.#dayKey;
    if (
      known?.date === date &&
      known.accessKeyId === accessKeyId &&
      known.secretAccessKey === secretAccessKey
    )
      return known;
    let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
    for (const part of [date, this.#region, 's3', 'aws4_request'])
      key = createHmac('sha256', key).update(part).digest();
    const scope = `${date}/${this.#region}/s3/aws4_request`;
    const longest = ALGORITHM.length + 'YYYYMMDDTHHMMSSZ'.length + scope.length + HASH_DIGITS + 3;
    const inner = Buffer.alloc(BLOCK + longest);
    const outer = Buffer.alloc(BLOCK + HASH_BYTES);
    for (let at = 0; at < BLOCK; at += 1) {
      const byte = key[at] ?? 0;
      inner[at] = byte ^ 0x36;
      outer[at] = byte ^ 0x5c;
    }
    const made = { accessKeyId, secretAccessKey, date, scope, inner, outer };
    this.#dayKey = made;
    return made;
  }
}

/** HMAC-SHA-256 of a text of ASCII, as hex: two hashes of one call each take a third of the time of an Hmac's set-up. */
function keyedHash({ inner, outer }: DayKey, text: string): string {
  const end = BLOCK + inner.write(text, BLOCK, 'latin1');
  outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK, 'latin1');
  return hash('sha256', outer);
}

/** A key as the path of a request: UTF-8, percent-encoded once, slashes kept, `.` and `..` left alone. */
function encodePath(key: string): string {
  return /^[\w.~/-]*$/.test(key) ? key : key.split('/').map(encodeSegment).join('/');
}

/** RFC 3986: everything but letters, digits and `-._~`. Throws URIError for a lone surrogate. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
