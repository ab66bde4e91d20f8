import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { AnswerNotUnderstoodError } from '../../aws/failure.ts';
import { isAccessPoint } from '../../base/names.ts';
import { compareKeys, LONGEST_VERSION_ID } from '../source.ts';
import { isErrorDocument, type ListPage } from './lean/xml.ts';

/**
 * Answers that the SDK takes for an answer of S3 and that are none. It reads every document, even an empty one, as the one that
 * was asked for with all its fields absent. It reads every 404 as an absence.
 */

/** The root of the document that answers a GET with this parameter (API reference). */
const ROOTS: Readonly<Record<string, string>> = {
  'list-type': 'ListBucketResult',
  versions: 'ListVersionsResult',
  versioning: 'VersioningConfiguration',
  'object-lock': 'ObjectLockConfiguration',
  lifecycle: 'LifecycleConfiguration',
};

interface Request {
  readonly query?: Readonly<Record<string, unknown>> | undefined;
}

interface Response {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

/** Has every answer to `client` checked before the SDK reads it. */
export function checkAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      // Typed as anything; every field is looked at before it is used.
      checkAnswer((args.request ?? {}) as Request, (result.response ?? {}) as Response);
      return result;
    },
    // The SDK's own reader is of the same step, with more priority.
    { name: 'trailVerifyAnswerCheck', step: 'deserialize', priority: 'low' },
  );
}

function checkAnswer({ query = {} }: Request, { statusCode, headers = {}, body }: Response): void {
  const isObject = query['x-id'] === 'GetObject';
  if (statusCode === 200 && isObject && headers['content-range'] !== undefined) throw partOfObject();
  if (!(body instanceof Uint8Array)) return;
  if (statusCode === 404 && body.length > 0 && !isErrorDocument(body))
    throw new AnswerNotUnderstoodError('the server answered 404 with a document that is not S3\u2019s', 404);
  const root = Object.entries(ROOTS).find(([parameter]) => query[parameter] !== undefined)?.[1];
  if (statusCode !== 200 || root === undefined) return;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').trim();
  if (!hasRoot(text, root) || !tellsItsEnd(text, root))
    throw new AnswerNotUnderstoodError(`the server answered with something else than a whole ${root}`);
}

/** Throws AnswerNotUnderstoodError for a version id that is longer than S3's can be. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId === undefined || Buffer.byteLength(versionId) <= LONGEST_VERSION_ID) return;
  throw new AnswerNotUnderstoodError('the server answered with a version id that is longer than any of S3');
}

/** The refusal of a part where the whole was asked for. */
export function partOfObject(): AnswerNotUnderstoodError {
  return new AnswerNotUnderstoodError('the server answered with a part of the object', 206);
}

/** Whether a document begins and ends with that element; its reader judges the text between. */
function hasRoot(text: string, root: string): boolean {
  const [start = '', name] = /^\uFEFF?(?:<\?xml[^<>]*\?>)?\s*<([A-Za-z]+)(?:\s[^<>]*)?>/.exec(text) ?? [];
  const isAlone = start.length === text.length && text.endsWith('/>');
  return name === root && (isAlone || text.endsWith(`</${root}>`));
}

/** Whether a listing says once, and in one of two words, that it goes on: the SDK takes every other word for the end. */
function tellsItsEnd(text: string, root: string): boolean {
  if (!root.startsWith('List')) return true;
  const found = [...text.matchAll(/<IsTruncated>\s*([^<]*?)\s*<\/IsTruncated>/g)];
  return found.length === 1 && /^(?:true|false)$/.test(found[0]?.[1] ?? '');
}

/**
 * Checks the pages of a listing against the request: that bucket and prefix, each name once and in the order of its UTF-8
 * bytes, each page beyond the one before it. A listing is understood whole or is unreadable. A page taken for an empty or a
 * shorter one would mean a missing chain, or a file that nobody checks.
 */

/** The request of a listing. */
interface ListingQuestion {
  readonly bucket: string;
  readonly prefix: string;
  /** '' for none. */
  readonly startAfter: string;
  readonly delimiter: string | undefined;
}

/** The names of one page, decoded. */
interface PageNames {
  readonly keys: readonly string[];
  readonly folders: readonly string[];
}

/** Pages in a row without a name, which S3 gives where it has passed many delete markers. */
const MAX_EMPTY_PAGES = 100;
/** A hundred million names: no folder of a trail has as many. */
const MAX_PAGES = 100_000;
/** How long the answers of one listing may take in all, in milliseconds, and how much longer for each name. */
const FREE_TIME = 10 * 60_000;
const TIME_PER_NAME = 100;

/** Follows one listing from page to page; each check throws AnswerNotUnderstoodError. */
export class ListingCheck {
  readonly #question: ListingQuestion;
  #lastKey: string;
  #lastFolder = '';
  readonly #progress = new PageProgress();

  constructor(question: ListingQuestion) {
    this.#question = question;
    this.#lastKey = question.startAfter;
  }

  /**
   * Checks the next page, which was asked for with `token` and took `milliseconds`, and passes on to the one after it, whose
   * token is returned.
   */
  take(
    page: ListPage,
    { keys, folders }: PageNames,
    token: string | undefined,
    milliseconds: number,
  ): string | undefined {
    this.#checkEcho(page, token);
    const lastKey = this.#lastOf(keys, this.#lastKey, (key) => this.#checkKey(key));
    const lastFolder = this.#lastOf(folders, this.#lastFolder, (folder) => this.#checkFolder(folder));
    const { keyCount } = page.echo;
    // S3 counts folders among its keys, others do not.
    if (keyCount !== undefined && keyCount !== keys.length && keyCount !== keys.length + folders.length)
      throw notUnderstood(`counts ${keyCount} keys and gives ${keys.length + folders.length}`);
    if (page.isTruncated)
      this.#progress.pass(page.nextToken, token, keys.length + folders.length, milliseconds);
    // A page that is refused may be asked for again.
    this.#lastKey = lastKey;
    this.#lastFolder = lastFolder;
    return page.isTruncated ? page.nextToken : undefined;
  }

  #checkEcho({ echo, isEncoded }: ListPage, token: string | undefined): void {
    const { bucket, prefix, startAfter, delimiter } = this.#question;
    checkName(echo.name, bucket);
    checkPrefix(echo.prefix, prefix, isEncoded);
    if (echo.startAfter && !isEcho(echo.startAfter, startAfter, isEncoded))
      throw notUnderstood('begins after another key than was asked');
    if (echo.token && !isEcho(echo.token, token ?? '', isEncoded))
      throw notUnderstood('is another page than was asked');
    if (echo.delimiter && !isEcho(echo.delimiter, delimiter ?? '', isEncoded))
      throw notUnderstood('has another delimiter than was asked');
  }

  /** The last of names that come in order after `last`. */
  #lastOf(names: readonly string[], last: string, check: (name: string) => void): string {
    let before = last;
    for (const name of names) {
      check(name);
      if (before !== '' && compareKeys(name, before) <= 0)
        throw notUnderstood('has names twice or out of order');
      before = name;
    }
    return before;
  }

  #checkKey(key: string): void {
    const { prefix, delimiter } = this.#question;
    if (!key.startsWith(prefix)) throw notUnderstood('has keys outside its prefix');
    if (delimiter !== undefined && key.includes(delimiter, prefix.length))
      throw notUnderstood('has keys that are in folders');
  }

  #checkFolder(folder: string): void {
    const { prefix, delimiter } = this.#question;
    const isBelow = folder.startsWith(prefix) && folder.length > prefix.length;
    if (
      delimiter === undefined ||
      !isBelow ||
      folder.indexOf(delimiter, prefix.length) !== folder.length - delimiter.length
    )
      throw notUnderstood('has folders that are none below its prefix');
  }
}

/** Bounds the pages of one listing: their number, their time, those that bring nothing, and tokens that lead in a circle. */
export class PageProgress {
  #pages = 0;
  #empty = 0;
  #spent = -FREE_TIME;
  /** Hashes: a token may have megabytes. */
  readonly #seen = new Set<string>();

  /** Passes from a page with so many rows, which took `milliseconds`, to the one that `next` names. Throws AnswerNotUnderstoodError. */
  pass(next: string | undefined, asked: string | undefined, rows: number, milliseconds: number): void {
    this.#pages += 1;
    this.#spent += milliseconds - rows * TIME_PER_NAME;
    if (this.#pages > MAX_PAGES || this.#spent > 0)
      throw notUnderstood(`does not end: page ${this.#pages} of it says that there is more`);
    if (next === undefined || next === asked)
      throw notUnderstood('does not proceed: it has more, and does not say where');
    if (rows > 0) {
      this.#empty = 0;
      this.#seen.clear();
      return;
    }
    this.#empty += 1;
    const name = createHash('sha256').update(next).digest('base64');
    if (this.#seen.has(name)) throw notUnderstood('does not proceed: it leads in a circle');
    this.#seen.add(name);
    if (this.#empty > MAX_EMPTY_PAGES)
      throw notUnderstood(`does not proceed: ${this.#empty} pages in a row were empty`);
  }
}

/** The bucket is named on every page, but where an alias stood for it. */
export function checkName(name: string | undefined, bucket: string): void {
  const isAlias = (/-(?:ext-s3alias|-ol-s3)$/.test(bucket) || isAccessPoint(bucket)) && name !== undefined;
  if (name !== bucket && !isAlias) throw notUnderstood('is not one of that bucket');
}

/** An empty prefix need not be named. */
export function checkPrefix(echo: string | undefined, prefix: string, isEncoded: boolean): void {
  if (!isEcho(echo ?? '', prefix, isEncoded)) throw notUnderstood('is not one of that prefix');
}

/** A page, or a listing, that is none of S3's. */
export function notUnderstood(what: string): AnswerNotUnderstoodError {
  return new AnswerNotUnderstoodError(`the listing ${what}`);
}

/** Whether a page repeats the request as it was asked; not every server encodes it, though it says so. */
function isEcho(echo: string, asked: string, isEncoded: boolean): boolean {
  if (echo === asked) return true;
  if (!isEncoded) return false;
  try {
    return decodeURIComponent(echo.replaceAll('+', ' ')) === asked;
  } catch {
    return false;
  }
}
