import { describe, expect, test, vi } from 'vitest';
import { Patience, TimeOfTries } from '../../src/aws/failure.ts';
import { callerAccount } from '../../src/aws/identity.ts';
import { listPublicKeys } from '../../src/aws/keys.ts';
import type { AwsSession } from '../../src/aws/session.ts';
import { describeTrail } from '../../src/aws/trail.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { type AwsServer, type Fault, ObjectStore } from '../support/aws-server.ts';
import { listAll, sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const BUCKET = 'example-trail-logs';
const TIMEOUT = 300;

async function start(): Promise<AwsServer> {
  const store = new ObjectStore();
  store.createBucket(BUCKET);
  store.put(BUCKET, 'a', Buffer.alloc(500));
  return aws.start({ store });
}

type Act = (session: AwsSession) => Promise<unknown>;
const ARN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main';

function reading(reads: 'lean' | 'sdk'): Readonly<Record<string, readonly [string, Act]>> {
  return {
    [`an object, ${reads}`]: [
      'GetObject',
      (session) => openS3(session, '', { reads }).open({ bucket: BUCKET, key: 'a' }, { maxBytes: 1000 }),
    ],
    [`a listing, ${reads}`]: [
      'ListObjectsV2',
      (session) => listAll(openS3(session, '', { reads }), { bucket: BUCKET, prefix: '' }),
    ],
  };
}

const ASKED: Readonly<Record<string, readonly [string, Act]>> = {
  ...reading('lean'),
  ...reading('sdk'),
  'a bucket': ['HeadBucket', (session) => listAll(openS3(session), { bucket: BUCKET, prefix: '' })],
  versions: [
    'ListObjectVersions',
    async (session) => openS3(session).versions?.({ bucket: BUCKET, key: 'a' }),
  ],
  retention: ['GetBucketVersioning', async (session) => openS3(session).retention?.(BUCKET)],
  keys: [
    'ListPublicKeys',
    async (session) => {
      const answer = await listPublicKeys(session, 'eu-west-1', 0, 1);
      if (answer.keys === undefined) throw new Error(answer.refusal);
    },
  ],
  'a trail': ['GetTrail', (session) => describeTrail(ARN, session)],
  'a caller': [
    'GetCallerIdentity',
    async (session) => {
      if ((await callerAccount(session, 'eu-west-1')) === undefined) throw new Error('unknown');
    },
  ],
};

describe('header and body have one deadline each, and three tries', () => {
  const faults: Readonly<Record<string, Fault>> = {
    'headers line by line': { kind: 'headers', latencyMs: 20 },
    'no answer': { kind: 'stall' },
    'a body byte by byte': { kind: 'slow', afterBytes: 1, latencyMs: 90 },
    'a body that stalls': { kind: 'stall', afterBytes: 5 },
  };
  const cases = Object.entries(ASKED).flatMap(([name, [operation, act]]) =>
    Object.entries(faults)
      // An answer to HEAD has no body, and a refusal's ends the call whatever it says.
      .filter(([fault]) => operation !== 'HeadBucket' || !fault.startsWith('a body'))
      .map(([fault, how]) => [name, fault, operation, act, how] as const),
  );
  test.each(cases)(
    '%s: %s',
    async (_name, _fault, operation, act, fault) => {
      const server = await start();
      server.faults.add({ ...fault, operation, times: Number.POSITIVE_INFINITY });
      const begun = performance.now();
      await expect(act(sessionWith(server, { requestTimeoutMs: TIMEOUT }))).rejects.toBeInstanceOf(Error);
      expect(server.requests.filter((request) => request.operation === operation)).toHaveLength(3);
      // A deadline for each of three tries at most (two where the body is of S3), and the pauses between.
      expect(performance.now() - begun).toBeLessThan(10 * TIMEOUT + 3000);
    },
    30_000,
  );
});

describe('all tries of one request', () => {
  test('have three deadlines together, however each ends', () => {
    const times = new TimeOfTries(90);
    expect(times.most('a', 30)).toBe(30);
    times.took('a', 59);
    expect(times.most('a', 30)).toBe(30);
    expect(times.most('a', 30, 20)).toBe(11);
    // What is told of it is whole.
    expect(times.most('a', 30, 20.25)).toBe(11);
    expect(times.most('b', 30)).toBe(30);
    times.took('a', 31);
    expect(() => times.most('a', 30)).toThrow('no whole answer came within 90 ms of trying');
    times.ended('a');
    expect(times.most('a', 30)).toBe(30);
    times.took('', 100);
    expect(times.most('', 30)).toBe(30);
  });

  test('are remembered of so many requests', () => {
    const times = new TimeOfTries(90);
    for (let at = 0; at <= 10_000; at += 1) times.took(String(at), 90);
    expect(times.most('0', 30)).toBe(30);
    expect(() => times.most('1', 30)).toThrow('of trying');
  });

  test('that are refused slowly end as those without an answer', async () => {
    const server = await start();
    const slow: Fault = { kind: 'status', status: 503, latencyMs: 250 };
    server.faults.add({ ...slow, operation: 'ListPublicKeys', times: Number.POSITIVE_INFINITY });
    const answer = await listPublicKeys(
      sessionWith(server, { requestTimeoutMs: TIMEOUT }),
      'eu-west-1',
      0,
      1,
    );
    expect(answer).toMatchObject({ refusal: expect.stringContaining('NoAnswer') });
    const asked = server.requests.filter(({ operation }) => operation === 'ListPublicKeys');
    expect(asked.length).toBeLessThan(6);
  });
});

describe('a server that answers nothing', () => {
  test('has less time, then is asked no more but for a probe, and is trusted again by one answer', () => {
    let now = 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const patience = new Patience(30_000);
    for (let silent = 0; silent < 8; silent += 1) {
      expect(patience.begin()).toBe(30_000);
      patience.unanswered();
    }
    for (let silent = 8; silent < 512; silent += 1) {
      expect(patience.begin()).toBe(5000);
      patience.unanswered();
    }
    expect(() => patience.begin()).toThrow('left the last 512 requests without an answer');
    now += 30_000;
    expect(patience.begin()).toBe(5000);
    expect(() => patience.begin()).toThrow('without an answer');
    patience.answered();
    expect(patience.begin()).toBe(30_000);
    clock.mockRestore();
  });

  test('ends a thousand reads in a known time', async () => {
    const server = await start();
    server.faults.add({ kind: 'stall', operation: 'GetObject', times: Number.POSITIVE_INFINITY });
    const source = openS3(sessionWith(server, { requestTimeoutMs: 1000 }));
    const begun = performance.now();
    const reads = Array.from({ length: 64 }, async () => {
      const codes: string[] = [];
      for (let at = 0; at < 16; at += 1) {
        const read = source.open({ bucket: BUCKET, key: 'a' }, { maxBytes: 1000 });
        codes.push(
          await read.then(
            () => 'read',
            ({ code }: { code: string }) => code,
          ),
        );
      }
      return codes;
    });
    const codes = new Set((await Promise.all(reads)).flat());
    expect([...codes]).toEqual(['OBJECT_UNREACHABLE']);
    expect(performance.now() - begun).toBeLessThan(25_000);
    expect(server.requests.length).toBeLessThan(800);
  }, 60_000);
});

describe('the signal of a session', () => {
  test.each(['keys', 'a trail', 'a caller'])(
    'ends a request in flight, and those that follow: %s',
    async (name) => {
      const [operation, act] = ASKED[name] ?? [];
      if (act === undefined || operation === undefined) throw new Error('no such request');
      const server = await start();
      server.faults.add({ kind: 'stall', operation, times: Number.POSITIVE_INFINITY });
      const controller = new AbortController();
      const session = sessionWith(server, { signal: controller.signal });
      const asked = act(session);
      const count = (): number => server.requests.filter((request) => request.operation === operation).length;
      await vi.waitFor(() => expect(count()).toBe(1));
      const begun = performance.now();
      controller.abort();
      await expect(asked).rejects.toBeInstanceOf(Error);
      await expect(act(session)).rejects.toBeInstanceOf(Error);
      expect(performance.now() - begun).toBeLessThan(2000);
      expect(count()).toBe(1);
    },
  );
});
