import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { S3Reader } from '../../../../src/source/s3/lean/reader.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function readerOf(
  bytes: number,
  size: number,
  server: Server = createServer((_, response) => response.end(Buffer.alloc(size))),
): Promise<S3Reader> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const reader = new S3Reader({ requests: 16, fixed: true, bytes, maxBytes: 1 << 20 });
  closing.push(
    () => reader.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  reader.renew('b', {
    ...{
      kind: 's3',
      url: `http://127.0.0.1:${address.port}/b`,
      region: 'us-east-1',
      sessionToken: undefined,
      requestPayer: false,
    },
    ...{ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', clockOffset: 0 },
    ...{ requestTimeoutMs: 2000, connectTimeoutMs: 2000 },
  });
  return reader;
}

/** Reads so many objects; each is let go after `hold` took it. Rejects where one is not told. */
function readAll(reader: S3Reader, count: number, hold: (free: () => void) => void): Promise<number[]> {
  const sizes: number[] = [];
  return new Promise((resolve) => {
    const isLast = (all: number[]): void => {
      if (all.length === count) resolve(all);
    };
    const keys = Array.from({ length: count }, (_, at) => `k${at}`);
    reader.read('b', keys, (_, found) => {
      const size = found?.file instanceof Uint8Array ? found.file.length : -1;
      sizes.push(size);
      hold(() => {
        if (size > 0) reader.release(size);
        isLast(sizes);
      });
      isLast(sizes);
    });
  });
}

const SIZE = 300_000;

test.each<readonly [string, (free: () => void) => void]>([
  // Room is made within the very callback of the connection whose body has come.
  ['at once', (free) => free()],
  ['soon', (free) => queueMicrotask(free)],
  ['later', (free) => setTimeout(free, 5)],
])('bodies that wait for room come when it is made %s', async (_, hold) => {
  const reader = await readerOf(2.5 * SIZE, SIZE);
  expect(await readAll(reader, 60, hold)).toEqual(Array.from({ length: 60 }, () => SIZE));
});

test('a body larger than all room comes alone', async () => {
  const reader = await readerOf(SIZE / 2, SIZE);
  expect(await readAll(reader, 20, (free) => free())).toEqual(Array.from({ length: 20 }, () => SIZE));
});

test.each(['waits for room', 'is under way', 'fails and waits for another try'])(
  'an object that %s when all is stopped is told of at once',
  async (what) => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      if (what === 'is under way') response.write('x');
      else if (what === 'waits for room') response.end(Buffer.alloc(SIZE));
      else response.writeHead(500).end();
    });
    const reader = await readerOf(1.5 * SIZE, SIZE, server);
    // Nothing is let go, so that all but one wait for ever.
    const sizes = readAll(reader, 30, () => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    reader.stop();
    const told = await Promise.race([
      sizes,
      new Promise((resolve) => setTimeout(() => resolve('late'), 1000)),
    ]);
    expect(told).toHaveLength(30);
    // What was on its way then has come.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(asked).toBe(before);
  },
);
