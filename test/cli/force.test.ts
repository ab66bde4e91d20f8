/** --force, which replaces what a former run wrote and nothing else, and --no-report, which writes nothing. */
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UNFINISHED_BAG } from '../../src/source/bag/index.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
/** What a killed run has left. */
const OWN = `out/.partial/${randomUUID()}`;
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const COPY = [
  `${FIXTURES}intact/copy`,
  '--keys',
  `${FIXTURES}keys/public-keys.jsonl`,
  '--now',
  '2026-10-02T21:00:00Z',
];

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

const verify = (...args: readonly string[]) => runCommand(['verify', ...COPY, ...args]);

test('without --force a folder that is not empty is refused, and the refusal names it', async () => {
  expect((await verify('--output', 'out', '--no-sign')).exitCode).toBe(0);
  const { exitCode, error } = await verify('--output', 'out', '--no-sign');
  expect({ exitCode, error }).toEqual({
    exitCode: 2,
    error: expect.stringMatching(/ is not empty\nhint: .* replace what a former run made with --force\n$/),
  });
});

test('a bag with its renderings is replaced by a report alone, and nothing is left next to it', async () => {
  expect((await verify('--output', 'out', '--bag', '--also', 'html,csv')).exitCode).toBe(0);
  const former = JSON.parse(readFileSync('out/report.json', 'utf8')).reportId;
  const { exitCode, out, error } = await verify('--output', 'out', '--force');
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
  expect(out).toContain('out/report.json');
  expect(out).not.toContain('.new');
  expect(readdirSync('out').sort()).toEqual(['inventory.jsonl.gz', 'report.json', 'report.json.p7s']);
  expect(JSON.parse(readFileSync('out/report.json', 'utf8')).reportId).not.toBe(former);
  expect(readdirSync('.')).toEqual(['out']);
});

test('a new folder is made with --force as without', async () => {
  expect((await verify('--output', 'out', '--force', '--no-sign')).exitCode).toBe(0);
  expect(existsSync('out/report.json')).toBe(true);
});

/** A file that the bag's manifest names, as anybody can have it name one. */
function named(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, 'mine');
  const name = path.relative('out', file);
  for (const manifest of ['out/manifest-sha256.txt', 'out/tagmanifest-sha256.txt'])
    writeFileSync(manifest, `${readFileSync(manifest, 'utf8')}${'0'.repeat(64)}  ${name}\n`);
}

/** A report alone, with a file of mine beside it. */
function unbagged(file: string): void {
  for (const name of readdirSync('out'))
    if (name !== 'report.json') rmSync(path.join('out', name), { recursive: true });
  writeFileSync(path.join('out', file), 'mine');
}

const ANSWER_LINE = '{"schema":"trail-verify/answer/v1"}';
const FOREIGN: readonly (readonly [string, () => void])[] = [
  ['a file', () => writeFileSync('out/mine.txt', '')],
  ['a file among the evidence', () => writeFileSync('out/data/mine.txt', '')],
  ['an empty folder', () => mkdirSync('out/mine')],
  ['a link', () => symlinkSync('/dev/null', 'out/report.html')],
  ['no report', () => rmSync('out/report.json')],
  ['a file of mine with the name of a rendering', () => writeFileSync('out/findings.csv', 'mine')],
  ['a script of mine with the name of a file of bags, where there is no bag', () => unbagged('verify.sh')],
  ['a file of mine that is in its manifest', () => named('out/thesis.txt')],
  ['a file of mine among the evidence that is in its manifest', () => named('out/data/thesis/mine.txt')],
  ['a file of mine with the name of a signature', () => writeFileSync('out/report.json.p7s', 'mine')],
  ['a file of mine with the name of a bundle', () => writeFileSync('out/report.sigstore.json', '{}')],
  ['a file of mine in place of the inventory', () => writeFileSync('out/inventory.jsonl.gz', 'mine')],
  ['an inventory of mine', () => writeFileSync('out/inventory.jsonl.gz', gzipSync('mine'))],
  ['further findings of mine', () => writeFileSync('out/overflow-findings.jsonl.gz', gzipSync('mine'))],
  ['a manifest of mine', () => writeFileSync('out/manifest-sha256.txt', 'mine')],
  ['a file of the bag that I changed', () => writeFileSync('out/VERIFY.md', 'mine')],
  ['the answer to a question in a file of mine', () => writeFileSync('out/result.csv', 'mine')],
  ['a document of a question that is none', () => writeFileSync('out/answer.json', ANSWER_LINE)],
  ['a line of a report', () => writeFileSync('out/report.json', '{"schema":"trail-verify/report/v1"}')],
  ['a folder with the name of an unfinished file', () => mkdirSync(`out/.${randomUUID()}.tmp`)],
  ['a link with the name of an unfinished file', () => symlinkSync('/dev/null', `out/.${randomUUID()}.tmp`)],
  ['another report', () => writeFileSync('out/report.json', '{"schema": "mine/report/v1"}')],
];
test.each(FOREIGN)('a folder with %s is refused, and stays as it is', async (_name, change) => {
  await verify('--output', 'out', '--bag', '--no-sign');
  change();
  const before = readdirSync('out', { recursive: true }).sort();
  const { exitCode, error } = await verify('--output', 'out', '--force', '--no-sign');
  expect({ exitCode, error }).toEqual({
    exitCode: 2,
    error: expect.stringMatching(
      / is not replaced: its? .*\nhint: --force replaces what a former run made, /,
    ),
  });
  expect(readdirSync('out', { recursive: true }).sort()).toEqual(before);
  expect(readdirSync('.')).toEqual(['out']);
});

test.each(['report', 'answer'])(
  'the first line of a document makes no folder a former run of %s',
  async (kind) => {
    mkdirSync('out');
    writeFileSync(`out/${kind}.json`, `{"schema":"trail-verify/${kind}/v1"}`);
    writeFileSync('out/inventory.jsonl.gz', 'mine');
    writeFileSync('out/result.csv', 'mine');
    const { exitCode, error } = await verify('--output', 'out', '--force', '--no-sign');
    expect({ exitCode, error: error.split('\n')[0] }).toEqual({
      exitCode: 2,
      error: `trail-verify: output folder ${path.resolve('out')} is not replaced: its ${kind}.json is none of this tool`,
    });
    expect(readdirSync('out').sort()).toEqual([`${kind}.json`, 'inventory.jsonl.gz', 'result.csv'].sort());
  },
);

test('all that a run leaves is known: signed in every way, with every rendering', async () => {
  const all = ['--also', 'html,markdown,junit,sarif,ocsf,asff,csv', '--also-sign', 'sigstore'];
  expect(await verify('--output', 'out', ...all)).toMatchObject({ exitCode: 0, error: '' });
  expect(readdirSync('out')).toContain('report.sigstore.json');
  expect(await verify('--output', 'out', '--force')).toMatchObject({ exitCode: 0, error: '' });
  expect(readdirSync('out').sort()).toEqual(['inventory.jsonl.gz', 'report.json', 'report.json.p7s']);
});

describe('what a run leaves that was killed', () => {
  const unfinished = (): string => `out/.${randomUUID()}.tmp`;

  const partial = (...names: readonly string[]): void => {
    for (const name of names) {
      mkdirSync(path.join(OWN, path.dirname(name)), { recursive: true });
      writeFileSync(`${OWN}/${name}`, 'half');
    }
  };

  test.each<readonly [string, () => void, string]>([
    ['a file that is not whole', () => writeFileSync(unfinished(), 'half'), ' is not empty'],
    ['several of them', () => ['', 'half'].map((half) => writeFileSync(unfinished(), half)), ' is not empty'],
    ['half an answer', () => partial('result.csv'), 'holds the .partial of one that was killed'],
    ['half a report', () => partial(`.${randomUUID()}.tmp`), 'holds the .partial of one that was killed'],
    [
      'half a bag',
      () => partial('bagit.txt', 'data/digests/x.json.gz'),
      'holds the .partial of one that was killed',
    ],
    [
      'half an export',
      () =>
        partial(
          '.spill/duckdb.tmp',
          'events/account=1/part-a.parquet',
          'manifest/part-a.parquet',
          'inventory.jsonl.gz',
        ),
      'holds the .partial of one that was killed',
    ],
    [
      'half an export below',
      () => partial(`deep/ev/${OWN.slice(4)}/.spill/x`),
      'holds the .partial of one that was killed',
    ],
    [
      'a whole report',
      () => partial('report.json', 'report.json.p7s', 'report.html'),
      'holds the .partial of one that was killed',
    ],
    ['an empty claim', () => mkdirSync('out/.partial'), 'holds the .partial of one that was killed'],
  ])('is replaced by --force, and not without: %s', async (_name, leave, why) => {
    mkdirSync('out');
    leave();
    const { exitCode, error } = await verify('--output', 'out', '--no-sign');
    expect({ exitCode, error }).toMatchObject({ exitCode: 2, error: expect.stringContaining(why) });
    expect(await verify('--output', 'out', '--force', '--no-sign')).toMatchObject({ exitCode: 0, error: '' });
    expect(readdirSync('out').sort()).toEqual(['inventory.jsonl.gz', 'report.json']);
    expect(readdirSync('.')).toEqual(['out']);
  });

  test('is replaced next to a report as well', async () => {
    await verify('--output', 'out', '--no-sign');
    writeFileSync(unfinished(), 'half');
    expect(await verify('--output', 'out', '--force', '--no-sign')).toMatchObject({ exitCode: 0, error: '' });
    expect(readdirSync('out').sort()).toEqual(['inventory.jsonl.gz', 'report.json']);
  });

  const writeIn = (folder: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/mine`, '');
  };

  test.each<readonly [string, () => void]>([
    ['another file', () => writeFileSync('out/mine.tmp', '')],
    ['a file with a number that is none', () => writeFileSync('out/.00000000-mine.tmp', '')],
    ['a file of mine in the folder of an answer', () => writeFileSync(`${OWN}/mine.csv`, '')],
    ['a link in that', () => symlinkSync('/dev/null', `${OWN}/report.json`)],
    ['a folder of mine in that', () => writeIn(`${OWN}/mine/notes`)],
    ['a file of mine above that', () => writeFileSync('out/.partial/report.json', '')],
    ['a link', () => symlinkSync('/dev/null', unfinished())],
  ])('is no reason to replace %s', async (_name, add) => {
    mkdirSync(OWN, { recursive: true });
    writeFileSync(unfinished(), 'half');
    add();
    const before = readdirSync('out', { recursive: true }).sort();
    const { exitCode, error } = await verify('--output', 'out', '--force', '--no-sign');
    expect({ exitCode, error }).toEqual({
      exitCode: 2,
      error: expect.stringMatching(
        / is not replaced: (?:in its \.partial, )?it was not made by a run of this tool/,
      ),
    });
    expect(readdirSync('out', { recursive: true }).sort()).toEqual(before);
  });
});

describe('through a link', () => {
  test('the folder of a former run is replaced where it is, and the link stays', async () => {
    expect((await verify('--output', 'there/out', '--no-sign')).exitCode).toBe(0);
    symlinkSync('there/out', 'link');
    const former = readFileSync('there/out/report.json', 'utf8');
    const { exitCode, out } = await verify('--output', 'link', '--force', '--no-sign');
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: expect.stringContaining('Report: link/report.json'),
    });
    expect(readlinkSync('link')).toBe('there/out');
    expect(readFileSync('there/out/report.json', 'utf8')).not.toBe(former);
    expect([readdirSync('.').sort(), readdirSync('there')]).toEqual([['link', 'there'], ['out']]);
  });

  test('an empty folder is written to, and one link to it is the same as another', async () => {
    mkdirSync('there');
    symlinkSync('there', 'link');
    expect((await verify('--output', 'link', '--events', 'there', '--no-sign')).exitCode).toBe(0);
    expect((await verify('--output', 'there', '--events', 'link', '--force', '--no-sign')).exitCode).toBe(0);
    expect(readdirSync('there').sort()).toEqual(expect.arrayContaining(['events.json', 'report.json']));
    expect(readlinkSync('link')).toBe('there');
    expect(readdirSync('.').sort()).toEqual(['link', 'there']);
  });

  test.each<readonly [string, () => void, RegExp]>([
    [
      'the folder of another',
      () => mkdirSync('there/mine', { recursive: true }),
      / is not replaced: it was not made /,
    ],
    ['nothing', () => {}, /link is a link that leads to no folder\n/],
    ['a file', () => writeFileSync('there', 'mine'), /link is a link to a file, not to a folder\n/],
    ['itself', () => symlinkSync('link', 'there'), /link is a link that leads to no folder\n/],
  ])('%s is refused, and all stays as it is', async (_name, make, said) => {
    make();
    symlinkSync('there', 'link');
    const before = readdirSync('.', { recursive: true }).sort();
    const { exitCode, error } = await verify('--output', 'link', '--force', '--no-sign');
    expect({ exitCode, error }).toEqual({ exitCode: 2, error: expect.stringMatching(said) });
    expect(readdirSync('.', { recursive: true }).sort()).toEqual(before);
    expect(readlinkSync('link')).toBe('there');
  });
});

describe('an export below the output', () => {
  const both = (...more: readonly string[]) =>
    verify('--output', 'out', '--events', 'out/sub/ev', '--no-sign', ...more);

  test('is replaced with it', async () => {
    expect((await both()).exitCode).toBe(0);
    const former = readFileSync('out/sub/ev/events.json', 'utf8');
    const { exitCode, out, error } = await both('--force');
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(out).toContain('Verified events: out/sub/ev, ');
    expect(readFileSync('out/sub/ev/events.json', 'utf8')).not.toBe(former);
    expect(readFileSync('out/sub/ev/report.json')).toEqual(readFileSync('out/report.json'));
    expect((await runCommand(['events', 'check', 'out/sub/ev'])).exitCode).not.toBe(5);
    expect([readdirSync('.'), readdirSync('out/sub')]).toEqual([['out'], ['ev']]);
    // And by a run without one.
    expect((await verify('--output', 'out', '--force', '--no-sign')).exitCode).toBe(0);
    expect(existsSync('out/sub')).toBe(false);
  });

  test.each<readonly [string, () => void]>([
    ['a file in it', () => writeFileSync('out/sub/ev/mine.txt', '')],
    ['a file beside it', () => writeFileSync('out/sub/mine.txt', '')],
    ['a folder beside it', () => mkdirSync('out/sub/mine')],
    [
      'another report in it',
      () => writeFileSync('out/sub/ev/report.json', '{"schema": "trail-verify/report/v1"}'),
    ],
    ['no report in it', () => rmSync('out/sub/ev/report.json')],
    [
      'a link in its place',
      () => {
        renameSync('out/sub/ev', 'ev');
        symlinkSync('../../ev', 'out/sub/ev');
      },
    ],
  ])("with %s is nobody's own, and stays", async (_name, change) => {
    await both();
    change();
    const before = readdirSync('.', { recursive: true }).sort();
    const { exitCode, error } = await both('--force');
    expect({ exitCode, error }).toEqual({ exitCode: 2, error: expect.stringContaining('is not replaced: ') });
    expect(readdirSync('.', { recursive: true }).sort()).toEqual(before);
  });

  test('of a run that fails stays with it', async () => {
    await both();
    const before = readdirSync('.', { recursive: true }).sort();
    const args = ['--output', 'out', '--events', 'out/sub/ev', '--force', '--no-sign'];
    expect((await runCommand(['verify', 'absent', ...args])).exitCode).toBe(2);
    expect(readdirSync('.', { recursive: true }).sort()).toEqual(before);
  });
});

test('a run that fails leaves the old folder whole', async () => {
  await verify('--output', 'out', '--no-sign');
  const before = readFileSync('out/report.json');
  const failed = await runCommand(['verify', 'absent', '--output', 'out', '--force', '--no-sign']);
  expect(failed.exitCode).toBe(2);
  expect(readFileSync('out/report.json')).toEqual(before);
  expect(readdirSync('.')).toEqual(['out']);
});

test('a bag is never replaced by its own verification', async () => {
  await verify('--output', 'out', '--bag', '--no-sign');
  for (const target of ['out', path.resolve('out/data')]) {
    const args = ['verify', target, '--layout', 'bag', '--output', 'out', '--force', '--no-sign'];
    const { exitCode, error } = await runCommand(args);
    expect({ exitCode, error }).toEqual({
      exitCode: 2,
      error: expect.stringContaining('is a part of the target, or holds it'),
    });
  }
  expect(existsSync('out/data/digests')).toBe(true);
});

test('--no-report writes nothing: no folder, no file, no identity', async () => {
  const environment = { XDG_CONFIG_HOME: path.resolve('configuration') };
  const { exitCode, out, error } = await runCommand(['verify', ...COPY, '--no-report'], { environment });
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
  expect(out).toMatch(/^VALID: /);
  expect(out).not.toMatch(/report\.json|Signed/);
  expect(readdirSync('.')).toEqual([]);
});

test.each([
  ['--output', 'out'],
  ['--also', 'html'],
  ['--events', 'events'],
  ['--bag'],
  ['--force'],
  ['--tsa', 'http://timestamp.example.com'],
  ['--also-sign', 'sigstore'],
])('--no-report and %s contradict each other', async (...args) => {
  const { exitCode, error } = await verify('--no-report', ...args);
  expect({ exitCode, error }).toEqual({
    exitCode: 2,
    error: `trail-verify: --no-report and ${args[0]} contradict each other\nhint: give one of them\n`,
  });
  expect(readdirSync('.')).toEqual([]);
});

test('--no-report, and a key that would sign nothing', async () => {
  const { exitCode, error } = await verify('--no-report', '--sign-key', 'key.pem');
  expect({ exitCode, error: error.split('\n')[0] }).toEqual({
    exitCode: 2,
    error: 'trail-verify: --no-report and an option that says who signs contradict each other',
  });
});

describe('a bag whose run was killed', () => {
  const MARK = 'out/.unfinished-bag';
  const half = async (): Promise<void> => {
    expect((await verify('--output', 'out', '--bag', '--no-sign')).exitCode).toBe(0);
    for (const name of readdirSync('out').filter((name) => name !== 'data')) rmSync(`out/${name}`);
    writeFileSync(MARK, UNFINISHED_BAG.content);
  };

  test('is replaced', async () => {
    await half();
    expect(await verify('--output', 'out', '--force', '--no-sign')).toMatchObject({ exitCode: 0, error: '' });
    expect(readdirSync('out').sort()).toEqual(['inventory.jsonl.gz', 'report.json']);
  });

  test.each<readonly [string, () => void]>([
    ['has no mark', () => rmSync(MARK)],
    ['has another mark', () => writeFileSync(MARK, 'x'.repeat(UNFINISHED_BAG.content.length))],
    ['holds a file of somebody', () => writeFileSync('out/notes.txt', 'mine')],
    ['holds one among its evidence', () => writeFileSync('out/data/notes.txt', 'mine')],
    ['holds a link', () => symlinkSync('/etc/hostname', 'out/data/logs')],
  ])('is left alone where it %s', async (_, change) => {
    await half();
    change();
    const before = readdirSync('out', { recursive: true }).sort();
    expect(await verify('--output', 'out', '--force', '--no-sign')).toMatchObject({ exitCode: 2 });
    expect(readdirSync('out', { recursive: true }).sort()).toEqual(before);
  });
});
