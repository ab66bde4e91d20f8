import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { postBytes } from '../../src/source/post-bytes.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  closers.push(
    () =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/tsa`;
}

const OPTIONS = {
  contentType: 'application/timestamp-query',
  accept: 'application/timestamp-reply',
  pauseMs: 1,
};
const RIGHT = { 'content-type': 'Application/Timestamp-Reply; charset=binary' };
const post = (url: string) => postBytes(url, Buffer.from([0, 1, 255]), OPTIONS);

describe('posting bytes', () => {
  test('sends them as they are and returns what comes back', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push(
          request.method,
          request.headers['content-type'],
          request.headers.accept,
          Buffer.concat(chunks),
        );
        response.writeHead(200, RIGHT).end(Buffer.from([9, 8, 0, 255]));
      });
    });
    expect(Buffer.from(await post(url))).toEqual(Buffer.from([9, 8, 0, 255]));
    expect(seen).toEqual(['POST', OPTIONS.contentType, OPTIONS.accept, Buffer.from([0, 1, 255])]);
  });

  test('tries again where the server fails or hangs up, three times in all', async () => {
    let asked = 0;
    const failing = await serve((request, response) => {
      asked += 1;
      if (asked === 1) request.socket.destroy();
      else if (asked === 2) response.writeHead(503).end();
      else response.writeHead(200, RIGHT).end('done');
    });
    expect(Buffer.from(await post(failing)).toString()).toBe('done');
    expect(asked).toBe(3);
    asked = 0;
    const down = await serve((_request, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    await expect(post(down)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('status 500'),
    });
    expect(asked).toBe(3);
  });

  test.each<readonly [string, RequestListener, RegExp]>([
    ['a refusal', (_request, response) => response.writeHead(403).end(), /answered with status 403/],
    [
      'a page',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      /answered with "text\/html"/,
    ],
    ['no type', (_request, response) => response.writeHead(200).end('x'), /answered with "no type"/],
    [
      'too much',
      (_request, response) => response.writeHead(200, RIGHT).end(Buffer.alloc(2_000_000)),
      /more than 1048576 bytes/,
    ],
  ])('takes %s for an answer, and does not ask again', async (_name, answer, problem) => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      answer(request, response);
    });
    await expect(post(url)).rejects.toThrow(problem);
    expect(asked).toBe(1);
  });
});
