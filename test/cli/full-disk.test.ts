/** The command on a disk that is full: at every file it writes, on a disk that has room for all before that one. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/base/clock.ts';
import { UNFINISHED_BAG } from '../../src/source/bag/index.ts';
import { type Ending, startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { smallDisk, smallDiskRefusal } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const REFUSAL = smallDiskRefusal();
if (REFUSAL !== undefined) console.log(`tests of a full disk are skipped: ${REFUSAL}`);
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
/** Lines of the inventory are written in blocks of this length, where there are so many. */
const BLOCK_OF_LINES = 1 << 16;

interface Copy {
  readonly folder: string;
  readonly now: string;
}

/** A copy of three hours of a trail, with so many log files in each. */
function copyOfTrail(logs: number): Copy {
  const { store, trail } = auditTrail();
  trail.hours(3, { logs });
  const folder = path.join(temporaryFolder(), 'copy');
  writeFolder(store, folder, { metadata: true });
  return { folder, now: isoTime(scenarioOf(store, trail).now) };
}

async function verify({ folder, now }: Copy, cwd: string, options: readonly string[]): Promise<Ending> {
  const args = ['verify', folder, '--keys', KEYS, '--now', now, ...options];
  return (await startBuilt(args, cwd)).ended;
}

/** Every file below a folder with its size, and every folder with a slash behind it. */
function filesIn(folder: string): ReadonlyMap<string, number> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return new Map(
    entries.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file) + (entry.isDirectory() ? '/' : ''), statSync(file).size];
    }),
  );
}

/** One line of what went wrong, with `words`, and one of how to mend it; the run has failed. */
function expectFullDisk({ code, signal, error }: Ending, words: string): void {
  expect({ code, signal, error }).toEqual({ code: 4, signal: null, error: expect.stringContaining(words) });
  expect(error).toMatch(/^trail-verify: .*(?:ENOSPC|no room left).*\nhint: .*(?:free some space).*\n$/);
}

const EVERYTHING = ['--output', 'out', '--bag', '--also', 'html'];
let whole: ReadonlyMap<string, number> | undefined;

/** What a run with room enough writes into its folder. */
async function wholeRun(): Promise<ReadonlyMap<string, number>> {
  if (whole !== undefined) return whole;
  // The report names its folder: one of the same length as on the disk.
  const folder = path.join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const { code, error } = await verify(copyOfTrail(2), folder, EVERYTHING);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  whole = filesIn(path.join(folder, 'out'));
  return whole;
}

describe.skipIf(REFUSAL !== undefined)('a full disk', () => {
  useBuiltCommand();

  const objects = /^data\/digests\//;
  const payload = /^(?:data\/.*|manifest-sha256\.txt)$/;
  const inventory = /^inventory\.jsonl\.gz$/;
  const report = /^report\.json$/;
  const html = /^report\.html$/;

  /** A run on a disk with room for those files and `more` pages. */
  async function runWithRoom(files: readonly RegExp[], more: number) {
    const sizes = [...(await wholeRun())].filter(([name]) => !name.endsWith('/'));
    const disk = smallDisk();
    const pagesOf = (pattern: RegExp): number => {
      const matching = sizes.filter(([name]) => pattern.test(name));
      expect(matching).not.toEqual([]);
      return matching.reduce((sum, [, size]) => sum + Math.ceil(size / disk.page), 0);
    };
    // The mark of a bag that is not whole yet has a page of its own.
    disk.leave(files.reduce((sum, pattern) => sum + pagesOf(pattern), more + 1));
    const ending = await verify(copyOfTrail(2), disk.path, EVERYTHING);
    return { ending, left: filesIn(disk.path) };
  }

  test.each([
    ['the first object of a bag', [], 0, 'folder '],
    ['the inventory', [objects, inventory], -1, '/out/inventory.jsonl.gz could not be written'],
    ['the tables of a bag', [payload, inventory], -1, 'folder '],
    ['report.json', [payload, inventory, report], -1, '/out/report.json could not be written'],
    ['report.html', [payload, inventory, report, html], -1, '/out/report.html could not be written'],
  ] as const)('at %s: nothing is left', async (_, files, more, words) => {
    const { ending, left } = await runWithRoom(files, more);
    expectFullDisk(ending, words);
    expect(ending.out).toBe('');
    expect([...left.keys()]).toEqual(['filler']);
  });

  test.each([
    [
      'the signature',
      [payload, inventory, report, html],
      0,
      'the report is not signed: file ',
      ['report.html'],
    ],
    [
      'the last files of a bag',
      [payload, inventory, report, html, /\.p7s$|^(?:bag.*|.*\.md)$/],
      1,
      'the evidence bag is not complete: folder ',
      ['report.json.p7s', 'VERIFY.md'],
    ],
  ] as const)(
    'at %s: the verdict is told, the report stays, no file is half written',
    async (_, files, more, words, names) => {
      const { ending, left } = await runWithRoom(files, more);
      expectFullDisk(ending, words);
      expect(ending.out).toMatch(/^VALID: /);
      expect([...left.keys()]).toEqual(expect.arrayContaining(['out/report.json', 'out/inventory.jsonl.gz']));
      expect([...left.keys()]).toEqual(expect.arrayContaining(names.map((name) => `out/${name}`)));
      const wholeFiles = await wholeRun();
      for (const [name, size] of left) {
        if (!name.startsWith('out/') || name.endsWith('/') || name === `out/${UNFINISHED_BAG.name}`) continue;
        // The length of an ECDSA signature differs by some bytes.
        const slack = name.endsWith('.p7s') ? 8 : 0;
        const expected = wholeFiles.get(name.slice('out/'.length)) ?? Number.NaN;
        expect({ name, isWhole: Math.abs(size - expected) <= slack }).toEqual({ name, isWhole: true });
      }
    },
  );

  test('at the lines of the inventory that wait beside it: nothing is left', async () => {
    const disk = smallDisk();
    // Room for the inventory, but not for the first block of its lines.
    disk.leave(Math.floor(BLOCK_OF_LINES / disk.page) - 1);
    expectFullDisk(
      await verify(copyOfTrail(100), disk.path, ['--output', 'out']),
      `${disk.path}/out/inventory.jsonl.gz could not be written`,
    );
    expect([...filesIn(disk.path).keys()]).toEqual(['filler']);
  });

  test('at the lock of a state, and at the state itself: the old one stays as it was', async () => {
    const disk = smallDisk();
    const state = path.join(disk.path, 'state.json');
    const folder = temporaryFolder();
    const copy = copyOfTrail(2);
    const night = (name: string) => verify(copy, folder, ['--output', name, '--state', state]);
    expect(await night('first')).toMatchObject({ code: 0, error: '' });
    const before = readFileSync(state);
    for (const room of [0, 1]) {
      disk.leave(room);
      const ending = await night(`room-${room}`);
      expectFullDisk(ending, `state ${state} could not be written`);
      expect(ending.out).toMatch(/^VALID: [\s\S]*\(unchanged\)\n$/);
      expect(readFileSync(state).equals(before)).toBe(true);
      expect([...filesIn(disk.path).keys()].sort()).toEqual(['filler', 'state.json']);
      expect([...filesIn(folder).keys()]).toContain(`room-${room}/report.json.p7s`);
    }
  });

  test('at the archive and at the metrics, with the output elsewhere: the verdict is told, older metrics stay', async () => {
    const disk = smallDisk();
    const metrics = path.join(disk.path, 'trail.prom');
    const archive = path.join(disk.path, 'bag.tar.gz');
    writeFileSync(metrics, 'old\n');
    disk.leave(0);
    const folder = temporaryFolder();
    const copy = copyOfTrail(2);
    const withArchive = await verify(copy, folder, ['--output', 'one', '--bag', '--archive', archive]);
    expectFullDisk(withArchive, `archive ${archive} cannot be written`);
    const withMetrics = await verify(copy, folder, ['--output', 'two', '--metrics', metrics]);
    expectFullDisk(withMetrics, `metrics file ${metrics} cannot be written`);
    for (const { out } of [withArchive, withMetrics]) expect(out).toMatch(/^VALID: /);
    expect(readFileSync(metrics, 'utf8')).toBe('old\n');
    expect([...filesIn(disk.path).keys()].sort()).toEqual(['filler', 'trail.prom']);
    for (const name of ['one/tagmanifest-sha256.txt', 'two/report.json'])
      expect([...filesIn(folder).keys()]).toContain(name);
  });

  test('before the run, where not even a folder can be made', async () => {
    // The disk itself and its filler.
    const disk = smallDisk(2);
    disk.leave(0);
    const folder = path.join(disk.path, 'out');
    const ending = await verify(copyOfTrail(2), temporaryFolder(), ['--output', folder]);
    expectFullDisk(ending, `output folder ${folder} has no room left`);
    expect([...filesIn(disk.path).keys()]).toEqual(['filler']);
  });
});
