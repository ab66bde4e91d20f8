import { createHash } from 'node:crypto';
import { AwsError } from './answer.ts';
import type { AwsRequest } from './request.ts';

/** The fields of a JSON request; throws SerializationException where the body is no JSON object. */
export function jsonBody(request: AwsRequest): Readonly<Record<string, unknown>> {
  const text = request.body.toString('utf8');
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AwsError(400, 'SerializationException', 'the body is not a JSON object');
  }
  return { ...value };
}

/** A text field of a request, undefined where it is absent or of another type. */
export function textField(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}

/** A page of rows, and the token of the next: the number of rows before it. Throws `badToken` for any other token. */
export function pageOf<Row>(
  rows: readonly Row[],
  token: string | undefined,
  size: number,
  badToken: string,
): { rows: readonly Row[]; next: string | undefined } {
  if (token !== undefined && !/^\d{1,9}$/.test(token))
    throw new AwsError(400, badToken, 'the token is not one of ours');
  const start = Number(token ?? 0);
  const end = start + size;
  return { rows: rows.slice(start, end), next: end < rows.length ? String(end) : undefined };
}

/**
 * A token that is good for the same question alone, as AWS's are: the number of rows before it, bound to the other parameters. `ofPlace`
 * is what else the question is of, such as account and Region.
 */
export function boundToken(
  body: Readonly<Record<string, unknown>>,
  token: { readonly field: string; readonly ofPlace: string; readonly badToken: string },
): { readonly given: string | undefined; bind(next: string | undefined): string | undefined } {
  const { field, ofPlace, badToken } = token;
  const others = Object.entries(body)
    .filter(([name]) => name !== field)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const mark = createHash('sha256')
    .update(JSON.stringify([ofPlace, others]))
    .digest('hex')
    .slice(0, 16);
  const [given, ofQuestion] = textField(body, field)?.split('.') ?? [];
  if (given !== undefined && ofQuestion !== mark)
    throw new AwsError(
      400,
      badToken,
      'Invalid token or token that was previously used with other parameters',
    );
  return { given, bind: (next) => (next === undefined ? undefined : `${next}.${mark}`) };
}
