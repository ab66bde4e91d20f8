import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { KeyRing } from '../../src/crypto/public-key.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { endWorker } from '../../src/hashing/end-worker.ts';
import type { Report } from '../../src/report/report.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import type { Source } from '../../src/source/source.ts';
import { limitRate } from '../../src/source/wrappers.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import type { FromWalker } from '../../src/walking/contract.ts';
import { type OpenWalker, openWalker, type WalkerOptions } from '../../src/walking/walk-threads.ts';
import { startWalkThread } from '../support/bundled-threads.ts';
import { deleteObject, editContent, flipStoredBit } from '../support/damage.ts';
import { gzipBomb } from '../support/gzip-bomb.ts';
import { memoryLines } from '../support/memory-lines.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';
import { walkersAtOnce, watched } from '../support/walk-paths.ts';

const BUCKET = 'example-trail-logs';
const opened: OpenWalker[] = [];
afterEach(() => Promise.all(opened.splice(0).map((walker) => walker.close())));
const threads = (options: Partial<WalkerOptions> = {}): OpenWalker => {
  const walker = walkersAtOnce({ threads: 1, ...options });
  opened.push(walker);
  return walker;
};

interface Made {
  readonly scenario: Scenario;
  readonly trail: TestTrail;
}

/** Three chains of one place, each of more than two batches, with damage here and there. */
function build(): Made {
  const { store, trail } = auditTrail();
  trail.hours(400, { logs: 1 });
  const start = trail.end - 300 * HOUR;
  const place = { bucket: BUCKET, account: '111122223333', region: 'us-east-1' };
  for (const name of ['second', 'third'])
    new TestTrail({ store, ...place, trail: name, startLogging: start }).hours(300, { logs: 0 });
  deleteObject(store, trail.digestAt(40));
  editContent(store, trail.digestAt(200), (text) => text.replace('"logFiles"', '"logfiles"'));
  flipStoredBit(store, trail.digestAt(300), 200);
  return { scenario: scenarioOf(store, trail), trail };
}

const made = build();
/** A copy that nobody changes. */
const usualCopy = mkdtempSync(join(tmpdir(), 'trail-verify-test-'));
writeFolder(made.scenario.store, usualCopy, { metadata: true });
afterAll(() => rmSync(usualCopy, { recursive: true, force: true }));

/** One chain of more than one batch. */
function buildSmall(): Made {
  const { store, trail } = auditTrail();
  trail.hours(150, { logs: 1 });
  return { scenario: scenarioOf(store, trail), trail };
}

/** A copy to be changed, and where the first trail's digests lie in it. */
function ownCopy({ scenario, trail }: Made): {
  readonly folder: string;
  readonly fileOf: (at: number) => string;
} {
  const folder = temporaryFolder();
  writeFolder(scenario.store, folder, { metadata: true });
  return { folder, fileOf: (at) => join(folder, BUCKET, trail.digestAt(at).key) };
}

interface Run {
  readonly report: Report;
  readonly inventory: string;
  /** Digests by how they were told: in runs or one by one. */
  readonly together: number;
  readonly single: number;
}

async function verify(
  walker: OpenWalker | undefined,
  options: Partial<VerifyOptions> = {},
  wrap: (source: Source) => Source = (source) => source,
  { folder, scenario }: { readonly folder: string; readonly scenario: Scenario } = {
    folder: usualCopy,
    scenario: made.scenario,
  },
): Promise<Run> {
  const inventory = memoryLines();
  let together = 0;
  let single = 0;
  const onEvent = (event: TrailEvent): void => {
    if (event.type === 'digests') together += event.count;
    if (event.type === 'digest') single += 1;
  };
  const report = await verifyTrail(
    {
      source: wrap(await openFolder(join(folder, BUCKET), { bucket: BUCKET, layout: 'sync' })),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      runId: 'one',
      inventory,
      walker,
      ...options,
    },
    onEvent,
  );
  return { report, inventory: inventory.text() ?? '', together, single };
}

/** What must not depend on anything that went wrong on the way. */
function found({ report, inventory }: Run): unknown {
  return { report, inventory };
}

const usualRuns = new Map<string, Promise<Run>>();

/** What the thread that asks finds in the usual copy, which is the same each time: it is found once. */
function usualRun(options: Partial<VerifyOptions>): Promise<Run> {
  const name = JSON.stringify(options);
  const run = usualRuns.get(name) ?? verify(undefined, options);
  usualRuns.set(name, run);
  return run;
}

const DEPTHS: readonly Partial<VerifyOptions>[] = [{ logs: false }, {}];

describe('long chains', () => {
  test.each(DEPTHS)('come in runs where nobody needs each digest: %j', async (depth) => {
    const usual = await usualRun(depth);
    const pure = await verify(threads({ threads: 2, native: false }), depth);
    expect(found(pure)).toEqual(found(usual));
    const threaded = await verify(threads({ threads: 2 }), depth);
    expect(found(threaded)).toEqual(found(usual));
    expect(usual.together).toBe(0);
    const { valid } = usual.report.totals.digests;
    if (depth.logs === false) expect(threaded.together).toBeGreaterThan(valid - 20);
    else expect(threaded.together).toBe(0);
    expect(threaded.together + threaded.single).toBe(usual.single);
  });

  test.each([
    { from: made.scenario.now - 200 * HOUR },
    { to: made.scenario.now - 100 * HOUR },
    { from: made.scenario.now - 350 * HOUR, to: made.scenario.now - 150 * HOUR },
    { scope: { trails: ['second'] } },
    { unlisted: false },
  ])('in a part of what there is: %j', async (part) => {
    for (const depth of DEPTHS) {
      const usual = await usualRun({ ...depth, ...part });
      expect(found(await verify(threads(), { ...depth, ...part }))).toEqual(found(usual));
    }
  });

  test('are walked where they are asked for, in a small run and where every object is wanted', async () => {
    const start = (): never => {
      throw new Error('a thread was started');
    };
    const usual = await usualRun({ logs: false });
    expect(found(await verify(threads({ after: 1e6, start }), { logs: false }))).toEqual(found(usual));
    const wanted = { logs: false, onObject: async (): Promise<void> => {} };
    expect(found(await verify(threads({ start }), wanted))).toEqual(found(usual));
    const withoutAccess = ({ access: _, ...source }: Source): Source => source;
    expect(found(await verify(threads({ start }), { logs: false }, withoutAccess))).toEqual(found(usual));
    expect(openWalker({ threads: 0 })).toBeUndefined();
  });
});

describe('a thread that is lost takes nothing with it, and nothing comes twice', () => {
  test.each([0, 1, 2, 4])('killed after %d batches', async (after) => {
    for (const depth of DEPTHS) {
      const usual = await usualRun(depth);
      let batches = 0;
      const start = watched((message, worker) => {
        if (!('batch' in message)) return;
        if (batches === after) void endWorker(worker);
        batches += 1;
      });
      expect(found(await verify(threads({ start }), depth))).toEqual(found(usual));
    }
  });

  test('killed where a trail moved, whose new folder is listed for the first who asks', async () => {
    const { store, trail } = auditTrail(3);
    trail.moveTo({ bucket: 'elsewhere' }).hours(3);
    const scenario = scenarioOf(store, trail, { targets: [{ bucket: 'elsewhere', prefix: '' }] });
    const folder = temporaryFolder();
    writeFolder(store, folder, { metadata: true });
    const run = async (walker?: OpenWalker): Promise<Report> =>
      verifyTrail({
        source: await openFolder(folder, { layout: 'collect' }),
        targets: scenario.targets,
        keyRing: ringOf(scenario),
        clock: fixedClock(scenario.now),
        runId: 'one',
        walker,
      });
    let asked = 0;
    const start = watched((message, worker) => {
      if (!('question' in message) || !('follow' in message.question)) return;
      asked += 1;
      void endWorker(worker);
    });
    const usual = await run();
    expect(usual.totals.digests.valid).toBe(7);
    expect(await run(threads({ start }))).toEqual(usual);
    expect(asked).toBe(1);
  });

  test.each([
    ['one that fails', 'process.nextTick(() => { throw new Error("a fault"); })'],
    ['one that ends', 'require("node:worker_threads").parentPort.once("message", () => process.exit(3))'],
    [
      'one that gives up',
      `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ request }) => request && parentPort.postMessage({ failed: request.walk }));`,
    ],
    [
      'one that tells less than it says',
      `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ request }) => request && parentPort.postMessage({ batch: { walk: request.walk, steps: 2, end: {},
        parts: [{ count: 2, newest: { bucket: 'b', key: 'k' }, packed: new Uint8Array(3), windows: new Float64Array(6),
          at: new Float64Array(2), texts: '', logBucket: '' }] } }));`,
    ],
    [
      'one that speaks of what it was not asked',
      `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ request }) => {
        if (request === undefined) return;
        parentPort.postMessage({ batch: { walk: 999, steps: 1, parts: [] } });
        parentPort.postMessage({ failed: 999 });
        parentPort.postMessage({ walk: 999, ask: 1, question: { holds: 'b' } });
        parentPort.postMessage({ failed: request.walk });
      });`,
    ],
  ])('%s', async (_, program) => {
    const start = (): Worker => new Worker(program, { eval: true });
    const usual = await usualRun({ logs: false });
    expect(found(await verify(threads({ start }), { logs: false }))).toEqual(found(usual));
  });
});

test('an interruption ends the walks, and what was found is told', async () => {
  for (const depth of DEPTHS) {
    const stop = new AbortController();
    let batches = 0;
    const start = watched((message) => {
      if ('batch' in message && ++batches === 2) stop.abort();
    });
    const { report } = await verify(threads({ start }), { ...depth, signal: stop.signal });
    expect(report.findings.map(({ code }) => code)).toContain('RUN_INTERRUPTED');
    expect(report.totals.digests.valid).toBeLessThan(900);
  }
});

test('an error that ends the run is the one that the source threw', async () => {
  const failing = (source: Source): Source => ({
    ...source,
    open: async () => {
      throw new TrailVerifyError('CREDENTIALS', 'no credentials', { hint: 'get some' });
    },
  });
  const own = ownCopy(made);
  // Whatever is not plainly there is asked of the source.
  rmSync(own.fileOf(399));
  writeFileSync(`${own.fileOf(399)}.s3-metadata.json`, '{}');
  const copy = { folder: own.folder, scenario: made.scenario };
  const { report } = await verify(threads(), { logs: false }, failing, copy);
  // What the walks had found before is told.
  expect(report.totals.digests.valid).toBeGreaterThan(0);
  const ended = report.findings.find(({ code }) => code === 'RUN_INTERRUPTED');
  expect(ended?.evidence).toMatchObject({ reason: 'failed' });
  expect(JSON.stringify(ended)).toContain('no credentials');
  // Where nothing was found yet, there is no report.
  const alone = { logs: false, unlisted: false, scope: { trails: ['audit'] } };
  truncateSync(own.fileOf(400), 40_000_000);
  await expect(verify(threads(), alone, failing, copy)).rejects.toMatchObject({
    name: 'TrailVerifyError',
    code: 'CREDENTIALS',
    message: 'no credentials',
    hint: 'get some',
  });
});

describe('keys', () => {
  /** A ring that counts what it is asked. */
  const counting = (ring: KeyRing): { readonly ring: KeyRing; readonly asked: () => number } => {
    let asked = 0;
    const find: KeyRing['find'] = (query) => {
      asked += 1;
      return ring.find(query);
    };
    return { ring: { ...ring, find }, asked: () => asked };
  };

  test('are asked for once, and those of one ring count for no other', async () => {
    const walker = threads();
    const { ring, asked } = counting(ringOf(made.scenario));
    await verify(walker, { logs: false, keyRing: ring });
    expect(asked()).toBeLessThan(20);
    const none = ringOf({ ...made.scenario, keys: [] });
    const [usual, threaded] = [undefined, walker].map((one) => verify(one, { logs: false, keyRing: none }));
    // At the same time as a run that has them all.
    const [without, withAll] = await Promise.all([threaded, verify(walker, { logs: false })]);
    expect(without?.report.totals.digests.valid).toBe(0);
    expect(without?.report).toEqual((await usual)?.report);
    expect(withAll.report.totals.digests.valid).toBeGreaterThan(900);
  });
});

describe('what does not plainly lie in a file of the copy', () => {
  const small = buildSmall();
  test.each<readonly [string, (file: string, folder: string) => void]>([
    ['a link to a file outside', (file) => relink(file, join(temporaryFolder(), 'outside.json.gz'))],
    ['a link to a file inside', (file, folder) => relink(file, join(folder, BUCKET, 'moved.json.gz'))],
    [
      'a folder that is a link outside',
      (file) => {
        const outside = join(temporaryFolder(), 'day');
        renameSync(dirname(file), outside);
        symlinkSync(outside, dirname(file));
      },
    ],
    ['a link to nowhere', (file) => relink(file, '/nowhere', false)],
    ['a named pipe', (file) => execFileSync('mkfifo', [freed(file)])],
    ['more than any digest has', (file) => truncateSync(file, 40_000_000)],
    ['endless content', (file) => writeFileSync(file, gzipBomb(256))],
    ['nothing', (file) => writeFileSync(file, '')],
    ['no gzip', (file) => writeFileSync(file, 'no gzip')],
    ['a sidecar that is none', (file) => writeFileSync(`${file}.s3-metadata.json`, '{')],
    [
      'a sidecar as large as a file',
      (file) => writeFileSync(`${file}.s3-metadata.json`, Buffer.alloc(100_000, 32)),
    ],
  ])('is told as it is elsewhere: %s', async (_, change) => {
    const { folder, fileOf } = ownCopy(small);
    change(fileOf(100), folder);
    const copy = { folder, scenario: small.scenario };
    const walkers = [true, false].map((native) => threads({ native }));
    for (const depth of DEPTHS) {
      const usual = await verify(undefined, depth, undefined, copy);
      for (const walker of walkers)
        expect(found(await verify(walker, depth, undefined, copy))).toEqual(found(usual));
    }
  });
});

/** Puts a link in place of the file, which lies where it leads, or nowhere. */
function relink(file: string, to: string, isThere = true): void {
  if (isThere) renameSync(file, to);
  else rmSync(file);
  symlinkSync(to, file);
}

/** Makes room for something else of that name. */
function freed(file: string): string {
  rmSync(file);
  return file;
}

test('where reads keep a pace, every digest takes its turn on the thread that asks', async () => {
  let started = 0;
  const walker = threads({
    start: (settings) => {
      started += 1;
      return startWalkThread(settings);
    },
  });
  const usual = await usualRun({ logs: false });
  const paced = await verify(walker, { logs: false }, (source) => limitRate(source, 1_000_000));
  expect(started).toBe(0);
  expect(found(paced)).toEqual(found(usual));
});

describe.each(DEPTHS)('a batch that is lost on its way: %j', (depth) => {
  /** A thread whose batches come three at a time, of which the second is not as it was sent. */
  const losing =
    (replace: (worker: Worker, batch: FromWalker) => void): NonNullable<WalkerOptions['start']> =>
    (settings) => {
      const worker = startWalkThread(settings);
      const emit = worker.emit.bind(worker);
      const held: FromWalker[] = [];
      let isOver = false;
      worker.emit = (event: string, ...rest: unknown[]): boolean => {
        const [message] = rest as [FromWalker];
        if (event !== 'message' || isOver || !('batch' in message)) return emit(event, ...rest);
        held.push(message);
        if (held.length < 3) return true;
        isOver = true;
        for (const [at, one] of held.entries()) {
          if (at === 1) replace({ emit } as unknown as Worker, one);
          else emit('message', one);
        }
        return true;
      };
      return worker;
    };

  test.each<readonly [string, (worker: Worker, batch: FromWalker) => void]>([
    ['with its thread', (worker) => worker.emit('messageerror', new Error('it cannot be read'))],
    ['alone', () => {}],
    [
      'in part',
      (worker, message) => {
        if (!('batch' in message)) return;
        const { parts } = message.batch;
        worker.emit('message', { batch: { ...message.batch, parts: parts.slice(0, -1) } });
      },
    ],
  ])('takes no digest with it: %s', async (_, replace) => {
    const usual = await usualRun(depth);
    expect(usual.report.verdict).toBe('INVALID');
    expect(found(await verify(threads({ start: losing(replace) }), depth))).toEqual(found(usual));
  });
});
