/** Every command line that the pages show is one that the command takes, and those of a clone are run. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actingCommands, commandLine } from '../../fixtures/options-page.ts';
import manifest from '../../package.json' with { type: 'json' };
import { runCommand } from '../support/command.ts';
import { execute } from '../support/shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { commandsOf, PAGES, ROOT, textOf, wordsOf } from './pages.ts';

const CALL = /^(?:trail-verify|node bin\/trail-verify\.js) /;

/** Reads one command line as the command would, and does nothing. Throws where it is refused. */
async function parse(line: string): Promise<void> {
  const root = commandLine();
  for (const { command } of actingCommands(root)) command.action(() => {});
  const words = wordsOf(line.replace(CALL, '').replace(/ (?:>>|>|\|).*$/, ''));
  await root.parseAsync(words, { from: 'user' });
}

describe('every command line of a page is one that the command takes', () => {
  const home = process.cwd();
  beforeEach(() => {
    process.chdir(temporaryFolder());
    // The config file that a page names is the one that it shows.
    const [, file = ''] = /```yaml\n([\s\S]*?)```/.exec(textOf('docs/configuration.md')) ?? [];
    writeFileSync('trail-verify.yaml', file);
  });
  afterEach(() => process.chdir(home));

  const withCalls = PAGES.filter((page) => commandsOf(page).some((line) => CALL.test(line)));

  test('the README, and most pages of docs, have some', () => {
    expect(withCalls).toContain('README.md');
    expect(withCalls.filter((page) => page.startsWith('docs/')).length).toBeGreaterThan(7);
  });

  test.each(withCalls)('%s', async (page) => {
    for (const line of commandsOf(page).filter((line) => CALL.test(line)))
      await expect(
        parse(line).catch((error: unknown) => `${line}: ${String(error)}`),
      ).resolves.toBeUndefined();
  });

  test('one that it does not take is refused', async () => {
    await expect(parse('trail-verify verify s3://b --form html')).rejects.toThrow('verify has no option');
    await expect(parse('trail-verify recover report.json')).rejects.toThrow('recover needs <folder>');
  });
});

/** By whom the commands of a page are followed twice, or why they are not. */
const FOLLOWED: Readonly<Record<string, { readonly test: string; readonly call: string } | string>> = {
  'README.md': { test: 'test/runbooks.test.ts', call: "stepsOf('../README.md')" },
  'docs/before-an-audit.md': { test: 'test/runbooks.test.ts', call: "follow('before-an-audit.md')" },
  'docs/incident.md': { test: 'test/runbooks.test.ts', call: "follow('incident.md')" },
  'docs/nightly.md': { test: 'test/runbooks.test.ts', call: "follow('nightly.md')" },
  'docs/evidence.md': 'each command has names of the reader; the bag of the clone is made and checked below',
  'docs/configuration.md':
    'one call, which writes a dated folder: the file is read in test/cli/config.test.ts',
  'docs/corroborate.md':
    'calls with a report of the reader: test/cli/corroborate.test.ts has each kind; the incident runbook has two',
  'docs/doctor.md': 'one call that writes nothing',
  'docs/events.md': 'calls of a run that the README has as well, and checks that write nothing',
  'docs/gaps.md': 'one call of a kind, with a report of the reader; the incident runbook has both',
  'docs/install.md':
    'installs and builds: npm run check:install, test/container.test.ts, test/cli/executable.test.ts',
  'docs/lake.md': 'buckets and copies of the reader; test/cli/query-results.test.ts has each kind of call',
  'docs/networks.md': 'a closed network; test/cli/networks.test.ts has one',
  'docs/performance.md': 'half an hour of measuring',
  'docs/query.md':
    'questions of an export; test/cli/query.test.ts asks them, and --output names a new folder',
  'docs/recipes-at-scale.md': {
    test: 'test/recipes.test.ts',
    call: "commandsOf('docs/recipes-at-scale.md')",
  },
  'docs/report.md': 'calls with a report of the reader, and the AWS CLI at Security Hub',
  'docs/scale.md':
    'a plan is made once in a place: test/cli/scale.test.ts runs the commands over S3, and each shard twice',
  'docs/state.md':
    'one call with a state in a bucket; test/cli/state.test.ts runs such a state again and again',
  'docs/verify.md': 'one call of each kind, with windows and copies of the reader',
  'fixtures/README.md': 'writes the fixtures of the tests anew; test/fixtures-written.test.ts holds them',
  'keys/README.md': 'one call that asks CloudTrail itself',
};

test('every page with commands is followed twice by a test, or says why not', () => {
  const pages = PAGES.filter((page) => commandsOf(page).length > 0);
  expect(Object.keys(FOLLOWED).sort()).toEqual([...pages].sort());
  for (const how of Object.values(FOLLOWED)) {
    if (typeof how === 'string') expect(how).not.toBe('');
    else expect(readFileSync(path.join(ROOT, how.test), 'utf8')).toContain(how.call);
  }
});

test('every example is run for two nights by a test', () => {
  const tests = readFileSync(path.join(ROOT, 'test/examples.test.ts'), 'utf8');
  // Those of a plan on an engine have a test of their own: test/recipes.test.ts.
  const examples = readdirSync(path.join(ROOT, 'examples')).filter(
    (name) => name !== 'README.md' && name !== 'scale',
  );
  // Rules of an alert run nothing: test/render/formats/metrics.test.ts holds their names.
  for (const name of examples.filter((name) => name !== 'alerts.yml'))
    expect(tests.includes(`examples/${name}`), name).toBe(true);
  expect(tests.match(/'two nights, /g)).toHaveLength(3);
});

test('every script of npm that a page names is there', () => {
  const scripts = Object.keys(manifest.scripts);
  for (const page of PAGES)
    for (const [, name = ''] of textOf(page).matchAll(/\bnpm run ([\w:-]+)/g))
      expect(scripts).toContain(name);
});

describe('what a page shows in a clone', () => {
  const home = process.cwd();
  beforeEach(() => {
    const folder = temporaryFolder();
    for (const name of ['fixtures/tampered/copy', 'fixtures/keys', 'verify.sh'])
      cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
    process.chdir(folder);
  });
  afterEach(() => process.chdir(home));

  /** Runs the lines of a page that need nothing but the clone, and returns what each printed with its exit code. */
  async function runAll(
    page: string,
    isMeant: (line: string) => boolean,
  ): Promise<readonly [number, string][]> {
    const results: [number, string][] = [];
    for (const line of commandsOf(page).filter(isMeant)) {
      const words = wordsOf(line.replace(CALL, ''));
      if (CALL.test(line)) {
        const { exitCode, out } = await runCommand(words);
        results.push([exitCode, out]);
      } else {
        const [program = '', ...rest] = words;
        const { code, out } = await execute(program, rest, { folder: '.', cwd: process.cwd(), env: {} });
        results.push([code, out]);
      }
    }
    return results;
  }

  /** The first block of text that a page shows, line by line, without what is cut short. */
  function shownIn(page: string): readonly string[] {
    const [, block = ''] = /^```text\n([\s\S]*?)^```$/m.exec(textOf(page)) ?? [];
    return block.split('\n').filter((line) => line.trim() !== '' && !line.includes('AWSLogs/'));
  }

  test('the README: the tampered copy, with what it prints, as often as one likes', async () => {
    for (let times = 0; times < 2; times += 1) {
      const [[code, out] = [], ...others] = await runAll('README.md', (line) =>
        line.includes('fixtures/tampered/copy'),
      );
      expect([code, others]).toEqual([1, []]);
      for (const line of shownIn('README.md')) expect(out).toContain(line);
    }
  });

  test('evidence: a bag, and its check by a shell and openssl', async () => {
    const isMeant = (line: string): boolean => line.startsWith('node bin/') || line.startsWith('sh ');
    const results = await runAll('docs/evidence.md', isMeant);
    expect(results.map(([code]) => code)).toEqual([0, 1, 1]);
    expect(existsSync('bag/report.json')).toBe(true);
    const certificate = /\(certificate SHA-256 [^)]*\)/;
    const printed = results[2]?.[1].replace(certificate, '') ?? '';
    const shown = shownIn('docs/evidence.md').filter((line) => !line.includes('…'));
    expect(shown.length).toBeGreaterThan(3);
    for (const line of shown) expect(printed).toContain(line);
  });
});

test('the policy of docs/permissions.md is a policy', () => {
  const [, policy = ''] = /^```json\n([\s\S]*?)^```$/m.exec(textOf('docs/permissions.md')) ?? [];
  const { Statement } = JSON.parse(policy) as { readonly Statement: readonly { readonly Action: unknown }[] };
  expect(Statement.flatMap(({ Action }) => Action)).toContain('s3:GetObject');
  expect(readFileSync(path.join(ROOT, 'docs/permissions.md'), 'utf8')).toContain('first three statements');
});
