/**
 * What the SDK takes for an answer of S3 and is none: it reads every document, an empty one too, as the one that was asked
 * for with all its fields absent, and every 404 as an absence.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { AnswerNotUnderstoodError } from '../../aws/answer-problem.ts';
import { LONGEST_VERSION_ID } from '../source.ts';
import { isErrorDocument } from './lean/xml.ts';

/** The root of the document that answers a GET with this parameter (API reference). */
const ROOTS: Readonly<Record<string, string>> = {
  'list-type': 'ListBucketResult',
  versions: 'ListVersionsResult',
  versioning: 'VersioningConfiguration',
  'object-lock': 'ObjectLockConfiguration',
  lifecycle: 'LifecycleConfiguration',
};

interface Request {
  readonly query?: Readonly<Record<string, unknown>>;
}

interface Response {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
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

/** Whether a document begins and ends with that element; what is between, its reader judges. */
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
