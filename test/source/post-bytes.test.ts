import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { readNetwork } from '../../src/aws/network/network.ts';
import { postBytes } from '../../src/source/post-bytes.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { privateAuthority, tlsFront } from '../support/private-authority.ts';

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
  network: { proxies: {}, direct: [], authorities: undefined },
};
const RIGHT = { 'content-type': 'Application/Timestamp-Reply; charset=binary' };
const post = (url: string) => postBytes(url, Buffer.from([0, 1, 255]), OPTIONS);

describe('posting bytes', () => {
  test('names an address without the user and the password in it', async () => {
    const url = await serve((_, response) => response.writeHead(404).end());
    const refused = post(url.replace('//', '//user:s3cret@'));
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('//***@127.0.0.1') });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') });
  });

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

describe('redirects', () => {
  /** Redirects `/a` to `/b` and so on, until the last of `steps`, and answers there with what was posted. */
  const chain = (steps: number, status: number): RequestListener => {
    return (request, response) => {
      const at = Number(request.url?.slice(1)) || 0;
      if (at < steps) response.writeHead(status, { location: `/${at + 1}` }).end();
      else {
        response.writeHead(200, { ...RIGHT, 'x-method': request.method ?? '' });
        request.pipe(response);
      }
    };
  };

  test.each([301, 302, 307, 308])('of status %i are followed as the POST that it is', async (status) => {
    const url = await serve(chain(4, status));
    expect(Buffer.from(await post(url))).toEqual(Buffer.from([0, 1, 255]));
  });

  test.each<readonly [string, RequestListener, RegExp]>([
    ['too many', chain(5, 302), /redirects more than 4 times, at last to "http:.*\/5"/],
    [
      'in a circle',
      (request, response) =>
        response.writeHead(302, { location: request.url === '/x' ? '/tsa' : '/x' }).end(),
      /redirects in a circle, to "http:.*\/tsa"/,
    ],
    [
      'to no web address',
      (_request, response) => response.writeHead(307, { location: 'file:///etc/passwd' }).end(),
      /which is no web address/,
    ],
    [
      'to no address',
      (_request, response) => response.writeHead(307, { location: 'http://' }).end(),
      /redirects to "http:\/\/"/,
    ],
    [
      'that want a GET',
      (_request, response) => response.writeHead(303, { location: '/x' }).end(),
      /answered with status 303/,
    ],
    ['without a place', (_request, response) => response.writeHead(302).end(), /answered with status 302/],
    [
      'with a password',
      (_request, response) => response.writeHead(302, { location: 'http://user:secret@127.0.0.1/' }).end(),
      /a user or a password in it/,
    ],
  ])('%s end it at once', async (_name, answer, problem) => {
    const url = await serve(answer);
    await expect(post(url)).rejects.toThrow(problem);
  });

  test.skipIf(opensslAbsence() !== undefined)('never lead away from TLS', async () => {
    const plain = await serve((_request, response) => response.writeHead(200, RIGHT).end('done'));
    const redirecting = await serve((_request, response) =>
      response.writeHead(308, { location: plain }).end(),
    );
    const authority = privateAuthority();
    const front = await tlsFront(redirecting, authority);
    const network = await readNetwork(async () => undefined, { AWS_CA_BUNDLE: authority.file });
    await expect(postBytes(front.url, Buffer.of(1), { ...OPTIONS, network })).rejects.toThrow(
      /redirects to "http:.*which is without TLS/,
    );
  });
});
