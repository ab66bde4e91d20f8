import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import type { DigestReader } from '../../src/chain/digest-reader.ts';
import { fixedClock } from '../../src/clock.ts';
import { type OpenDigestReader, openDigestReader } from '../../src/hashing/digest-threads.ts';
import type { Report } from '../../src/report/report.ts';
import { openFolder } from '../../src/source/folder-source.ts';
import type { Source } from '../../src/source/source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const scenarios = await loadScenarios();

function verify(scenario: Scenario, source: Source, digestReader?: DigestReader): Promise<Report> {
  return verifyTrail({
    source,
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    runId: 'one',
    ...scenario.options,
    ...(digestReader === undefined ? {} : { digestReader }),
  });
}

async function copyOf({ store }: Scenario, metadata: boolean): Promise<Source> {
  const folder = temporaryFolder();
  writeFolder(store, folder, { metadata });
  const [bucket = '', ...others] = store.bucketNames();
  return others.length > 0 ? openFolder(folder) : openFolder(join(folder, bucket), { bucket });
}

describe('read by threads, the report is the same', () => {
  let reader: OpenDigestReader;
  let read = 0;
  beforeAll(() => {
    const threads = openDigestReader({ threads: 1, after: 0 });
    reader = {
      ...threads,
      learn: (key) => threads.learn(key),
      close: () => threads.close(),
      read: async (ref, file) => {
        const opened = await threads.read(ref, file);
        if (opened !== undefined) read += 1;
        return opened;
      },
    };
  });
  afterAll(async () => {
    await reader.close();
    expect(read).toBeGreaterThan(100);
  });

  test.each(scenarios)('$name', async ({ build }) => {
    const scenario = build();
    for (const metadata of [true, false]) {
      const copy = await copyOf(scenario, metadata);
      expect(await verify(scenario, copy, reader)).toEqual(await verify(scenario, copy));
    }
  });
});

describe('what a thread cannot do', () => {
  const intact = scenarios.find(({ name }) => name === 'intact')?.build();
  if (intact === undefined) throw new Error('there is no scenario "intact"');

  test.each([
    ['a thread that fails', 'process.nextTick(() => { throw new Error("a fault"); })'],
    [
      'a thread that ends',
      'require("node:worker_threads").parentPort.once("message", () => process.exit(3))',
    ],
  ])('is done by the source: %s', async (_, program) => {
    const reader = openDigestReader({
      threads: 2,
      after: 0,
      start: () => new Worker(program, { eval: true }),
    });
    const copy = await copyOf(intact, true);
    expect(await verify(intact, copy, reader)).toEqual(await verify(intact, copy));
    await reader.close();
  });

  test.each([
    ['too few answers', { answers: '[]', typicalRead: 0 }],
    ['answers that nobody waits for', { answers: '[null]', typicalRead: 0 }],
    [
      'a key that was never learned',
      {
        answers: JSON.stringify([
          { opened: { state: 'malformed', problems: [] }, tried: { key: 9, verifies: true } },
        ]),
        typicalRead: 0,
      },
    ],
  ])('proves nothing: %s', async (_, message) => {
    const program = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => {
        for (let count = 0; count < 2; count += 1) parentPort.postMessage(${JSON.stringify(message)});
      });`;
    const reader = openDigestReader({
      threads: 1,
      after: 0,
      start: () => new Worker(program, { eval: true }),
    });
    const ref = { bucket: 'b', key: 'x.json.gz' };
    const opened = await reader.read(ref, { path: '/x', key: ref.key });
    expect(opened ?? { state: 'malformed' }).toMatchObject({ state: 'malformed' });
    expect(opened ?? {}).not.toHaveProperty('tried');
    await reader.close();
  });

  test('is left to the source where files come slowly', async () => {
    const program = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => parentPort.postMessage({ answers: '[null]', typicalRead: 1e6 }));`;
    let asked = 0;
    const start = (): Worker => {
      const worker = new Worker(program, { eval: true });
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message: unknown) => {
        asked += 1;
        post(message);
      };
      return worker;
    };
    const reader = openDigestReader({ threads: 1, after: 0, start });
    for (let count = 0; count < 40; count += 1)
      expect(await reader.read({ bucket: 'b', key: 'x' }, { path: '/x', key: 'x' })).toBeUndefined();
    expect(asked).toBeLessThan(20);
    await reader.close();
  });

  test('is left to the source: what is no file of an object, and all after the end', async () => {
    const reader = openDigestReader({ threads: 1, after: 1 });
    const path = join(temporaryFolder(), 'x.json.gz');
    const ask = () => reader.read({ bucket: 'b', key: 'x.json.gz' }, { path, key: 'x.json.gz' });
    // The first is left to who asks, for a thread is not worth it yet.
    writeFileSync(path, 'no gzip');
    expect(await ask()).toBeUndefined();
    expect(await ask()).toMatchObject({ state: 'malformed', problems: ['is not gzip'] });
    writeFileSync(`${path}.s3-metadata.json`, Buffer.alloc(100_000));
    expect(await ask()).toBeUndefined();
    const waiting = reader.read({ bucket: 'b', key: 'y' }, { path: `${path}.absent`, key: 'y' });
    await reader.close();
    expect(await waiting).toBeUndefined();
    expect(await ask()).toBeUndefined();
  });
});
