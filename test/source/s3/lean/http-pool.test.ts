import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type AnswerHead, type BodyRoom, httpPool } from '../../../../src/source/s3/lean/http-pool.ts';

const servers: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

/** A server that answers every connection with `speak`, once the request has come. */
async function serve(speak: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => speak(socket));
  });
  servers.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}

const room = async ({ headers }: AnswerHead): Promise<BodyRoom> => {
  const length = headers['content-length'];
  return length === undefined ? { upTo: 100 } : { length: Number(length) };
};

const POOL = { connections: 4, connectMs: 1000, idleMs: 200 };

function get(origin: string, admit = room, idleMs = POOL.idleMs) {
  return httpPool({ ...POOL, idleMs }).get({ origin, path: '/x', headers: { host: 'x' }, admit });
}

describe('an answer', () => {
  test('is given whole, with headers as Latin-1 and repeated ones apart', async () => {
    const origin = await serve((socket) =>
      socket.end(
        Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: \xfc\r\n\r\nhello', 'latin1'),
      ),
    );
    const answer = await get(origin);
    expect(answer.status).toBe(200);
    expect(Buffer.from(answer.bytes).toString()).toBe('hello');
    expect(answer.bytes.buffer.byteLength).toBe(5);
    expect(answer.headers['x-a']).toEqual(['1', '\u00fc']);
  });

  test('without a length is taken up to the bound', async () => {
    const chunked =
      'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
    const answer = await get(await serve((socket) => socket.end(chunked)));
    expect([answer.status, Buffer.from(answer.bytes).toString()]).toEqual([404, 'abcde']);
    const long = `HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nc8\r\n${'x'.repeat(200)}\r\n`;
    await expect(get(await serve((socket) => socket.write(long)))).rejects.toMatchObject({
      name: 'IncompleteBodyError',
    });
  });

  test('may follow an interim one', async () => {
    const text = 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    const answer = await get(await serve((socket) => socket.end(text)));
    expect(Buffer.from(answer.bytes).toString()).toBe('ok');
  });

  test('that is refused by its head ends the request, and the body is not read', async () => {
    const origin = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc'));
    const refusal = new Error('too large');
    await expect(get(origin, () => Promise.reject(refusal))).rejects.toBe(refusal);
  });

  test('may be kept waiting for room longer than a server may be silent', async () => {
    const origin = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    const answer = await get(origin, async (head) => {
      await delay(400);
      return room(head);
    });
    expect(Buffer.from(answer.bytes).toString()).toBe('ok');
  });
});

describe('a failure', () => {
  const drip = (socket: Socket, text: string, gap: number): void => {
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed || at === text.length) clearInterval(timer);
      else socket.write(text.charAt(at++));
    }, gap);
    socket.on('close', () => clearInterval(timer));
  };

  test.each([
    ['no answer', () => {}, { name: 'TimeoutError', message: 'no answer came within 200 ms' }],
    [
      'headers one byte at a time',
      (socket: Socket) => drip(socket, `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1000)}`, 20),
      { name: 'TimeoutError' },
    ],
    [
      'a body one byte at a time',
      (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n');
        drip(socket, 'x'.repeat(5000), 20);
      },
      {
        name: 'IncompleteBodyError',
        message: expect.stringMatching(/^\d+ of 5000 bytes arrived, and too slowly$/),
      },
    ],
    [
      'a body that stalls',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc'),
      { name: 'IncompleteBodyError', message: 'nothing arrived for 200 ms after 3 of 50 bytes' },
    ],
    [
      'a body cut off',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc'),
      { name: 'IncompleteBodyError', message: 'the connection broke after 3 of 50 bytes' },
    ],
    [
      'a connection closed without a word',
      (socket: Socket) => socket.end(),
      { code: 'ECONNRESET', message: 'the connection was closed before an answer came' },
    ],
    ['a connection reset', (socket: Socket) => socket.resetAndDestroy(), { code: 'ECONNRESET' }],
    ['something else than HTTP', (socket: Socket) => socket.end('SSH-2.0-x\r\n'), { code: /^HPE_/ }],
    [
      'a length that is no number',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'),
      { code: /^HPE_/ },
    ],
    [
      'headers without an end',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1 << 20)}`),
      { code: /^(HPE_|UND_ERR_)/ },
    ],
  ] as const)('is told: %s', async (_, speak, expected) => {
    const origin = await serve(speak);
    const failure = await get(origin).then(
      () => undefined,
      (error: unknown) => error,
    );
    for (const [name, value] of Object.entries(expected)) {
      const told: unknown = Reflect.get(failure ?? {}, name);
      if (value instanceof RegExp) expect(told).toMatch(value);
      else expect(told).toEqual(value);
    }
  });

  test('is told: nobody listens', async () => {
    const origin = await serve(() => {});
    for (const { server } of servers) server.close();
    await expect(get(origin)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('a process ends although its connections are kept', async () => {
  const origin = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  const module = new URL('../../../../src/source/s3/lean/http-pool.ts', import.meta.url).href;
  const program = `
    const { httpPool } = await import(${JSON.stringify(module)});
    const pool = httpPool({ connections: 4, connectMs: 1000, idleMs: 60_000 });
    const admit = async () => ({ length: 2 });
    await pool.get({ origin: ${JSON.stringify(origin)}, path: '/x', headers: { host: 'x' }, admit });
    console.log('done');
  `;
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: root,
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    // From here on nothing but an open handle could keep it.
    if (out.includes('done')) setTimeout(() => child.kill('SIGKILL'), 20_000).unref();
  });
  const [code] = await once(child, 'exit');
  expect({ out, code }).toEqual({ out: 'done\n', code: 0 });
}, 60_000);
