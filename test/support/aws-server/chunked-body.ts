import { AwsError } from './answer.ts';

/**
 * The payload of an aws-chunked body: pieces of `<hex length>[;chunk-signature=…]\r\n<bytes>\r\n`, ended by one of
 * length 0 and perhaps trailers, which are not looked at. Throws AwsError IncompleteBody where the framing is wrong.
 */
export function decodeChunkedBody(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at, 'latin1');
    const length = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(
      body.toString('latin1', at, Math.max(at, lineEnd)),
    )?.[1];
    if (lineEnd < 0 || length === undefined) throw incomplete();
    const size = Number.parseInt(length, 16);
    if (size === 0) return Buffer.concat(pieces);
    const start = lineEnd + 2;
    if (start + size + 2 > body.length) throw incomplete();
    pieces.push(body.subarray(start, start + size));
    at = start + size + 2;
  }
}

function incomplete(): AwsError {
  return new AwsError(400, 'IncompleteBody', 'the aws-chunked body is not well framed');
}
