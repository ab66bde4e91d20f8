import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { BareGets, type GetFailure } from '../../../../src/source/s3/lean/bare-gets.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers every request with `speak`. */
async function serve(speak: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => speak(socket));
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}

interface Got {
  readonly text?: string;
  readonly versionId?: string | undefined;
  readonly failure?: GetFailure;
}

const LIMITS = { connections: 2, connectMs: 1000, idleMs: 300, maxBytes: 100 };

function gets(origin: string, limits: Partial<typeof LIMITS> = {}): BareGets {
  const opened = new BareGets(origin, { ...LIMITS, ...limits });
  closing.push(() => void opened.close());
  return opened;
}

/** What becomes of one GET; told twice is an error. */
function get(
  from: BareGets,
  origin: string,
  admit?: (length: number, resume: () => void) => boolean,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    let isTold = false;
    const tell = (got: Got): void => {
      if (isTold) reject(new Error('told twice'));
      isTold = true;
      // Whatever else would be told comes soon.
      setTimeout(() => resolve(got), 20);
    };
    from.get(
      { origin, path: '/x', headers: { host: 'x' } },
      {
        admit: admit ?? (() => true),
        done: (bytes, versionId) => tell({ text: bytes.toString(), versionId }),
        failed: (failure) => tell({ failure }),
      },
    );
  });
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('an object', () => {
  test.each([
    [
      'is a 200 with its whole length',
      `${OK}Content-Length: 5\r\n\r\nhello`,
      { text: 'hello', versionId: undefined },
    ],
    ['may be empty', `${OK}Content-Length: 0\r\n\r\n`, { text: '', versionId: undefined }],
    [
      'may have a version, and stays as it was sent',
      `${OK}Content-Encoding: gzip\r\nX-Amz-Version-Id: v1\r\ncontent-length: 2\r\n\r\nhi`,
      { text: 'hi', versionId: 'v1' },
    ],
    [
      'comes after an interim answer',
      `HTTP/1.1 103 Early Hints\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`,
      { text: 'hi', versionId: undefined },
    ],
  ])('%s', async (_, answer, got) => {
    const origin = await serve((socket) => socket.write(answer));
    expect(await get(gets(origin), origin)).toEqual(got);
  });

  test.each([
    ['of a part', `${OK}Content-Length: 5\r\nContent-Range: bytes 0-4/10\r\n\r\nhello`, 'lasting'],
    ['without its length', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 'lasting'],
    ['until the connection ends', `${OK}Connection: close\r\n\r\nhello`, 'lasting'],
    ['of more than is taken', `${OK}Content-Length: 101\r\n\r\n${'x'.repeat(101)}`, 'lasting'],
    [
      'of two versions',
      `${OK}X-Amz-Version-Id: a\r\nX-Amz-Version-Id: b\r\nContent-Length: 2\r\n\r\nhi`,
      'lasting',
    ],
    ['of a time that is none', `${OK}Last-Modified: in a while\r\nContent-Length: 2\r\n\r\nhi`, 'lasting'],
    ['with a length that is none', `${OK}Content-Length: 5x\r\n\r\nhello`, 'passing'],
    ['that is no HTTP', 'hello', 'passing'],
    ['of another status: 204', 'HTTP/1.1 204 No Content\r\n\r\n', 'lasting'],
    ['of another status: 206', 'HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello', 'lasting'],
    ['of another status: 301', 'HTTP/1.1 301 Moved\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n', 'lasting'],
    ['of another status: 403', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno', 'lasting'],
    ['of another status: 404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno', 'lasting'],
    ['of another status: 429', 'HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\nno', 'congested'],
    ['of another status: 500', 'HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno', 'passing'],
    ['of another status: 503', 'HTTP/1.1 503 Slow\r\nContent-Length: 2\r\n\r\nno', 'congested'],
    [
      'of a status with an endless body',
      `HTTP/1.1 500 Oh\r\nContent-Length: 9999999\r\n\r\n${'x'.repeat(99_999)}`,
      'passing',
    ],
  ])('is no answer %s', async (_, answer, failure) => {
    const origin = await serve((socket) => {
      socket.write(answer);
      if (/close|no HTTP|hello$/.test(answer)) socket.end();
    });
    expect(await get(gets(origin), origin)).toEqual({ failure });
  });

  test.each([
    ['is short', `${OK}Content-Length: 5\r\n\r\nhel`, true, 'passing'],
    ['stalls', `${OK}Content-Length: 5\r\n\r\nhel`, false, 'lasting'],
    ['does not begin', '', false, 'lasting'],
    ['has no end of its headers', `${OK}X: y\r\n`, false, 'lasting'],
  ])('is none that %s', async (_, answer, ends, failure) => {
    const origin = await serve((socket) => {
      socket.write(answer);
      if (ends) socket.end();
    });
    const began = performance.now();
    expect(await get(gets(origin), origin)).toEqual({ failure });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('whose headers come one by one is none in the end', async () => {
    const origin = await serve((socket) => {
      socket.write(OK);
      const more = setInterval(() => socket.write('X: y\r\n'), 50);
      socket.on('close', () => clearInterval(more));
    });
    expect(await get(gets(origin), origin)).toEqual({ failure: 'lasting' });
  });

  test('that trickles is none in the end', async () => {
    const origin = await serve((socket) => {
      socket.write(`${OK}Content-Length: 100\r\n\r\n`);
      const more = setInterval(() => socket.write('x'), 50);
      socket.on('close', () => clearInterval(more));
    });
    expect(await get(gets(origin), origin)).toEqual({ failure: 'lasting' });
  });
});

test.each([404, 500])('an answer of %d whose body trickles is not waited for without end', async (status) => {
  const origin = await serve((socket) => {
    socket.write(`HTTP/1.1 ${status} No\r\nContent-Length: 60000\r\n\r\n`);
    const more = setInterval(() => socket.write('x'), 50);
    socket.on('close', () => clearInterval(more));
  });
  expect(await get(gets(origin), origin)).toEqual({ failure: status === 404 ? 'lasting' : 'passing' });
});

test('a version id that is longer than any of S3 is no answer', async () => {
  const answer = (id: string): string => `${OK}Content-Length: 2\r\nx-amz-version-id: ${id}\r\n\r\nhi`;
  const longest = await serve((socket) => socket.write(answer('v'.repeat(1024))));
  expect(await get(gets(longest), longest)).toEqual({ text: 'hi', versionId: 'v'.repeat(1024) });
  const longer = await serve((socket) => socket.write(answer('v'.repeat(1025))));
  expect(await get(gets(longer), longer)).toEqual({ failure: 'lasting' });
});

test('what is given up ends at once, whatever it waits for', async () => {
  const silent = await serve(() => {});
  const held = await serve((socket) => socket.write(`${OK}Content-Length: 5\r\n\r\nhello`));
  const [one, other] = [gets(silent, { idleMs: 60_000 }), gets(held, { idleMs: 60_000 })];
  const waiting = [get(one, silent), get(one, silent), get(one, silent), get(other, held, () => false)];
  await new Promise((resolve) => setTimeout(resolve, 100));
  one.abandon();
  other.abandon();
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ failure: 'lasting' })));
});

test('a body waits until it is let in, however long, and its connection with it', async () => {
  const origin = await serve((socket) => socket.write(`${OK}Content-Length: 5\r\n\r\nhello`));
  const asked: number[] = [];
  const got = get(gets(origin), origin, (length, resume) => {
    asked.push(length);
    // Longer than a silent server may take.
    setTimeout(resume, 3 * LIMITS.idleMs);
    return false;
  });
  expect(await got).toEqual({ text: 'hello', versionId: undefined });
  expect(asked).toEqual([5]);
});

test('a server that is not there is told of at once', async () => {
  const origin = await serve(() => {});
  for (const close of closing.splice(0)) close();
  expect(await get(gets(origin), origin)).toEqual({ failure: 'passing' });
});

test('a request that cannot be sent fails alone', async () => {
  const origin = await serve((socket) => socket.write(`${OK}Content-Length: 2\r\n\r\nhi`));
  const from = gets(origin);
  const failed = new Promise((resolve) =>
    from.get(
      { origin, path: '/x', headers: { host: 'x', bad: 'a\nb' } },
      { admit: () => true, done: () => resolve('done'), failed: resolve },
    ),
  );
  expect(await failed).toBe('passing');
  expect(await get(from, origin)).toEqual({ text: 'hi', versionId: undefined });
});
