/** The shell of action.yml and of examples/nightly.sh, run with a stand-in for the command that notes its arguments. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const ACTION = readFileSync(`${ROOT}action.yml`, 'utf8');

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(path.join(folder, 'bin'));
  const notes = `require('node:fs').writeFileSync(process.env.NOTES, JSON.stringify(process.argv.slice(2)));
process.stdout.write('**summary**\\n');
process.exit(Number(process.env.CODE ?? 0));
`;
  writeFileSync(path.join(folder, 'bin/trail-verify.js'), notes);
  const command = path.join(folder, 'bin/trail-verify');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${folder}/bin/trail-verify.js" "$@"\n`);
  chmodSync(command, 0o755);
});

/** The script of the step that verifies: the lines of its `run`, without their indentation. */
function verifyScript(): string {
  const [, step = ''] = /\n {4}- name: Verify\n([\s\S]*?)\n {4}- name:/.exec(ACTION) ?? [];
  const [, script = ''] = /\n {6}run: \|\n([\s\S]*)$/.exec(step) ?? [];
  return script.replace(/^ {8}/gm, '');
}

function act(inputs: Readonly<Record<string, string>>, code = '0') {
  const file = (name: string): string => path.join(folder, name);
  writeFileSync(file('out'), '');
  writeFileSync(file('summary'), '');
  const { status, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', verifyScript()],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        // Without it bash thinks that it was started by a remote shell, and reads .bashrc.
        SHLVL: '1',
        PATH: `${path.dirname(process.execPath)}:${process.env.PATH ?? ''}`,
        GITHUB_ACTION_PATH: folder,
        GITHUB_STEP_SUMMARY: file('summary'),
        GITHUB_OUTPUT: file('out'),
        NOTES: file('notes'),
        CODE: code,
        ...{ FROM: '', STATE: '', ARGUMENTS: '', OUTPUT: 'report', FAIL_ON: 'inconclusive' },
        ...inputs,
      },
    },
  );
  expect(stderr).toBe('');
  const args = JSON.parse(readFileSync(file('notes'), 'utf8')) as readonly string[];
  return {
    status,
    args,
    out: readFileSync(file('out'), 'utf8'),
    summary: readFileSync(file('summary'), 'utf8'),
  };
}

describe('action.yml', () => {
  test('no input is written into a script, where it would be run', () => {
    const scripts = [...ACTION.matchAll(/\n( +)run: \|\n((?:\1 {2}.*\n?|\n)+)/g)].map(([, , text]) => text);
    expect(scripts).toHaveLength(2);
    for (const script of scripts) expect(script).not.toContain('${{');
  });

  test('hostile inputs stay one argument each', () => {
    const hostile = '$(touch owned) `touch owned` "; touch owned #';
    const { args, status } = act({ TARGET: hostile, ARGUMENTS: `--account\n111122223333\n${hostile}\n` });
    expect(status).toBe(0);
    expect(args.slice(0, 2)).toEqual(['verify', hostile]);
    expect(args.slice(-3)).toEqual(['--account', '111122223333', hostile]);
    expect(() => readFileSync(path.join(folder, 'owned'))).toThrow('ENOENT');
  });

  test('state and window are given where they are asked for, and the exit code is handed on', () => {
    const { args, status, out, summary } = act({ TARGET: 's3://b', STATE: 'state.json', FROM: '36h' }, '3');
    expect(args).toContain('--state');
    expect(args[args.indexOf('--from') + 1]).toBe('36h');
    expect(status).toBe(3);
    expect(out).toBe('exit-code=3\nreport=report/report.json\n');
    expect(summary).toBe('**summary**\n');
    expect(act({ TARGET: 's3://b' }).args).not.toContain('--state');
  });
});

describe('examples/nightly.sh', () => {
  const run = (code: string) =>
    spawnSync('sh', [`${ROOT}examples/nightly.sh`, 's3://my-trail-bucket'], {
      encoding: 'utf8',
      env: {
        PATH: `${folder}/bin:${process.env.PATH ?? ''}`,
        TRAIL_VERIFY_HOME: folder,
        TRAIL_VERIFY_METRICS: `${folder}/trail.prom`,
        NOTES: `${folder}/notes`,
        CODE: code,
      },
    });
  const hasFlock = spawnSync('flock', ['--version']).error === undefined;
  if (!hasFlock) console.log('examples/nightly.sh is not run, for there is no flock here');

  test.runIf(hasFlock)('verifies with state and metrics, and exits as verify does', () => {
    expect(run('1')).toMatchObject({ status: 1, stderr: '' });
    const args = JSON.parse(readFileSync(`${folder}/notes`, 'utf8')) as readonly string[];
    expect(args.slice(0, 6)).toEqual([
      'verify',
      's3://my-trail-bucket',
      '--state',
      `${folder}/state.json`,
      '--metrics',
      `${folder}/trail.prom`,
    ]);
  });

  test.runIf(hasFlock)('a run beside another one ends at once, and says why', () => {
    const locked = `flock "${folder}/lock" env TRAIL_VERIFY_HOME="${folder}" sh "${ROOT}examples/nightly.sh" s3://b; echo "code $?"`;
    const out = execFileSync('sh', ['-c', locked], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(out).toBe('code 4\n');
  });
});

test('the image takes what the package holds, and all that the command loads', () => {
  const recipe = readFileSync(`${ROOT}Containerfile`, 'utf8');
  const copied = [...recipe.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' ').map((place) => place.replace('/build/', '')),
  );
  const { files, bin }: { readonly files: readonly string[]; readonly bin: object } = JSON.parse(
    readFileSync(`${ROOT}package.json`, 'utf8'),
  );
  // dist and node_modules are made while it is built.
  const made = new Set(['dist', 'node_modules']);
  expect(copied.filter((place) => !made.has(place) && !existsSync(`${ROOT}${place}`))).toEqual([]);
  // Documents, and the sources of what prebuilds holds.
  const left = files.filter((place) => !copied.includes(place));
  expect(left.filter((place) => !place.endsWith('.md'))).toEqual(['native']);
  const ran = [...recipe.matchAll(/\/opt\/trail-verify\/(bin\/\S+)/g)].map(([, file]) => file);
  expect(ran).toEqual(Object.values(bin));
});
