/** The shell of action.yml and of examples/nightly.sh, run with a stand-in for the command that notes its arguments. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CLOCK_VARIABLES } from './support/faked-clock.ts';
import { GITHUB_BASH } from './support/shell.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { actionScripts, ROOT } from './support/yaml-scripts.ts';

const SCRIPTS = actionScripts();
const BUILD = "Build trail-verify as this action's commit has it";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(path.join(folder, 'bin'));
  const notes = `const { mkdirSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
writeFileSync(process.env.NOTES, JSON.stringify(args));
const { REPORT_TEXT } = process.env;
if (REPORT_TEXT !== undefined) {
  const output = args[args.lastIndexOf('--output') + 1];
  mkdirSync(output, { recursive: true });
  writeFileSync(output + '/report.json', REPORT_TEXT);
}
process.stdout.write('**summary**\\n');
process.exit(Number(process.env.CODE ?? 0));
`;
  writeFileSync(path.join(folder, 'bin/trail-verify.js'), notes);
  const command = path.join(folder, 'bin/trail-verify');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${folder}/bin/trail-verify.js" "$@"\n`);
  chmodSync(command, 0o755);
});

const VERDICTS: Readonly<Record<string, string>> = { 0: 'VALID', 1: 'INVALID', 3: 'INCONCLUSIVE' };
/** What the stand-in writes as its report where a test says nothing else. */
const reportText = (code: string): string => JSON.stringify({ verdict: VERDICTS[code] });

function act(
  inputs: Readonly<Record<string, string | undefined>>,
  code = '0',
  step = 'Verify',
  errors: 'silent' | 'may write errors' = 'silent',
) {
  const file = (name: string): string => path.join(folder, name);
  writeFileSync(file('out'), '');
  writeFileSync(file('summary'), '');
  const { status, stderr } = spawnSync('bash', [...GITHUB_BASH, SCRIPTS.get(step) ?? ''], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      // Without it bash thinks that it was started by a remote shell, and reads .bashrc.
      SHLVL: '1',
      ...CLOCK_VARIABLES,
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      GITHUB_ACTION_PATH: folder,
      GITHUB_STEP_SUMMARY: file('summary'),
      GITHUB_OUTPUT: file('out'),
      NOTES: file('notes'),
      CODE: code,
      REPORT_TEXT: reportText(code),
      ...{ FROM: '', STATE: '', ARGUMENTS: '', OUTPUT: 'report', FAIL_ON: 'inconclusive' },
      ...inputs,
    },
  });
  if (errors === 'silent') expect(stderr).toBe('');
  const notes = existsSync(file('notes')) ? readFileSync(file('notes'), 'utf8') : '[]';
  const args = JSON.parse(notes) as readonly string[];
  return {
    status,
    args,
    out: readFileSync(file('out'), 'utf8'),
    summary: readFileSync(file('summary'), 'utf8'),
  };
}

describe('action.yml', () => {
  test('no input is written into a script, where it would be run', () => {
    const runs = readFileSync(`${ROOT}action.yml`, 'utf8').match(/^ +run:/gm);
    expect(SCRIPTS.size).toBe(runs?.length);
    for (const script of SCRIPTS.values()) expect(script).not.toContain('${{');
  });

  test('hostile inputs stay one argument each', () => {
    const hostile = '$(touch owned) `touch owned` "; touch owned #';
    const { args, status } = act({ TARGET: hostile, ARGUMENTS: `--account\n111122223333\n${hostile}\n` });
    expect(status).toBe(0);
    expect(args[0]).toBe('verify');
    expect(args.slice(-6)).toEqual(['--account', '111122223333', hostile, '--no-sign', '--', hostile]);
    const all = act({ TARGET: 's3://b', FROM: hostile, STATE: hostile, OUTPUT: hostile, FAIL_ON: hostile });
    expect(all.status).toBe(0);
    expect(existsSync(path.join(folder, 'owned'))).toBe(false);
  });

  test('a line break in the output folder writes no output of its own', () => {
    const { out } = act({ TARGET: 's3://b', OUTPUT: 'a\r\nexit-code=0' }, '1');
    expect(out).toBe('report=aexit-code=0/report.json\nexit-code=1\n');
  });

  test.each([
    ['', true],
    ['--account\n111122223333', true],
    ['--no-sign', false],
    ['--verbose\n--sign-key\nsigner.key.pem\n--sign-cert\nsigner.cert.pem', false],
    ['--signer-cmd\n./hsm', false],
  ])('with the arguments %j, nobody signs: %s', (ARGUMENTS, isAdded) => {
    const { args } = act({ TARGET: 's3://b', ARGUMENTS });
    expect(args.slice(args.indexOf('markdown') + 1)).toEqual([
      ...ARGUMENTS.split('\n').filter((line) => line !== ''),
      ...(isAdded ? ['--no-sign'] : []),
      '--',
      's3://b',
    ]);
  });

  test('what is kept is named by the target, in letters that a name may have', () => {
    const names = ['s3://b', 's3://c', '"; touch owned'].map(
      (TARGET) => act({ TARGET }, '0', 'Name what is kept').out,
    );
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^name=\d+\n$/);
  });

  test('a run that was refused names no report', () => {
    const { out, status } = act({ TARGET: 's3://b', REPORT_TEXT: undefined }, '2');
    expect([status, out]).toEqual([2, 'exit-code=2\n']);
  });

  test('it is built where it lies, with what builds it and without the scripts of packages', () => {
    const calls = path.join(folder, 'calls');
    writeFileSync(path.join(folder, 'bin/npm'), `#!/bin/sh\nprintf '%s|' "$@" >>"${calls}"\n`);
    chmodSync(path.join(folder, 'bin/npm'), 0o755);
    act({ PATH: `${folder}/bin:${process.env.PATH ?? ''}`, GITHUB_ACTION_PATH: '/an action' }, '0', BUILD);
    const install = 'ci|--include=dev|--ignore-scripts|--no-audit|--no-fund|--prefix|/an action|';
    expect(readFileSync(calls, 'utf8')).toBe(`${install}run|build|--prefix|/an action|`);
  });

  test('state and window are given where they are asked for, and the exit code is handed on', () => {
    const { args, status, out, summary } = act({ TARGET: 's3://b', STATE: 'state.json', FROM: '36h' }, '3');
    expect(args).toContain('--state');
    expect(args[args.indexOf('--from') + 1]).toBe('36h');
    expect(status).toBe(3);
    expect(out).toBe('report=report/report.json\nexit-code=3\n');
    expect(summary).toBe('**summary**\n');
    expect(act({ TARGET: 's3://b', OUTPUT: 'other' }).args).not.toContain('--state');
  });
});

describe('action.yml is green by a report of its own run alone', () => {
  const red = (result: ReturnType<typeof act>, code: number): void => {
    expect(result.status).toBe(code);
    expect(result.out).toBe(`exit-code=${code}\n`);
    expect(result.summary).toMatch(/^(?:\*\*summary\*\*\n)?\*\*The [a-z ]+.*\*\*\n$/);
  };

  test.each([
    ['no report', undefined, 'inconclusive'],
    ['no JSON', 'VALID', 'inconclusive'],
    ['nothing', '', 'inconclusive'],
    ['null', 'null', 'inconclusive'],
    ['no verdict', '{}', 'inconclusive'],
    ['another verdict', '{"verdict":"INVALID"}', 'inconclusive'],
    ['another verdict, and a lighter rule', '{"verdict":"INVALID"}', 'invalid'],
    ['a verdict that the rule refuses', '{"verdict":"INCONCLUSIVE"}', 'inconclusive'],
    ['a verdict made for a pattern', '{"verdict":"VALID:*"}', 'inconclusive'],
    ['a verdict made for the rule', '{"verdict":"INCONCLUSIVE"}', 'x:invalid'],
  ])('%s is red, though the command ended with 0', (_what, REPORT_TEXT, FAIL_ON) => {
    red(act({ TARGET: 's3://b', REPORT_TEXT, FAIL_ON }), 4);
  });

  test('an INCONCLUSIVE report is green where only INVALID is to fail', () => {
    const REPORT_TEXT = '{"verdict":"INCONCLUSIVE"}';
    const { status, out } = act({ TARGET: 's3://b', REPORT_TEXT, FAIL_ON: 'invalid' });
    expect([status, out]).toEqual([0, 'report=report/report.json\nexit-code=0\n']);
  });

  test.each<readonly [string, () => void]>([
    [
      'a folder with the report of another run',
      () => {
        mkdirSync(path.join(folder, 'report'));
        writeFileSync(path.join(folder, 'report/report.json'), reportText('0'));
      },
    ],
    ['a file', () => writeFileSync(path.join(folder, 'report'), '')],
    ['a link that leads nowhere', () => symlinkSync('nowhere', path.join(folder, 'report'))],
    ['a link to a folder that holds a file', () => symlinkSync('bin', path.join(folder, 'report'))],
  ])('the command is not run where the output is %s', (_what, plant) => {
    plant();
    const result = act({ TARGET: 's3://b' });
    red(result, 2);
    expect(result.args).toEqual([]);
  });

  test('an output without a name is refused', () => {
    expect(act({ TARGET: 's3://b', OUTPUT: '' })).toMatchObject({
      status: 2,
      out: 'exit-code=2\n',
      args: [],
    });
  });

  test('what another run left is not kept as the report of this one', () => {
    const [, step = ''] = readFileSync(`${ROOT}action.yml`, 'utf8').split('- name: Keep the report\n');
    expect(step).toMatch(/^ +if: always\(\) && steps\.verify\.outputs\.report != ''$/m);
  });
});

describe('action.yml with the command itself', () => {
  const COPY = `${ROOT}fixtures/intact/copy`;
  /** The present that the committed copy was made at. */
  const rules = ['--keys', `${ROOT}fixtures/keys/public-keys.jsonl`, '--now', '2026-10-02T21:50:00Z'];
  const real = (lines: readonly string[]) =>
    act(
      { TARGET: COPY, GITHUB_ACTION_PATH: ROOT, ARGUMENTS: lines.join('\n') },
      '0',
      'Verify',
      'may write errors',
    );

  test('an intact trail is green, whatever is printed', () => {
    expect(real([...rules, '--format', 'none'])).toMatchObject({
      status: 0,
      out: 'report=report/report.json\nexit-code=0\n',
    });
  });

  test.each<readonly [string, readonly string[]]>([
    ['help', ['--help']],
    ['help, in short', ['-h']],
    ['the version', ['--version']],
    ['help behind other options', [...rules, '--help']],
    ['another folder', [...rules, '--output', 'elsewhere']],
    ['another folder, in one word', [...rules, '--output=elsewhere']],
    ['a folder below', [...rules, '--output', 'report/below']],
    ['a target of their own', [...rules, COPY]],
    ['an end of the options', [...rules, '--']],
    ['an end of the options, and a target', [...rules, '--', COPY]],
    ['an option without its value', [...rules, '--examiner']],
    ['an option that is not there', [...rules, '--outputs', 'x']],
    ['a lighter rule, for what is not proven', [...rules.slice(0, 2), '--fail-on', 'invalid']],
    ['a time of no calendar', [...rules.slice(0, 2), '--now', '999999999w']],
  ])('it is red where the arguments ask for %s', (_what, lines) => {
    const { status, out } = real(lines);
    expect(status).toBeGreaterThan(0);
    expect(out).toMatch(/^(?:report=report\/report\.json\n)?exit-code=[1-4]\n$/);
  });
});

describe('examples/nightly.sh', () => {
  const run = (code: string, target = 's3://my-trail-bucket') =>
    spawnSync('sh', [`${ROOT}examples/nightly.sh`, target], {
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

  test('takes no option for a trail: help would end with 0', () => {
    for (const option of ['--help', '-V'])
      expect(run('0', option)).toMatchObject({ status: 2, stderr: expect.stringContaining('not an option') });
    expect(existsSync(`${folder}/notes`)).toBe(false);
  });

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
  // Made while it is built: all of `dist` that the command loads, with what it needs of other packages.
  const made = new Set(['dist/command']);
  expect(copied.filter((place) => !made.has(place) && !existsSync(`${ROOT}${place}`))).toEqual([]);
  // Documents, and the sources of the native file, which itself is there.
  const left = files.filter((place) => !copied.includes(place === 'dist' ? 'dist/command' : place));
  expect(left.filter((place) => place !== 'docs' && !place.endsWith('.md'))).toEqual(['native']);
  expect(copied).toContain('native/prebuilt');
  const ran = [...recipe.matchAll(/\/opt\/trail-verify\/(bin\/\S+)/g)].map(([, file]) => file);
  expect(ran).toEqual(Object.values(bin));
});
