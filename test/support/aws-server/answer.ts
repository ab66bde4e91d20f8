import { element } from './xml.ts';

/** What goes back over the wire. Content-Length and the ids are added when it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A refusal in the service's own terms; it becomes an Answer in the format of the service that was called. */
export class AwsError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Further XML elements inside S3's <Error>, such as Region. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { headers?: Readonly<Record<string, string>>; details?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.details = more.details ?? {};
  }
}

/** An XML document as S3 and STS send it; `content` is markup already. */
export function xmlAnswer(
  content: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`, 'utf8');
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

/** A JSON 1.1 document, or one of the REST-JSON services. */
export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = Buffer.from(JSON.stringify(value), 'utf8');
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', ...headers }, body };
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: new Uint8Array() };
}

/** A refusal in the format of `service`: S3's <Error>, STS's <ErrorResponse>, or JSON with `__type`. */
export function errorAnswer(service: string, error: AwsError, resource: string): Answer {
  if (service === 's3') {
    const fields = { Code: error.code, Message: error.message, Resource: resource, ...error.details };
    const parts = Object.entries(fields).map(([name, text]) => element(name, text));
    const content = `<Error>${parts.join('')}<RequestId>0000000000000000</RequestId></Error>`;
    return xmlAnswer(content, error.status, error.headers);
  }
  if (service === 'sts') {
    const inner = `<Type>Sender</Type>${element('Code', error.code)}${element('Message', error.message)}`;
    const content = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>${inner}</Error></ErrorResponse>`;
    return xmlAnswer(content, error.status, error.headers);
  }
  const document = { __type: error.code, message: error.message };
  return jsonAnswer(document, error.status, { 'x-amzn-errortype': error.code, ...error.headers });
}
