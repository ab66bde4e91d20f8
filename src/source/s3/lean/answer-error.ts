import type { AnswerHead } from './http-pool.ts';
import { decodeEntities } from './xml-text.ts';

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

/** S3's error documents take some hundred bytes; what is longer comes from something else. */
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

const DOCUMENT = /^\s*(?:<\?xml[^<>]*\?>)?\s*<Error(?:\s[^<>]*)?>(.*)<\/Error>\s*$/s;

/**
 * The error that an answer other than 200 stands for; undefined where it is not one that S3 is known to give, so that
 * the SDK is asked what it makes of it.
 */
export function answerError(head: AnswerHead, body: Uint8Array): S3AnswerError | undefined {
  const content = DOCUMENT.exec(Buffer.from(body).toString('utf8'))?.[1];
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
  return onlyText(DOCUMENT.exec(Buffer.from(body).toString('utf8'))?.[1], 'Code') !== undefined;
}

/** The text of the one element of that name; undefined where there is none, or several, or it holds others. */
function onlyText(content: string | undefined, name: string): string | undefined {
  if (content === undefined) return undefined;
  const found = [...content.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))];
  const text = found.length === 1 ? found[0]?.[1] : undefined;
  if (text === undefined || text === '') return undefined;
  return decodeEntities(text);
}
