/** An answer as the pieces that go over the wire. */
export type Answer = readonly Buffer[];

const STATUS: Readonly<Record<number, string>> = { 200: 'OK', 404: 'Not Found', 400: 'Bad Request' };

/** An answer with its head; `body` undefined for one to HEAD, whose length is that of `length`. */
export function makeAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  withBody = true,
): Answer {
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = Buffer.from(`HTTP/1.1 ${status} ${STATUS[status] ?? ''}\r\n${lines.join('')}\r\n`, 'latin1');
  if (!withBody) return [head];
  // Small ones leave in one piece.
  return body.length < 64 * 1024 ? [Buffer.concat([head, body])] : [head, body];
}

/** An XML answer. */
export function xmlAnswer(xml: string, status = 200): Answer {
  return makeAnswer(
    status,
    { 'content-type': 'application/xml' },
    Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`),
  );
}

/** A refusal as S3 words it. */
export function errorAnswer(status: number, code: string): Answer {
  return xmlAnswer(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`, status);
}

/** A JSON answer of CloudTrail. */
export function jsonAnswer(value: unknown): Answer {
  return makeAnswer(
    200,
    { 'content-type': 'application/x-amz-json-1.1' },
    Buffer.from(JSON.stringify(value)),
  );
}
