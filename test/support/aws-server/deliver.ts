import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { Fault } from './faults.ts';

/** Sends an answer, or what the fault leaves of it. The body of an answer to HEAD is announced, never sent. */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  method: string,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === 'reset' && fault.afterBytes === undefined) {
    response.socket?.resetAndDestroy();
    return;
  }
  if (fault?.kind === 'stall' && fault.afterBytes === undefined) return;
  if (fault?.kind === 'headers') return sendHeadersForEver(response, fault.latencyMs ?? 100);
  const headers: Record<string, string> = {
    server: 'AmazonS3',
    'x-amz-request-id': '0000000000000000',
    'content-length': String(answer.body.length),
  };
  for (const [name, value] of Object.entries(answer.headers)) headers[name] = headerText(value);
  response.writeHead(answer.status, headers);
  if (method === 'HEAD') {
    response.end();
  } else if (fault === undefined || fault.kind === 'status' || fault.kind === 'answer') {
    response.end(answer.body);
  } else {
    await deliverPart(response, answer.body, fault);
  }
}

/** Header lines, one by one, until the client goes away. */
async function sendHeadersForEver({ socket }: ServerResponse, latencyMs: number): Promise<void> {
  socket?.write('HTTP/1.1 200 OK\r\n');
  for (let line = 0; socket?.destroyed === false; line += 1) {
    socket.write(`X-Line-${line}: 1\r\n`);
    await delay(latencyMs);
  }
}

async function deliverPart(response: ServerResponse, body: Uint8Array, fault: Fault): Promise<void> {
  if (fault.kind === 'slow') {
    const step = Math.max(1, fault.afterBytes ?? 16);
    for (let at = 0; at < body.length && !response.destroyed; at += step) {
      response.write(body.subarray(at, at + step));
      await delay(fault.latencyMs ?? 5);
    }
    response.end();
    return;
  }
  const sent = body.subarray(0, fault.afterBytes ?? Math.floor(body.length / 2));
  response.flushHeaders();
  // A reset discards what the socket still holds, so the bytes must be out first.
  await new Promise<void>((resolve) => response.write(sent, () => resolve()));
  if (fault.kind === 'truncate') response.socket?.end();
  if (fault.kind === 'reset') response.socket?.resetAndDestroy();
}

/** What HTTP cannot carry in a header is encoded by S3 as RFC 2047 says. */
function headerText(value: string): string {
  if (/^[\t\u0020-\u007e]*$/.test(value)) return value;
  return `=?UTF-8?B?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}
