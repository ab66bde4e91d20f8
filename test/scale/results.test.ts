import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { ListedObjects } from '../../src/scale/listed-objects.ts';
import type { Plan } from '../../src/scale/plan.ts';
import { MOST_RESULT, openResult, readLogText, readResult, resultFile } from '../../src/scale/result.ts';
import { signBytes } from '../../src/scale/signed.ts';
import type { ListedObject, Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { deleteObject, replaceBytes } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import {
  alone,
  merged,
  type Outcome,
  optionsOf,
  planFor,
  readAll,
  resultsIn,
  STRANGER,
  signerOf,
  TOOL,
  WORKER,
} from '../support/shard-run.ts';

/* Results are somebody else's word: they are checked, and what is missing is said. */

/** Digests: the one that starts the trail names no log file, and each other two. */
const DIGESTS = 24;
const SHARDS = 4;

const { store, trail } = auditTrail(DIGESTS - 1);
const scenario = scenarioOf(store, trail);
const options = (source: Source = memorySource(store)): VerifyOptions => optionsOf(scenario, source);
let plan: Plan;
let files: readonly Uint8Array[];
let single: Outcome;

beforeAll(async () => {
  plan = await planFor(options(), SHARDS);
  files = await readAll(plan, options());
  single = await alone(options());
});

const TRUSTED = new Set([WORKER.certificate.fingerprint]);

/** The text of a result, without its signature. */
function textOf(file: Uint8Array | undefined): string {
  const opened = openResult(file ?? new Uint8Array(), TRUSTED);
  if ('reason' in opened) throw new Error(opened.detail);
  return Buffer.from(opened.lines).toString('latin1');
}

/** Lines that a machine signed which is trusted, whatever they are. */
function signed(text: string, signer = WORKER): Promise<Uint8Array> {
  return resultFile(Buffer.from(text, 'latin1'), signerOf(signer), scenario.now);
}

/** Any bytes behind the signature of the machine that is trusted. */
async function signedAs(packed: Uint8Array): Promise<Uint8Array> {
  const signature = Buffer.from(await signBytes(packed, signerOf(WORKER), scenario.now)).toString('base64');
  return Buffer.concat([Buffer.from(`${JSON.stringify({ signature })}\n`), packed]);
}

/** The lines of a result after a change, signed anew by the machine that is trusted. */
function changed(file: Uint8Array | undefined, change: (text: string) => string): Promise<Uint8Array> {
  return signed(change(textOf(file)));
}

/** A result file of which somebody changed the lines, or the signature line, without a key. */
function tampered(
  file: Uint8Array | undefined,
  change: (text: string) => string,
  line: (text: string) => string = (text) => text,
): Uint8Array {
  const bytes = Buffer.from(file ?? new Uint8Array());
  const end = bytes.indexOf('\n') + 1;
  const text = gunzipSync(bytes.subarray(end)).toString('latin1');
  const packed = change(text) === text ? bytes.subarray(end) : gzipSync(change(text));
  return Buffer.concat([Buffer.from(line(bytes.subarray(0, end).toString('latin1')), 'latin1'), packed]);
}

const same = (text: string): string => text;

function withShard(shard: number, held: Uint8Array | readonly Uint8Array[] | undefined) {
  return resultsIn(files.map((file, at) => (at === shard ? held : file)));
}

function codes(findings: readonly Finding[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** A source that counts what is read of it. */
function counting(): { readonly source: Source; readonly opened: string[] } {
  const source = memorySource(store);
  const opened: string[] = [];
  return {
    source: {
      ...source,
      open: (ref, how) => {
        opened.push(ref.key);
        return source.open(ref, how);
      },
    },
    opened,
  };
}

test('a merge reads no digest and no log file that results hold', async () => {
  expect(plan.shards).toHaveLength(SHARDS);
  const { source, opened } = counting();
  expect(await merged(plan, resultsIn(files), options(source))).toEqual(single);
  expect(single.report.verdict).toBe('VALID');
  expect(single.report.totals.logs.valid).toBe(2 * (DIGESTS - 1));
  expect(opened).toEqual([]);
});

test('results are held within a bound, and read again beyond it', async () => {
  let reads = 0;
  const results = resultsIn(files);
  const read = (name: string): Promise<Uint8Array | undefined> => {
    reads += 1;
    return results.read(name);
  };
  expect(await merged(plan, { ...results, read }, options(), 1)).toEqual(single);
  expect(reads).toBeGreaterThan(SHARDS);
});

test('the same shard gives the same lines, byte for byte', async () => {
  expect((await readAll(plan, options())).map(textOf)).toEqual(files.map(textOf));
});

describe('a shard without a result that counts is unproven, and named', () => {
  const DAMAGED = 'damaged';
  type Held = Uint8Array | readonly Uint8Array[] | undefined;
  const cases: readonly (readonly [string, string, () => Held | Promise<Held>])[] = [
    ['no result', 'missing', () => undefined],
    ['an empty file', DAMAGED, () => new Uint8Array()],
    ['not signed', DAMAGED, () => Buffer.from('{}')],
    ['a gzip file alone', DAMAGED, () => gzipSync(textOf(files[1]))],
    ['cut off', 'signer', () => (files[1] ?? new Uint8Array()).subarray(0, -20)],
    ['data behind it', 'signer', () => Buffer.concat([files[1] ?? new Uint8Array(), Buffer.from('x')])],
    ['signed, and not gzip', DAMAGED, () => signedAs(Buffer.from('{}'))],
    [
      'signed, and two members',
      DAMAGED,
      () => signedAs(Buffer.concat([gzipSync(textOf(files[1])), gzipSync('x')])),
    ],
    ['lines cut off', DAMAGED, () => changed(files[1], (text) => text.split('\n').slice(0, -2).join('\n'))],
    [
      'a line taken out',
      DAMAGED,
      () => changed(files[1], (text) => text.split('\n').toSpliced(2, 1).join('\n')),
    ],
    ['lines swapped', DAMAGED, () => changed(files[1], swapped)],
    ['a digest twice', DAMAGED, () => changed(files[1], doubled)],
    ['a hash changed', DAMAGED, () => changed(files[1], (text) => text.replace(/"logs":\["./, '"logs":["0'))],
    ['a field more', DAMAGED, () => changed(files[1], (text) => text.replace('"logs":', '"more":1,"logs":'))],
    ['a key twice', DAMAGED, () => changed(files[1], (text) => text.replace('"key":', '"key":"x","key":'))],
    ['another schema', DAMAGED, () => changed(files[1], (text) => text.replace('/v1', '/v2'))],
    ['another version', 'other-version', () => changed(files[1], (text) => text.replace(TOOL, '9.9.9'))],
    ["another shard's", 'other-shard', () => files[2]],
    ['an empty signature', DAMAGED, () => tampered(files[1], same, () => '{"signature":""}\n')],
    ['null as signature', DAMAGED, () => tampered(files[1], same, () => '{"signature":null}\n')],
    [
      'a field next to the signature',
      DAMAGED,
      () => tampered(files[1], same, (line) => line.replace('}', ',"x":1}')),
    ],
    [
      'one sign of the signature',
      'signer',
      () =>
        tampered(files[1], same, (line) =>
          line.replace(/.(?=.{8}"\}\n$)/, (sign) => (sign === 'A' ? 'B' : 'A')),
        ),
    ],
    [
      'a log file more that agrees, which nobody signed',
      'signer',
      () => tampered(files[1], (text) => text.replace(/"logs":\["./, '"logs":["0')),
    ],
    ["a stranger's signature", 'signer', () => signed(textOf(files[1]), STRANGER)],
    ['two that differ', 'differs', async () => [files[1] ?? new Uint8Array(), await otherReading()]],
    ['a hundred more', 'differs', () => Array.from({ length: 101 }, () => files[1] ?? new Uint8Array())],
  ];

  test.each(cases)('%s', async (_, reason, held) => {
    const { report } = await merged(plan, withShard(1, await held()), options());
    expect(report.verdict).toBe('INCONCLUSIVE');
    const unproven = report.findings.filter(({ code }) => code === 'SHARD_UNPROVEN');
    expect(unproven).toMatchObject([{ evidence: { shard: 1, reason, digests: 6, chains: 1 } }]);
    // Each of its digests is said to be unread, and nothing is said to be missing.
    expect(codes(report.findings)).toMatchObject({ DIGEST_UNREADABLE: 6 });
    expect(report.totals.digests).toMatchObject({ valid: DIGESTS - 6, unproven: 6, missing: 0, invalid: 0 });
    expect(report.window.uncovered.length).toBeGreaterThan(0);
  });

  test('of another plan', async () => {
    const other = await planFor({ ...options(), unlisted: false }, SHARDS - 1);
    const of = await readAll(other, options());
    const { report } = await merged(plan, withShard(1, of[1]), options());
    expect(report.findings.find(({ code }) => code === 'SHARD_UNPROVEN')).toMatchObject({
      evidence: { reason: 'other-shard' },
    });
  });

  test('every shard', async () => {
    const { report } = await merged(plan, resultsIn([]), options());
    expect(codes(report.findings)).toMatchObject({ SHARD_UNPROVEN: SHARDS, NOTHING_VERIFIED: 1 });
    expect(report.verdict).toBe('INCONCLUSIVE');
  });

  test('also where nothing is left in the target that would ask for it', async () => {
    const gone = auditTrail(DIGESTS - 1);
    for (let hour = 6; hour < 12; hour += 1) deleteObject(gone.store, gone.trail.digestAt(hour));
    const { report } = await merged(plan, withShard(2, undefined), options(memorySource(gone.store)));
    expect(codes(report.findings)).toMatchObject({ SHARD_UNPROVEN: 1 });
  });
});

function swapped(text: string): string {
  const lines = text.split('\n');
  return [lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n');
}

function doubled(text: string): string {
  const lines = text.split('\n');
  return [lines[0], lines[1], ...lines.slice(1)].join('\n');
}

/** A result that is sound in itself, and signed by the machine that is trusted, with other lines. */
function forged(
  file: Uint8Array | undefined,
  change: (line: Record<string, unknown>, at: number) => unknown,
): Promise<Uint8Array> {
  const [head = '', ...lines] = textOf(file).trimEnd().split('\n');
  const tail = JSON.parse(lines.pop() ?? '{}');
  const digests = lines.map((line, at) => JSON.stringify(change(JSON.parse(line), at)));
  const before = `${[head, ...digests].join('\n')}\n`;
  const hash = createHash('sha256').update(before).digest('hex');
  return signed(`${before}${JSON.stringify({ ...tail, digests: digests.length, lines: hash })}\n`);
}

/** What the same machine reads when a log file of the shard has changed. */
async function otherReading(): Promise<Uint8Array> {
  const damaged = auditTrail(DIGESTS - 1);
  for (let hour = 6; hour < 18; hour += 1)
    replaceBytes(damaged.store, damaged.trail.logAt(hour), Buffer.from('no log file'));
  const [, file] = await readAll(plan, options(memorySource(damaged.store)));
  return file ?? new Uint8Array();
}

test('files that nobody trusted has signed take nothing away', async () => {
  const of = files[1] ?? new Uint8Array();
  const junk = [Buffer.from('junk'), await signed(textOf(files[2]), STRANGER), await otherReading()];
  const strange = await signed(textOf(await otherReading()), STRANGER);
  for (const held of [
    [...junk.slice(0, 2), of],
    [strange, of],
    [of, strange],
  ])
    expect(await merged(plan, withShard(1, held), options())).toEqual(single);
});

describe('a result decides nothing but what was read', () => {
  test('a digest of its own making is found out', async () => {
    const forge = await forged(files[1], (line, at) =>
      at === 2 ? { ...line, stored: Buffer.from(gzipSync('{"made":"up"}')).toString('base64') } : line,
    );
    const { report } = await merged(plan, withShard(1, forge), options());
    expect(report.verdict).toBe('INVALID');
    expect(codes(report.findings)).toMatchObject({ DIGEST_MALFORMED: 1, LINK_HASH_MISMATCH: 1 });
  });

  test('a digest of another hour in its place is found out', async () => {
    let other: unknown;
    const forge = await forged(files[1], (line, at) => {
      if (at === 1) other = line.stored;
      return at === 2 ? { ...line, stored: other } : line;
    });
    const { report } = await merged(plan, withShard(1, forge), options());
    expect(report.verdict).toBe('INVALID');
    expect(codes(report.findings)).toMatchObject({ DIGEST_MOVED: 1 });
  });

  test('what it leaves out is read', async () => {
    const { source, opened } = counting();
    const forge = await forged(files[1], (line) => ({
      ...line,
      logs: (line.logs as string[]).map(() => ''),
    }));
    expect(await merged(plan, withShard(1, forge), options(source))).toEqual(single);
    expect(opened).toHaveLength(12);
    const shorter = await forged(files[1], (line) => ({ ...line, logs: (line.logs as string[]).slice(1) }));
    expect(await merged(plan, withShard(1, shorter), options())).toEqual(single);
  });

  test('metadata that it leaves out is missing in S3, and no copy without it', async () => {
    const forge = await forged(files[1], (line) => ({ ...line, metadata: null }));
    const { report } = await merged(plan, withShard(1, forge), options());
    expect(report.findings.map(({ code, weight }) => [code, weight])).toEqual(
      Array.from({ length: 6 }, () => ['DIGEST_SIGNATURE_MISSING', 'unproven']),
    );
  });

  test('a log file that does not agree is left to the merge, which judges it', async () => {
    const damaged = auditTrail(DIGESTS - 1);
    replaceBytes(damaged.store, damaged.trail.logAt(3), Buffer.from('no log file'));
    const source = (): Source => memorySource(damaged.store);
    const own = await readAll(plan, options(source()));
    const together = await merged(plan, resultsIn(own), options(source()));
    expect(together).toEqual(await alone(options(source())));
    expect(codes(together.report.findings)).toEqual({ LOG_MALFORMED: 1 });
  });
});

describe('what changed since a result read it is read by the merge, which says what one machine says', () => {
  type Change = (damaged: ReturnType<typeof auditTrail>) => void;
  const changes: readonly (readonly [string, string, Change])[] = [
    ['a log file deleted', 'LOG_MISSING', ({ store, trail }) => deleteObject(store, trail.logAt(7))],
    [
      'a log file replaced by as many bytes',
      'LOG_MALFORMED',
      ({ store, trail }) => {
        const { bucket, key } = trail.logAt(7);
        const size = store.get(bucket, key)?.bytes.length ?? 0;
        replaceBytes(store, { bucket, key }, Buffer.alloc(size, 'x'));
      },
    ],
    [
      'a log file replaced',
      'LOG_MALFORMED',
      ({ store, trail }) => replaceBytes(store, trail.logAt(7), Buffer.from('no log file')),
    ],
    ['a digest deleted', 'DIGEST_MISSING', ({ store, trail }) => deleteObject(store, trail.digestAt(7))],
    [
      'a digest replaced',
      'DIGEST_MALFORMED',
      ({ store, trail }) => replaceBytes(store, trail.digestAt(7), Buffer.from('no digest')),
    ],
  ];

  test.each(changes)('%s', async (_, code, change) => {
    const damaged = auditTrail(DIGESTS - 1);
    change(damaged);
    const source = (): Source => memorySource(damaged.store);
    const one = await alone(options(source()));
    expect(Object.keys(codes(one.report.findings))).toContain(code);
    expect(await merged(plan, resultsIn(files), options(source()))).toEqual(one);
  });

  test('a day that is too full to be held is read again', async () => {
    const { source, opened } = counting();
    const listed = new ListedObjects(source, { mostNames: 5 });
    const { bucket, key } = trail.logAt(7);
    expect(await listed.of({ bucket, key })).toBeUndefined();
    expect(await new ListedObjects(source).of({ bucket, key })).toMatch(/^[0-9a-f]{24}$/);
    expect(opened).toEqual([]);
  });
});

test('who reads takes no word of what was written or changed a moment before, and the merge reads it', async () => {
  const { bucket, key } = trail.logAt(7);
  const listing = (changes: Partial<ListedObject>): Source => {
    const source = memorySource(store);
    return {
      ...source,
      list: async function* (request) {
        for await (const page of source.list(request)) yield page.map((row) => ({ ...row, ...changes }));
      },
    };
  };
  const later = Date.now() + 60 * 60 * 1000;
  for (const changes of [{ lastModified: later }, { changed: later }]) {
    const source = listing(changes);
    expect(await new ListedObjects(source, { isOfReader: true }).of({ bucket, key })).toBeUndefined();
    expect(await new ListedObjects(source).of({ bucket, key })).toMatch(/^[0-9a-f]{24}$/);
  }
  const read = await readAll(plan, options(listing({ changed: later })));
  const { source, opened } = counting();
  expect(await merged(plan, resultsIn(read), options(source))).toEqual(single);
  expect(opened.filter((one) => one === key)).toEqual([key]);
});

test('another file with the same times is another one', async () => {
  const { bucket, key } = trail.logAt(7);
  const texts = await Promise.all(
    ['1', '2', '1 {"metadata":{}}'].map((file) => {
      const source = memorySource(store);
      const list: Source['list'] = async function* (request) {
        for await (const page of source.list(request)) yield page.map((row) => ({ ...row, file }));
      };
      return new ListedObjects({ ...source, list }).of({ bucket, key });
    }),
  );
  expect(new Set(texts).size).toBe(3);
});

test('digests that come after the plan are read by the merge', async () => {
  const later = auditTrail(DIGESTS + 2);
  const all = scenarioOf(later.store, later.trail);
  const run = (): VerifyOptions => ({ ...optionsOf(all, memorySource(later.store)), to: scenario.now });
  expect(await merged(plan, resultsIn(files), run())).toEqual(await alone(run()));
});

test('a result is bounded, and so is what it says of a log file', async () => {
  const bomb = await resultFile(Buffer.alloc(MOST_RESULT + 1), signerOf(WORKER), 0);
  expect(openResult(bomb, TRUSTED)).toMatchObject({ reason: 'damaged' });
  expect(openResult(bomb, new Set())).toMatchObject({ reason: 'signer' });
  const hash = 'a'.repeat(64);
  const listed = 'b'.repeat(24);
  expect(readLogText(`${hash} 12 34 ${listed}`)).toEqual({
    stored: hash,
    size: 12,
    inflated: 34,
    listed,
    versionId: undefined,
  });
  expect(readLogText(`${hash} 4294967296 34 ${listed}`)).toBeUndefined();
  expect(readLogText(`${hash} 1 2 ${listed} ${'v'.repeat(1025)}`)).toBeUndefined();
  expect(readLogText('')).toBeUndefined();
  const expected = { tool: TOOL, plan: plan.sha256, spec: plan.shards.sha256Of(1) ?? '', shard: 1 };
  const result = readResult(files[1] ?? new Uint8Array(), expected, TRUSTED);
  // The ends of its segments are those that one machine would have found between its hours.
  expect(result).toMatchObject({
    summary: { digests: 6, logs: { agree: 12, left: 0 }, findings: {}, segments: [{ previous: {} }] },
  });
});
