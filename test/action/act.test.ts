/** The action with a stand-in for the command that notes its arguments, and with the command itself. */
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { act, type Host } from '../../src/action/act.ts';
import { builtPackage, useBuiltCommand } from '../support/built-command.ts';
import { CLOCK_VARIABLES } from '../support/faked-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ROOT } from '../support/yaml-scripts.ts';

const START = process.cwd();
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  process.chdir(folder);
  writeFileSync(
    'command.cjs',
    `const { mkdirSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
writeFileSync(process.env.NOTES, JSON.stringify({ args, inputs: Object.keys(process.env).filter((name) => name.startsWith('INPUT_')) }));
const { REPORT_TEXT } = process.env;
if (REPORT_TEXT !== undefined) {
  const output = args[args.lastIndexOf('--output') + 1];
  mkdirSync(output, { recursive: true });
  writeFileSync(output + '/report.json', REPORT_TEXT);
}
process.stdout.write(process.env.LINES ? ('é'.repeat(99) + '\\n').repeat(Number(process.env.LINES)) : '**summary**\\n');
if (process.env.LINES) return;
process.exit(Number(process.env.CODE ?? 0));
`,
  );
});
afterEach(() => process.chdir(START));

const VERDICTS: Readonly<Record<string, string>> = { 0: 'VALID', 1: 'INVALID', 3: 'INCONCLUSIVE' };
const THROUGH = '2026-10-02T20:00:00Z';
/** What the stand-in writes as its report where a test says nothing else. */
const reportText = (code: string): string =>
  JSON.stringify({ verdict: VERDICTS[code], window: { verifiedThrough: THROUGH } });

interface Acted {
  readonly status: number;
  readonly args: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
}

async function acted(
  inputs: Readonly<Record<string, string>>,
  { code = '0', environment = {}, command = path.join(folder, 'command.cjs'), host = process } = {} as {
    readonly code?: string;
    readonly environment?: Readonly<Record<string, string | undefined>>;
    readonly command?: string;
    readonly host?: Host;
  },
): Promise<Acted> {
  for (const name of ['out', 'summary']) writeFileSync(name, '');
  let log = '';
  const given = { output: 'report', 'fail-on': 'inconclusive', sarif: 'false', token: 'secret', ...inputs };
  const status = await act({
    environment: {
      ...CLOCK_VARIABLES,
      PATH: process.env.PATH,
      GITHUB_STEP_SUMMARY: path.join(folder, 'summary'),
      GITHUB_OUTPUT: path.join(folder, 'out'),
      NOTES: path.join(folder, 'notes'),
      CODE: code,
      REPORT_TEXT: reportText(code),
      ...Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...environment,
    },
    command,
    write: (text) => {
      log += text;
    },
    wait: () => Promise.resolve(),
    host,
  });
  const notes = existsSync('notes') ? JSON.parse(readFileSync('notes', 'utf8')) : { args: [], inputs: [] };
  return {
    status,
    ...notes,
    outputs: outputsOf(readFileSync('out', 'utf8')),
    summary: readFileSync('summary', 'utf8'),
    log,
  };
}

/** The outputs as a runner reads them: `name<<end`, lines, `end`. */
function outputsOf(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length - 1; ) {
    const [, name = '', end = ''] = /^([a-z-]+)<<(end-[0-9a-f-]{36})$/.exec(lines[at] ?? '') ?? [];
    expect(name).not.toBe('');
    const close = lines.indexOf(end, at + 1);
    outputs[name] = lines.slice(at + 1, close).join('\n');
    at = close + 1;
  }
  return outputs;
}

describe('a job that is cancelled', () => {
  /** A command that ends with a report: because it got a signal, or because it was done. */
  const WAITS = `const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const output = args[args.lastIndexOf('--output') + 1];
const end = (why) => {
  mkdirSync(output, { recursive: true });
  writeFileSync(output + '/report.json', process.env.REPORT_TEXT);
  process.stdout.write(why + '\\n', () => process.exit(3));
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end('got ' + signal));
setInterval(() => existsSync('go') && end('came to its end'), 20);
writeFileSync('ready', '');
`;

  async function cancelled(platform: NodeJS.Platform, signals: readonly NodeJS.Signals[]): Promise<Acted> {
    writeFileSync('waits.cjs', WAITS);
    const host = Object.assign(new EventEmitter(), { platform });
    const running = acted(
      { target: 's3://b-1' },
      { code: '3', command: path.join(folder, 'waits.cjs'), host },
    );
    while (!existsSync('ready')) await setTimeout(5);
    for (const signal of signals) expect(host.emit(signal, signal)).toBe(true);
    if (platform === 'win32') writeFileSync('go', '');
    const done = await running;
    expect(host.eventNames()).toEqual([]);
    return done;
  }

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'hands %s on, and the report is of what was read',
    async (signal) => {
      const { status, summary, outputs } = await cancelled('linux', [signal]);
      expect(summary).toBe(`got ${signal}\n`);
      expect([status, outputs.verdict]).toEqual([3, 'INCONCLUSIVE']);
    },
  );

  test('lets the command on Windows, which gets the events of the console itself, come to its end', async () => {
    const { status, summary, outputs } = await cancelled('win32', ['SIGINT', 'SIGBREAK']);
    expect(summary).toBe('came to its end\n');
    expect([status, outputs.verdict]).toEqual([3, 'INCONCLUSIVE']);
  });
});

describe('the action', () => {
  test('hostile inputs stay one argument each, and nothing of them is run', async () => {
    const hostile = '$(touch owned) `touch owned` "; touch owned #';
    const { args, status } = await acted({
      target: hostile,
      arguments: `--account\n111122223333\r\n${hostile}\n`,
    });
    expect(status).toBe(0);
    expect(args[0]).toBe('verify');
    expect(args.slice(-6)).toEqual(['--account', '111122223333', hostile, '--no-sign', '--', hostile]);
    const all = await acted({
      target: 's3://b',
      from: hostile,
      state: hostile,
      output: hostile,
      'fail-on': hostile,
    });
    expect(all.status).toBe(0);
    expect(readdirSync(folder)).not.toContain('owned');
  });

  test('the command knows no input, the token least of all', async () => {
    expect((await acted({ target: 's3://b' })).inputs).toEqual([]);
  });

  test('tells verdict, time, report and exit code', async () => {
    const { status, outputs, summary, args } = await acted(
      { target: 's3://b', state: 'state.json', from: '36h' },
      { code: '3' },
    );
    expect(status).toBe(3);
    expect(outputs).toEqual({
      verdict: 'INCONCLUSIVE',
      'verified-through': THROUGH,
      report: 'report/report.json',
      'exit-code': '3',
    });
    expect(summary).toBe('**summary**\n');
    expect(args[args.indexOf('--state') + 1]).toBe('state.json');
    expect(args[args.indexOf('--from') + 1]).toBe('36h');
    expect((await acted({ target: 's3://b', output: 'other' })).args).not.toContain('--state');
  });

  test.each(['end-', 'exit-code=0', 'a\r\nexit-code=0', 'x\nexit-code<<e\n0\ne'])(
    'an output folder called %j sets no output of its own',
    async (output) => {
      const { outputs } = await acted({ target: 's3://b', output }, { code: '1' });
      expect(outputs['exit-code']).toBe('1');
      expect(outputs.report).toBe(`${output.replace(/[\r\n]/g, '')}/report.json`);
    },
  );

  test('what a report says sets no output of its own', async () => {
    const REPORT_TEXT = JSON.stringify({ verdict: 'VALID', window: { verifiedThrough: 'x\nexit-code=1' } });
    const { outputs } = await acted({ target: 's3://b' }, { environment: { REPORT_TEXT } });
    expect(outputs).toMatchObject({ verdict: 'VALID', 'verified-through': '', 'exit-code': '0' });
  });

  test.each([
    ['', true],
    ['--account\n111122223333', true],
    ['--no-sign', false],
    ['--verbose\n--sign-key\nsigner.key.pem\n--sign-cert\nsigner.cert.pem', false],
    ['--signer-cmd\n./hsm', false],
  ])('with the arguments %j, nobody signs: %s', async (lines, isAdded) => {
    const { args } = await acted({ target: 's3://b', arguments: lines });
    expect(args.slice(args.indexOf('markdown') + 1)).toEqual([
      ...lines.split('\n').filter((line) => line !== ''),
      ...(isAdded ? ['--no-sign'] : []),
      '--',
      's3://b',
    ]);
  });

  test('a run that was refused names no report', async () => {
    const { outputs, status } = await acted(
      { target: 's3://b' },
      { code: '2', environment: { REPORT_TEXT: undefined } },
    );
    expect([status, outputs]).toEqual([2, { 'exit-code': '2' }]);
  });

  test('a command that cannot be started has failed', async () => {
    const { outputs, status } = await acted(
      { target: 's3://b' },
      { command: path.join(folder, 'nothing.cjs') },
    );
    expect(status).toBeGreaterThan(0);
    expect(outputs).not.toHaveProperty('verdict');
  });

  test('a target that is too long for a process is red', async () => {
    const { status, outputs } = await acted({ target: `s3://${'b'.repeat(200_000)}` });
    expect([status, outputs]).toEqual([4, { 'exit-code': '4' }]);
  });

  test('a summary holds a mebibyte, and whole lines of what is longer', async () => {
    const { summary, status } = await acted({ target: 's3://b' }, { environment: { LINES: '6000' } });
    expect(status).toBe(0);
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1024 * 1024);
    expect(summary).toMatch(/^(?:é{99}\n)+\n\n… The rest is in the report\.\n$/);
  });

  test('outside of GitHub it runs as well', async () => {
    const environment = { GITHUB_OUTPUT: undefined, GITHUB_STEP_SUMMARY: undefined };
    expect(await acted({ target: 's3://b' }, { environment })).toMatchObject({
      status: 0,
      outputs: {},
      summary: '',
    });
  });
});

describe('the action is green by a report of its own run alone', () => {
  const red = ({ status, outputs, summary, log }: Acted, code: number): void => {
    expect(status).toBe(code);
    expect(outputs).toEqual({ 'exit-code': String(code) });
    expect(summary).toMatch(/^(?:\*\*summary\*\*\n)?\*\*The [a-z ]+.*\*\*\n$|^\*\*No .*\*\*\n$/);
    expect(log).toMatch(/^::error title=trail-verify::/);
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
    ['a list with a verdict', '[{"verdict":"VALID"}]', 'inconclusive'],
    ['a verdict made for the rule', '{"verdict":"INCONCLUSIVE"}', 'x:invalid'],
  ])('%s is red, though the command ended with 0', async (_what, REPORT_TEXT, failOn) => {
    red(await acted({ target: 's3://b', 'fail-on': failOn }, { environment: { REPORT_TEXT } }), 4);
  });

  test('an upload that is asked for in other words is refused', async () => {
    const { status, summary } = await acted({ target: 's3://b', sarif: 'yes' });
    expect(status).toBe(2);
    expect(summary).toContain('The input sarif is neither true nor false.');
  });

  test('an INCONCLUSIVE report is green where only INVALID is to fail', async () => {
    const REPORT_TEXT = '{"verdict":"INCONCLUSIVE"}';
    const { status, outputs } = await acted(
      { target: 's3://b', 'fail-on': 'invalid' },
      { environment: { REPORT_TEXT } },
    );
    expect([status, outputs.verdict, outputs['exit-code']]).toEqual([0, 'INCONCLUSIVE', '0']);
  });

  test.each<readonly [string, () => void]>([
    [
      'a folder with the report of another run',
      () => {
        mkdirSync('report');
        writeFileSync('report/report.json', reportText('0'));
      },
    ],
    ['a file', () => writeFileSync('report', '')],
    ['a link that leads nowhere', () => symlinkSync('nowhere', 'report')],
    [
      'a link to a folder that holds a file',
      () => {
        mkdirSync('other');
        writeFileSync('other/file', '');
        symlinkSync('other', 'report');
      },
    ],
  ])('the command is not run where the output is %s', async (_what, plant) => {
    plant();
    const result = await acted({ target: 's3://b' });
    red(result, 2);
    expect(result.args).toEqual([]);
  });

  test.each([{ output: '' }, { target: '' }, { target: '\n' }])(
    'an input %j without a value is refused',
    async (input) => {
      const result = await acted({ target: 's3://b', ...input });
      red(result, 2);
      expect(result.args).toEqual([]);
    },
  );

  test('a report that is a link is none', async () => {
    writeFileSync('elsewhere.json', reportText('0'));
    writeFileSync(
      'linking.cjs',
      "require('node:fs').mkdirSync('report'); require('node:fs').symlinkSync('../elsewhere.json', 'report/report.json');",
    );
    const result = await acted({ target: 's3://b' }, { command: path.join(folder, 'linking.cjs') });
    expect([result.status, result.outputs]).toEqual([4, { 'exit-code': '4' }]);
  });
});

describe('the action with the command itself', () => {
  useBuiltCommand();
  const COPY = `${ROOT}fixtures/intact/copy`;
  /** The present that the committed copy was made at. */
  const rules = ['--keys', `${ROOT}fixtures/keys/public-keys.jsonl`, '--now', '2026-10-02T21:50:00Z'];
  const real = (lines: readonly string[], target = COPY) =>
    acted(
      { target, arguments: lines.join('\n') },
      { command: path.join(builtPackage(), 'bin/trail-verify.js') },
    );

  test('an intact trail is green, whatever is printed', async () => {
    const { status, outputs } = await real([...rules, '--format', 'none']);
    expect([status, outputs.verdict, outputs['exit-code']]).toEqual([0, 'VALID', '0']);
    expect(outputs['verified-through']).toMatch(/^2026-10-02T/);
  });

  test.each<readonly [string, readonly string[]]>([
    ['help', ['--help']],
    ['the version', ['--version']],
    ['another folder', [...rules, '--output', 'elsewhere']],
    ['a folder below', [...rules, '--output=report/below']],
    ['a target of their own', [...rules, COPY]],
    ['an end of the options, and a target', [...rules, '--', COPY]],
    ['an option without its value', [...rules, '--examiner']],
    ['a lighter rule, for what is not proven', [...rules.slice(0, 2), '--fail-on', 'invalid']],
  ])('it is red where the arguments ask for %s', async (_what, lines) => {
    const { status, outputs } = await real(lines);
    expect(status).toBeGreaterThan(0);
    expect(outputs['exit-code']).toBe(String(status));
  });

  test.each(['--help', '-V', './nothing'])('it is red with the target %s', async (target) => {
    const { status, outputs } = await real(rules, target);
    expect([status, outputs]).toEqual([2, { 'exit-code': '2' }]);
  });
});

describe('action.yml', () => {
  const text = readFileSync(`${ROOT}action.yml`, 'utf8');
  test('runs a program, and no shell that an input could be written into', () => {
    expect(text).toMatch(/^runs:\n {2}using: node24\n {2}main: action\/main\.js\n$/m);
    expect(text).not.toMatch(/^ *run:/m);
  });

  test('has the inputs and outputs that the program knows', () => {
    const named = (part: string): readonly string[] =>
      [
        ...(new RegExp(`^${part}:\\n((?: {2}.*\\n)+)`, 'm').exec(text)?.[1] ?? '').matchAll(
          /^ {2}([a-z-]+):$/gm,
        ),
      ].map(([, name = '']) => name);
    expect(named('inputs')).toEqual([
      'target',
      'from',
      'state',
      'arguments',
      'output',
      'fail-on',
      'sarif',
      'token',
    ]);
    expect(named('outputs')).toEqual(['verdict', 'verified-through', 'report', 'exit-code']);
  });
});
