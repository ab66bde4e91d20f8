/** `verify.sh` where tools are missing, with hostile names, and with many digests. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { bagConclusion } from '../../src/bag/check.ts';
import { EVERY_WAY } from '../support/check-paths.ts';
import { AUDITOR, certificateFile, checkTestBag, filesOf, makeBag, TIME } from '../support/evidence-bag.ts';
import { CLOCK_VARIABLES } from '../support/faked-clock.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { runScript, SHELLS } from '../support/verify-script.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-script-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const trust = certificateFile(temporary, AUDITOR);
const noOpenssl = opensslAbsence();
const TOOLS =
  'sh gzip od sed tr cut grep sort uniq comm find xargs tail wc mkdir rm date cat sha256sum shasum openssl'.split(
    ' ',
  );

/** A folder that holds the tools of a POSIX system, but for some. */
function pathWithout(...absent: readonly string[]): string {
  const folder = mkdtempSync(path.join(temporary, 'path-'));
  for (const tool of TOOLS.filter((name) => !absent.includes(name))) {
    const places = ['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
    const found = places.map((place) => path.join(place, tool)).find((file) => existsSync(file));
    if (found !== undefined) symlinkSync(found, path.join(folder, tool));
  }
  return folder;
}

describe('where a tool is missing', async () => {
  const bag = path.join(temporary, 'bag');
  const { store, trail } = auditTrail(1);
  await makeBag(bag, scenarioOf(store, trail), { includeLogs: true, timestamp: TIME });
  const run = (...absent: readonly string[]): ReturnType<typeof runScript> =>
    runScript([trust, certificateFile(temporary, TIME.root), bag], ['/bin/sh'], {
      ...CLOCK_VARIABLES,
      PATH: pathWithout(...absent),
    });

  test('openssl: what was not checked is said, and nothing is called proven', () => {
    const { code, text, conclusion } = run('openssl');
    expect(code).toBe(3);
    expect(conclusion).toBe('UNPROVEN: this bag is not proven; its report says VALID');
    expect(text).toContain('SKIP  there is no openssl');
    expect(text).toContain('of the files in data as the manifest names them');
  });

  test('openssl and everything else that hashes', () => {
    const { code, text } = run('openssl', 'sha256sum', 'shasum');
    expect(code).toBe(3);
    expect(text).toContain('there is nothing to hash with');
  });

  test.skipIf(noOpenssl !== undefined)('sha256sum: openssl hashes too', () => {
    expect(run('sha256sum', 'shasum')).toMatchObject({ code: 0 });
    expect(run('sha256sum')).toMatchObject({ code: 0 });
  });
});

describe.each(SHELLS)(
  'an environment that changes what a shell or its tools do, in %s',
  async (program, ...options) => {
    const shell = [program, ...options] as const;
    const home = mkdtempSync(path.join(temporary, 'environment-'));
    const [sound, decoy] = ['inner/bag', 'decoy/bag'].map((name) => path.join(home, name));
    if (sound === undefined || decoy === undefined) throw new Error('two bags');
    const { store, trail } = auditTrail(1);
    for (const folder of [sound, decoy]) {
      mkdirSync(path.dirname(folder));
      await makeBag(folder, scenarioOf(store, trail), { includeLogs: true });
    }
    const run = (environment: Readonly<Record<string, string>>): ReturnType<typeof runScript> =>
      runScript([trust, '-', 'bag'], shell, { ...process.env, ...environment }, path.join(home, 'inner'));

    test('a folder that the name is looked for in: the one that was named is checked', () => {
      const [file] = filesOf(sound).filter((name) => name.startsWith('data/logs/') && name.endsWith('.gz'));
      const there = path.join(sound, file ?? '');
      const bytes = readFileSync(there);
      writeFileSync(there, 'x');
      const CDPATH = path.join(home, 'decoy');
      expect(run({ CDPATH }).conclusion).toMatch(/^REFUSED: /);
      expect(run({ CDPATH: `:${CDPATH}` }).conclusion).toMatch(/^REFUSED: /);
      writeFileSync(there, bytes);
      expect(run({ CDPATH })).toMatchObject({ code: 0 });
    });

    test('commands that lie in the bag are not run', () => {
      const planted = path.join(sound, 'find');
      writeFileSync(planted, '#!/bin/sh\necho planted >&2\n');
      chmodSync(planted, 0o755);
      for (const PATH of [
        `.:${process.env.PATH}`,
        `:${process.env.PATH}`,
        `${process.env.PATH}:`,
        `bin/..:${process.env.PATH}`,
      ]) {
        const { text, conclusion } = run({ PATH });
        expect(conclusion).toMatch(/^REFUSED: /);
        expect(text).not.toContain('planted');
      }
      rmSync(planted);
      expect(run({ PATH: `.:${process.env.PATH}` })).toMatchObject({ code: 0 });
    });

    test.each([
      ['IFS', '/.0'],
      ['POSIXLY_CORRECT', '1'],
      ['GREP_OPTIONS', '--color=always -v'],
      ['GZIP', '-l'],
      ['LC_ALL', 'tr_TR.UTF-8'],
      ['OPENSSL_CONF', '/nowhere/openssl.cnf'],
      ['OPENSSL_MODULES', '/nowhere'],
      ['PERL5OPT', '-Mnowhere'],
      ['SHELLOPTS', 'noclobber:errexit:noglob:allexport'],
      ['BASH_FUNC_grep%%', '() { return 0; }'],
      ['BASH_FUNC_sed%%', '() { echo planted; }'],
    ])('%s=%s: the conclusion stays', (name, value) => {
      const { code, text } = run({ [name]: value });
      expect(text).not.toContain('planted');
      expect(code, text).toBe(0);
    });
  },
);

test('the working folder of a run that was killed with this process number is left alone', async () => {
  const bag = path.join(temporary, 'after-a-kill');
  const { store, trail } = auditTrail(1);
  await makeBag(bag, scenarioOf(store, trail), { includeLogs: true });
  const TMPDIR = mkdtempSync(path.join(temporary, 'tmp-'));
  // The number stays the same over `exec`.
  const killed = 'mkdir "$TMPDIR/verify-bag-$$" && : > "$TMPDIR/verify-bag-$$/logs" && exec sh "$@"';
  const { conclusion } = runScript([trust, '-', bag], ['sh', '-c', killed, 'sh'], { ...process.env, TMPDIR });
  expect(conclusion).toMatch(noOpenssl === undefined ? /^GENUINE: / : /^UNPROVEN: /);
  const left = filesOf(TMPDIR);
  expect(left.map((file) => path.basename(file))).toEqual(['logs']);
});

describe('wrong use is exit code 2', () => {
  test.each([
    ['a folder that is no bag', ['-', '-', temporary]],
    ['no folder', ['-', '-', path.join(temporary, 'absent')]],
    ['a certificate that is not there', [path.join(temporary, 'absent.pem')]],
    ['a certificate that is none', ['/dev/null']],
  ])('%s', (_, args) => {
    expect(runScript(args)).toMatchObject({ code: 2 });
  });
});

describe('hostile names', () => {
  const PREFIXES = [
    'with space/',
    '../../../tmp/x/',
    'a\'b"c/$(touch pwned)/`touch pwned`/',
    '%_/%2E%2E/',
    '-rf/.hidden/',
    'tab\there/line\nfeed/back\\slash/\u001b[31mred/',
    'Prüfung/\u{1f4a9}/\u202e/',
    `${'long'.repeat(60)}/`,
    'x.json.gz/y.sig/',
    '//',
  ];

  test.each(PREFIXES)('in the prefix %j', async (prefix) => {
    const bag = mkdtempSync(path.join(temporary, 'hostile-'));
    const { store, trail } = auditTrail(2, { prefix });
    const scenario = scenarioOf(store, trail, { targets: [{ bucket: 'example-trail-logs', prefix }] });
    const report = await makeBag(path.join(bag, 'bag'), scenario, { includeLogs: true });
    expect(report.totals).toMatchObject({ digests: { valid: 3 }, logs: { valid: 4 } });
    const check = await checkTestBag(path.join(bag, 'bag'));
    expect(check.problems).toEqual([]);
    expect(check.digests.proven).toBe(3);
    expect(check.logs?.agreeing).toBe(4);
    for (const file of filesOf(bag)) expect(file).toMatch(/^bag\/[A-Za-z0-9._=+@%~/-]+$/);
    if (noOpenssl !== undefined) return;
    const { text, conclusion } = runScript([trust, '-', path.join(bag, 'bag')]);
    expect(text).toMatch(/^[\n -~]*$/);
    expect(conclusion).toBe(bagConclusion(check));
    expect(existsSync(path.join(bag, 'bag/pwned')) || existsSync('pwned')).toBe(false);
  });
});

/** The digests of each of two Regions: the script takes six processes for each, so a part of them as a rule. */
const EACH = EVERY_WAY ? 150 : 15;

test(`${2 * EACH} digests of two chains`, async () => {
  const bag = path.join(temporary, 'hundreds');
  const { store, trail } = auditTrail(0, { startLogging: Date.parse('2026-09-21T00:00:00Z') });
  trail.hours(EACH - 1, { logs: 0 });
  const other = { store, region: 'eu-west-1', startLogging: Date.parse('2026-09-21T00:00:00Z') };
  const { trail: second } = auditTrail(0, other);
  second.hours(EACH - 1, { logs: 0 });
  await makeBag(bag, scenarioOf(store, trail));
  const began = performance.now();
  const check = await checkTestBag(bag);
  const tool = performance.now() - began;
  expect(check.problems).toEqual([]);
  expect(check.digests).toEqual({ checked: 2 * EACH, proven: 2 * EACH, contradicting: 0 });
  if (noOpenssl !== undefined) return;
  const { conclusion } = runScript([trust, '-', bag]);
  console.info(
    `${2 * EACH} digests: ${Math.round(tool)} ms by the tool, ${Math.round(performance.now() - began - tool)} ms by verify.sh`,
  );
  expect(conclusion).toBe(bagConclusion(check));
  // Some thirty processes a second at worst.
}, 300_000);
