/**
 * One page of ListObjectsV2, read strictly: a document as S3 writes it, without a blank between its elements, is
 * understood, every other is left to the SDK, whose general reader takes ten times as long.
 */
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { AnswerNotUnderstoodError } from '../../../aws/failure.ts';
import type { AnswerHead } from './http-pool.ts';

/** An object as a page names it: `key` as it was sent, `lastModified` in milliseconds since the epoch. */
export interface PageObject {
  readonly key: string;
  readonly size: number;
  readonly lastModified: number | undefined;
  readonly etag: string | undefined;
}

/** The request that a page says it answers, as it was sent; undefined where it does not say. */
export interface PageEcho {
  readonly name: string | undefined;
  readonly prefix: string | undefined;
  readonly delimiter: string | undefined;
  readonly startAfter: string | undefined;
  readonly token: string | undefined;
  readonly keyCount: number | undefined;
}

/** One page of a listing. */
export interface ListPage {
  readonly echo: PageEcho;
  /** Whether keys and prefixes are URL-encoded. */
  readonly isEncoded: boolean;
  readonly objects: readonly PageObject[];
  readonly prefixes: readonly string[];
  readonly isTruncated: boolean;
  readonly nextToken: string | undefined;
}

const WITHOUT = 'a page of the listing came without';

const DOCUMENT = /^(?:<\?xml version="1\.0"[^<>?]*\?>)?\s*<ListBucketResult(?: xmlns="[^"<>&]*")?>/;
const END = /<\/ListBucketResult>\s*$/y;
/** An element that holds text alone, without a blank: readers treat those differently. */
const LEAF = /<([A-Za-z0-9]+)(?:\/>|>([^<\s]*)<\/\1>)/y;
const OPEN = /<(Contents|CommonPrefixes)>/y;
/** The parts that an object may have besides texts: its owner, and how far its restoration is. */
const NESTED = /<(Owner|RestoreStatus)>(?:<([A-Za-z0-9]+)(?:\/>|>[^<]*<\/\2>))*<\/\1>/y;
/** An object as S3 writes it today, taken at once: a listing is thousands of these. */
const USUAL =
  /<Contents><Key>([^<\s]+)<\/Key><LastModified>([^<\s]*)<\/LastModified><ETag>([^<\s]*)<\/ETag>(?:<ChecksumAlgorithm>[^<\s]*<\/ChecksumAlgorithm>)*(?:<ChecksumType>[^<\s]*<\/ChecksumType>)?<Size>([^<\s]*)<\/Size>(?:<StorageClass>[^<\s]*<\/StorageClass>)?<\/Contents>/y;
const CLOSE = /<\/(Contents|CommonPrefixes)>/y;
/** A text that begins like an entity and is none that is known here. */
const STRANGE_ENTITY = /&(?!(?:lt|gt|quot|apos|amp|#\d{1,6}|#x[0-9A-Fa-f]{1,5});)/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;

/** The page that a document holds; undefined for one of any other shape. */
export function parseListPage(text: string): ListPage | undefined {
  const scanner = new Scanner(text);
  if (!scanner.begins() || STRANGE_ENTITY.test(text)) return undefined;
  const facts = new Map<string, string>();
  const objects: PageObject[] = [];
  const prefixes: string[] = [];
  for (;;) {
    if (!scanner.usualObjects(objects)) return undefined;
    if (scanner.ends()) break;
    const kind = scanner.opens();
    const fields = kind === undefined ? facts : new Map<string, string>();
    const isRead = kind === undefined ? scanner.field(fields) : scanner.fieldsTo(kind, fields);
    if (!isRead) return undefined;
    if (kind === 'Contents') {
      const object = readObject(
        fields.get('Key'),
        fields.get('LastModified'),
        fields.get('ETag'),
        fields.get('Size'),
      );
      if (object === undefined) return undefined;
      objects.push(object);
    } else if (kind === 'CommonPrefixes') {
      const prefix = fields.get('Prefix');
      if (prefix === undefined) return undefined;
      prefixes.push(prefix);
    }
  }
  const truncated = facts.get('IsTruncated');
  const encoding = facts.get('EncodingType');
  const keyCount = facts.get('KeyCount');
  if (keyCount !== undefined && !/^\d{1,9}$/.test(keyCount)) return undefined;
  if (truncated !== 'true' && truncated !== 'false') return undefined;
  return {
    echo: {
      name: facts.get('Name'),
      prefix: facts.get('Prefix'),
      delimiter: facts.get('Delimiter'),
      startAfter: facts.get('StartAfter'),
      token: facts.get('ContinuationToken'),
      keyCount: keyCount === undefined ? undefined : Number(keyCount),
    },
    isEncoded: encoding === 'url',
    objects,
    prefixes,
    isTruncated: truncated === 'true',
    nextToken: facts.get('NextContinuationToken') || undefined,
  };
}

/** The page that the SDK has read. Throws AnswerNotUnderstoodError where it lacks what every page has. */
export function sdkListPage(page: ListObjectsV2CommandOutput): ListPage {
  if (page.IsTruncated === undefined) throw new AnswerNotUnderstoodError(`${WITHOUT} whether there is more`);
  return {
    echo: {
      name: page.Name,
      prefix: page.Prefix,
      delimiter: page.Delimiter,
      startAfter: page.StartAfter,
      token: page.ContinuationToken,
      keyCount: page.KeyCount,
    },
    isEncoded: page.EncodingType === 'url',
    objects: (page.Contents ?? []).map(({ Key, Size, LastModified, ETag }) => {
      if (Key === undefined || Key === '' || Size === undefined || !Number.isSafeInteger(Size) || Size < 0)
        throw new AnswerNotUnderstoodError(`${WITHOUT} the key or the size of an object`);
      return { key: Key, size: Size, lastModified: LastModified?.getTime(), etag: ETag };
    }),
    prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => {
      if (Prefix === undefined) throw new AnswerNotUnderstoodError(`${WITHOUT} the name of a folder`);
      return Prefix;
    }),
    isTruncated: page.IsTruncated,
    nextToken: page.NextContinuationToken || undefined,
  };
}

function readObject(
  key: string | undefined,
  modified: string | undefined,
  etag: string | undefined,
  size: string | undefined,
): PageObject | undefined {
  if (key === undefined || key === '' || size === undefined || !/^\d{1,15}$/.test(size)) return undefined;
  if (modified !== undefined && !TIME.test(modified)) return undefined;
  const lastModified = modified === undefined ? undefined : Date.parse(modified);
  return Number.isNaN(lastModified) ? undefined : { key, size: Number(size), lastModified, etag };
}

/** Goes through a document once, from element to element. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Passes the beginning of the document; false where it is another. */
  begins(): boolean {
    const found = DOCUMENT.exec(this.#text);
    this.#at = found?.[0].length ?? 0;
    return found !== null;
  }

  /** Whether nothing but the document's end is left. */
  ends(): boolean {
    return this.#next(END) !== undefined;
  }

  /** Takes the objects that follow in the usual shape into `objects`; false where one of them cannot be read. */
  usualObjects(objects: PageObject[]): boolean {
    for (;;) {
      const found = this.#next(USUAL);
      if (found === undefined) return true;
      const [, key = '', modified, etag = '', size] = found;
      const object = readObject(decodeEntities(key), modified, decodeEntities(etag), size);
      if (object === undefined) return false;
      objects.push(object);
    }
  }

  /** Passes the beginning of an object or a prefix, and returns which of them. */
  opens(): string | undefined {
    return this.#next(OPEN)?.[1];
  }

  /** Takes one text into `fields`; false where there is none, or where a field that occurs once is there already. */
  field(fields: Map<string, string>): boolean {
    const found = this.#next(LEAF);
    const name = found?.[1];
    if (found === undefined || name === undefined) return false;
    if (fields.has(name) && name !== 'ChecksumAlgorithm') return false;
    fields.set(name, decodeEntities(found[2] ?? ''));
    return true;
  }

  /** Takes every text up to the end of an element; false where there is something else among them. */
  fieldsTo(kind: string, fields: Map<string, string>): boolean {
    for (;;) {
      const closed = this.#next(CLOSE);
      if (closed !== undefined) return closed[1] === kind;
      if (this.#next(NESTED) === undefined && !this.field(fields)) return false;
    }
  }

  /** The text that fits here, passed. */
  #next(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }
}

const ENTITY = /&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The text of an XML element without markup in it, entities resolved; a text that is no entity of XML stays as it is. */
function decodeEntities(text: string): string {
  return text.includes('&') ? text.replace(ENTITY, decodeEntity) : text;
}

function decodeEntity(whole: string, name?: string, decimal?: string, hexadecimal?: string): string {
  if (name !== undefined) return ENTITIES[name] ?? whole;
  const point = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
}

/** S3's refusal of a request, with the fields that the SDK's errors have. */
export class S3AnswerError extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly attempts: number };
  readonly $response: { readonly headers: Readonly<Record<string, string | undefined>> };

  constructor(name: string, message: string, head: AnswerHead) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: head.status, attempts: 1 };
    const region = head.headers['x-amz-bucket-region'];
    this.$response = { headers: { 'x-amz-bucket-region': typeof region === 'string' ? region : undefined } };
  }
}

/** S3's error documents take some hundred bytes; a longer one comes from something else. */
export const MAX_ERROR_BODY: number = 64 * 1024;

/** Refusals that the SDK answers by changing the request: another Region, another time. */
const FOR_THE_SDK: ReadonlySet<string> = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
  'Redirect',
  'RequestTimeTooSkewed',
  'TemporaryRedirect',
]);

const ERROR_DOCUMENT = /^\s*(?:<\?xml[^<>]*\?>)?\s*<Error(?:\s[^<>]*)?>(.*)<\/Error>\s*$/s;

/** The error that an answer other than 200 means. Undefined for one that S3 is not known to give: then the SDK is asked. */
export function answerError(head: AnswerHead, body: Uint8Array): S3AnswerError | undefined {
  const content = ERROR_DOCUMENT.exec(Buffer.from(body).toString('utf8'))?.[1];
  const code = onlyText(content, 'Code');
  const message = onlyText(content, 'Message');
  const isSpoken = code !== undefined && /^[A-Za-z0-9._-]{1,100}$/.test(code) && message !== undefined;
  if (head.status >= 400 && isSpoken && !FOR_THE_SDK.has(code)) return new S3AnswerError(code, message, head);
  // A proxy or balancer that is overloaded says so in words of its own.
  if (!isSpoken && (head.status >= 500 || head.status === 429))
    return new S3AnswerError('Unknown', `the server answered ${head.status}`, head);
  return undefined;
}

/** Whether a body is S3's error document, with a code. */
export function isErrorDocument(body: Uint8Array): boolean {
  return onlyText(ERROR_DOCUMENT.exec(Buffer.from(body).toString('utf8'))?.[1], 'Code') !== undefined;
}

/** The text of the one element of that name; undefined where there is none, or several, or it holds others. */
function onlyText(content: string | undefined, name: string): string | undefined {
  if (content === undefined) return undefined;
  const found = [...content.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))];
  const text = found.length === 1 ? found[0]?.[1] : undefined;
  if (text === undefined || text === '') return undefined;
  return decodeEntities(text);
}
