/** Options from the environment and from a config file: their order, their checks, and what a report says of them. */
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actingCommands, commandLine } from '../../fixtures/options-page.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/base/clock.ts';
import { isList } from '../../src/cli/options/common.ts';
import { NAMED_QUERIES } from '../../src/query/named/fill.ts';
import { type CommandResult, runCommand } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
const KEYS = path.join(HOME, 'fixtures/keys/public-keys.jsonl');
const { build } = await loadScenario('intact');
const { store, now } = build();
const NOW = isoTime(now);

beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(HOME));

type Environment = Readonly<Record<string, string>>;

/** Runs a command with a config file of that content. */
function runWith(content: string | Uint8Array, args: readonly string[], environment: Environment = {}) {
  writeFileSync('c.yaml', content);
  return runCommand([...args, '--config', 'c.yaml'], { environment });
}

/** The first two lines that a command complains with. */
function complaint({ exitCode, error }: CommandResult): readonly [number, ...string[]] {
  return [exitCode, ...error.trimEnd().split('\n')];
}

function copyOf(folder: string): string {
  writeFolder(store, folder, { metadata: true });
  return folder;
}

const VERIFY = ['verify', './copy', '--now', NOW, '--keys', KEYS];

/** Verifies the copy without a report, and returns the exit code, what was printed, and the complaints. */
function verifyWith(content: string, args: readonly string[] = [], environment: Environment = {}) {
  copyOf('copy');
  return runWith(content, [...VERIFY, '--no-sign', ...args], environment);
}

function inputsOf(folder: string): {
  readonly arguments: readonly string[];
  readonly files: readonly { readonly role: string; readonly name: string; readonly sha256: string }[];
} {
  return JSON.parse(readFileSync(`${folder}/report.json`, 'utf8')).inputs;
}

describe('what comes first', () => {
  test('typed, then the environment, then the section of the command, then the top of the file', async () => {
    const file =
      'case: top\nexaminer: top\norganisation: top\nsupersedes: top\nverify:\n  case: section\n  examiner: section\n  organisation: section\n';
    const environment = { TRAIL_VERIFY_CASE: 'environment', TRAIL_VERIFY_EXAMINER: 'environment' };
    const { exitCode } = await verifyWith(file, ['--case', 'typed', '--output', 'out'], environment);
    expect(exitCode).toBe(0);
    const report = JSON.parse(readFileSync('out/report.json', 'utf8'));
    expect(report).toMatchObject({
      caseRef: 'typed',
      examiner: { operator: 'environment', organisation: 'section' },
      supersedes: 'top',
    });
  });

  test('the report has the whole line, as one would type it, and the hash of the file', async () => {
    const file =
      'fail-on: invalid\nverify:\n  no-unlisted: true\n  region: [eu-central-1, eu-west-1]\n  force: false\n';
    const { exitCode } = await verifyWith(file, ['--output', 'out'], { TRAIL_VERIFY_CASE: 'A 1' });
    expect(exitCode).toBe(0);
    const { arguments: line, files } = inputsOf('out');
    const added = [
      '--case=A 1',
      '--no-unlisted',
      '--region=eu-central-1',
      '--region=eu-west-1',
      '--fail-on=invalid',
    ];
    const typed = [...VERIFY.slice(1), '--no-sign', '--output', 'out', '--config', 'c.yaml'];
    expect(line).toEqual(['verify', ...added, ...typed]);
    const sha256 = createHash('sha256').update(file).digest('hex');
    expect(files[0]).toEqual({ role: 'config', name: 'c.yaml', sha256 });
    // Without file and environment it asks for the same.
    const again = await runCommand([...line.slice(0, -4), '--output', 'again']);
    expect(again.exitCode).toBe(0);
    const [one, other] = ['out', 'again'].map((name) =>
      JSON.parse(readFileSync(`${name}/report.json`, 'utf8')),
    );
    expect(other.scope).toEqual(one.scope);
    expect(other.caseRef).toBe('A 1');
  });

  test('secrets of a file are as hidden in the report as typed ones', async () => {
    const file = 'tsa: http://user:geheim@127.0.0.1:1/\ntsa-optional: true\nsign-key: k\nsign-cert: c\n';
    const url = 'http://user:geheim@127.0.0.1:1/';
    const { exitCode } = await verifyWith(`endpoint-url: ${url}\n`, ['--output', 'out']);
    expect(exitCode).toBe(0);
    expect(JSON.stringify(inputsOf('out'))).not.toContain('geheim');
    const refused = await runWith(file, ['verify', './copy', '--no-sign']);
    expect(refused.exitCode).toBe(2);
    expect(refused.error).not.toContain('geheim');
  });

  test('a list takes the place of a list, and false turns off what the file turned on', async () => {
    const file = 'region: [us-east-1]\nno-report: true\n';
    const environment = { TRAIL_VERIFY_REGION: 'eu-central-1,eu-west-1', TRAIL_VERIFY_NO_REPORT: 'false' };
    expect((await verifyWith(file, ['--output', 'out'], environment)).exitCode).toBe(0);
    expect(JSON.parse(readFileSync('out/report.json', 'utf8')).scope.regions).toEqual([
      'eu-central-1',
      'eu-west-1',
    ]);
  });

  test('a month takes the place of from and to, and an alias that of its option', async () => {
    const file = 'from: 1d\nto: 1h\naccount: ["999988887777"]\n';
    const args = ['--month', '2026-09', '--account-id', '111122223333', '--output', 'out'];
    const { error } = await verifyWith(file, args);
    expect(error).not.toContain('trail-verify:');
    const { window, scope } = JSON.parse(readFileSync('out/report.json', 'utf8'));
    expect(window.requested.from).toBe('2026-09-01T00:00:00Z');
    expect(scope.accounts).toEqual(['111122223333']);
  });

  test('a format from elsewhere is the form of errors as well', async () => {
    const { exitCode, out } = await verifyWith('format: json\nexpect: missing.json\n');
    expect(exitCode).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({ code: 'CONFIGURATION', exitCode: 2 });
  });
});

describe('options from elsewhere are checked as typed ones', () => {
  test('contradictions name their origin', async () => {
    expect(complaint(await verifyWith('sign-key: k.pem\n'))).toEqual([
      2,
      'trail-verify: --no-sign and --sign-key both say who signs',
      'hint: give one of them; --sign-key is from config file c.yaml, line 1',
    ]);
    const environment = { TRAIL_VERIFY_OUTPUT: 'x' };
    expect(complaint(await verifyWith('no-report: true\n', [], environment))).toEqual([
      2,
      'trail-verify: --no-report and --output contradict each other',
      'hint: give one of them; --output is from environment variable TRAIL_VERIFY_OUTPUT; --no-report is from config file c.yaml, line 1',
    ]);
  });

  test.each<readonly [string, Environment, string]>([
    ['progress: true\nno-progress: true\n', {}, 'config file c.yaml, line 1 and config file c.yaml, line 2'],
    [
      'quiet: true\n',
      { TRAIL_VERIFY_PROGRESS: '1', TRAIL_VERIFY_NO_PROGRESS: '1' },
      'environment variable TRAIL_VERIFY_PROGRESS and environment variable TRAIL_VERIFY_NO_PROGRESS',
    ],
  ])('%j with %j is refused', async (file, environment, where) => {
    expect(complaint(await verifyWith(file, [], environment))).toEqual([
      2,
      `trail-verify: --progress and --no-progress contradict each other: ${where}`,
      'hint: leave one of them out',
    ]);
  });

  test('an option that a command needs may come from either', async () => {
    const fetch = ['keys', 'fetch', '--endpoint-url', 'http://127.0.0.1:1'];
    expect(complaint(await runCommand(fetch)).slice(0, 2)).toEqual([
      2,
      'trail-verify: neither a target nor --region says which Regions are meant',
    ]);
    for (const run of [
      runWith('keys fetch:\n  region: [mars-1]\n', fetch),
      runCommand(fetch, { environment: { TRAIL_VERIFY_REGION: 'mars-1' } }),
    ])
      expect((await run).error).toContain('"mars-1" is not one of AWS\'s Region names');
    const proof = await runWith('report: none.json\n', ['proof', 'verify', 'p.json']);
    expect(proof.error).not.toContain('needs --report');
  });

  test('a named query has several parameters', async () => {
    const { name, parameters } = NAMED_QUERIES.find((query) => query.parameters.length > 1) ??
      NAMED_QUERIES[0] ?? {
        name: '',
        parameters: [],
      };
    const [first, second] = parameters.map((one) => one.name);
    const file = `query:\n  name: ${name}\n  events: none\n  param: [${first}=1, ${second}=2, ${second}=3]\n`;
    expect(complaint(await runWith(file, ['query'])).slice(0, 2)).toEqual([
      2,
      `trail-verify: config file c.yaml, line 4: --param: ${second} was given twice`,
    ]);
  });

  test('what says how a target is verified is no error for an export that is asked', async () => {
    const typed = await runCommand(['query', 'SELECT 1', '--events', 'none', '--keys', KEYS]);
    expect(typed.error).toContain('--keys says how a target is verified');
    const shared = await runWith(`keys: ${KEYS}\n`, ['query', 'SELECT 1', '--events', 'none']);
    expect(shared.error).not.toContain('--keys');
  });
});

describe('a file that is not understood is refused, with its line', () => {
  const twice = 'is neither true nor false';
  const table: readonly (readonly [content: string, message: string, hint?: string])[] = [
    ['', 'is empty'],
    ['# nothing\n', 'is empty'],
    ['\n\nfromat: json\n', ', line 3: no command has an option "fromat"', 'did you mean format or from?'],
    ['verfy:\n  format: json\n', ', line 1: no command has an option "verfy"', 'did you mean verify?'],
    ['query:\n  chain: x\n', ', line 2: query has no option "chain"'],
    ['fail_on: invalid\n', ', line 1: no command has an option "fail_on"', 'did you mean fail-on?'],
    ['passphrase: geheim\n', ', line 1: no command has', 'did you mean passphrase-env or passphrase-file?'],
    ['x: 1\n', ', line 1: no command has an option "x"', 'see trail-verify COMMAND --help'],
    ['config: other.yaml\n', ', line 1: a config file names no other'],
    ['verify:\n', ', line 1: verify is a command, and has no options here'],
    ['verify: null\n', ', line 1: verify is a command, and has no options here'],
    ['verify: []\n', ', line 1: verify is a command, and has no options here'],
    ['doctor: {}\n', ', line 1: doctor is a command, and has no options here'],
    ['format:\n', ', line 1: format has no value'],
    ['format: true\n', ', line 1: format takes a text', 'put it in quotes: format: "true"'],
    ['format: [json]\n', ', line 1: format takes one value, and here is a list'],
    ['format: {json: 1}\n', ', line 1: format takes a text, and here are names with values'],
    ['format: jsn\n', ', line 1: --format: there is no form "jsn" here', 'did you mean json?'],
    ['fail-on: valid\n', ', line 1: --fail-on: there is no "valid"', 'did you mean invalid?'],
    ['case: ""\n', ', line 1: --case: the value is empty'],
    ['no-logs: yes\n', `, line 1: no-logs ${twice}`, 'write no-logs: true, or leave it out'],
    ['doctor:\n  quiet: 1\n', `, line 2: quiet ${twice}`],
    ['keys: []\n', ', line 1: keys is an empty list'],
    ['keys: [[a]]\n', ', line 1: keys has a list in a list'],
    ['keys:\n  - a\n  -\n', 'keys has no value'],
    ['concurrency: 1e3\n', ', line 1: --concurrency: "1e3" is not a whole number'],
    ['case: a\nformat: json\ncase: b\n', ', line 3: names "case" twice, in line 1 as well'],
    ['{"case": "a",\n"case": "b"}', ', line 2: names "case" twice, in line 1 as well'],
    ['a: &a [x]\nb: *a\n', ', line 1: has an anchor'],
    ['case: *a\n', ', line 1: has an alias: write the value itself'],
    ['case: !!str a\n', ', line 1: has a tag'],
    ['case: !x a\n', 'is not YAML: Unresolved tag'],
    ['%YAML 1.1\n---\ncase: a\n', ', line 1: has a directive'],
    ['case: a\n---\ncase: b\n', 'is not YAML: Source contains multiple documents'],
    ['<<: {case: a}\n', ', line 1: no command has an option "<<"', 'see trail-verify COMMAND --help'],
    ['1: 2\n', ', line 1: has a name that is no text'],
    ['? [a]\n: b\n', ', line 1: has a name that is no text'],
    ['words\n', ', line 1: has no names with values'],
    ['- case: a\n', ', line 1: has no names with values'],
    ['\tcase: a\n', ', line 1: is not YAML: Tabs are not allowed as indentation'],
    [`case: ${'['.repeat(60_000)}\n`, 'has too many values in one another'],
  ];

  test.each(table)('%j', async (content = '', message = '', hint = '') => {
    mkdirSync('copy');
    const [exitCode, why = '', how = ''] = complaint(await runWith(content, ['verify', './copy']));
    expect(exitCode).toBe(2);
    expect(why).toContain(`trail-verify: config file c.yaml`);
    expect(why).toContain(message);
    expect(how).toContain(`hint: ${hint}`);
    expect(why + how).not.toContain('geheim');
  });

  test('a thousand aliases of aliases are not opened', async () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`,
    );
    const bomb = ['l0: &l0 [x]', ...levels, ''].join('\n');
    expect(complaint(await runWith(bomb, ['verify', './copy']))[1]).toContain('has an anchor');
  });

  test('bytes that are no text, and files that are none', async () => {
    const [, why] = complaint(await runWith(Buffer.from([0xff, 0xfe, 0x00]), ['verify', './copy']));
    expect(why).toBe('trail-verify: config file c.yaml is not text in UTF-8');
    mkdirSync('folder');
    writeFileSync('gigabyte', '');
    truncateSync('gigabyte', 2 ** 30);
    for (const [file, message] of [
      ['folder', 'it is no file but a folder'],
      ['gigabyte', 'it is larger than 65536 bytes'],
      ['/dev/zero', 'it is no file but a device'],
      ['missing', 'ENOENT'],
    ] as const) {
      const [exitCode, why] = complaint(await runCommand(['verify', './copy', '--config', file]));
      expect(exitCode).toBe(2);
      expect(why).toContain(`config file ${file} cannot be read: ${message}`);
    }
  });

  test('a file is named once, and by a name', async () => {
    const twice = await runCommand(['verify', './copy', '--config', 'a', '--config', 'b']);
    expect(complaint(twice).slice(0, 2)).toEqual([2, 'trail-verify: --config was given twice']);
    const empty = await runCommand(['verify', './copy'], { environment: { TRAIL_VERIFY_CONFIG: '' } });
    expect(complaint(empty).slice(0, 2)).toEqual([
      2,
      'trail-verify: environment variable TRAIL_VERIFY_CONFIG is empty',
    ]);
  });

  test('JSON with tabs, a byte order mark and numbers with zeros at their beginning', async () => {
    const json = `\ufeff{\n\t"account": ["111122223333", 012345678901],\n\t"output": "out"\n}\n`;
    const { exitCode } = await verifyWith(json.replace('012345678901', '"012345678901"'));
    expect(exitCode).not.toBe(2);
    expect(inputsOf('out').arguments).toContain('--account=012345678901');
    await runWith('account: [111122223333, 012345678901]\noutput: bare\n', [...VERIFY, '--no-sign']);
    expect(inputsOf('bare').arguments).toContain('--account=012345678901');
  });
});

describe('the environment', () => {
  test.each<readonly [string, string, string]>([
    ['TRAIL_VERIFY_FORMAT', 'jsn', '--format: there is no form "jsn" here'],
    ['TRAIL_VERIFY_FORMAT', '', '--format: the value is empty'],
    ['TRAIL_VERIFY_KEYS', 'a,,b', '--keys: "a,,b" has an empty value'],
    ['TRAIL_VERIFY_NO_LOGS', 'yes', '"yes" is neither true nor false'],
    ['TRAIL_VERIFY_NO_LOGS', '', '"" is neither true nor false'],
  ])('%s=%j is refused', async (name, value, message) => {
    const [exitCode, why] = complaint(
      await runCommand(['verify', './copy'], { environment: { [name]: value } }),
    );
    expect([exitCode, why]).toEqual([2, `trail-verify: environment variable ${name}: ${message}`]);
  });

  test('a variable that no option has is a warning, after errors too, and its value is not shown', async () => {
    const environment = {
      TRAIL_VERIFY_FROMAT: 'geheim',
      TRAIL_VERIFY_QQQQQQQQ: '1',
      TRAIL_VERIFY_NATIVE: '0',
    };
    const { exitCode, error } = await runCommand(['version'], { environment });
    expect([exitCode, error]).toEqual([
      0,
      'warning: no option has the environment variable TRAIL_VERIFY_FROMAT: did you mean TRAIL_VERIFY_FORMAT?\n' +
        'warning: no option has the environment variable TRAIL_VERIFY_QQQQQQQQ\n',
    ]);
    const failed = await runCommand(['verify', './copy', '--config', 'missing'], { environment });
    expect(failed.error).toContain('did you mean TRAIL_VERIFY_FORMAT?');
  });

  test('a variable that holds the passphrase is none of them', async () => {
    const environment = { TRAIL_VERIFY_SECRET: 'geheim geheim geheim' };
    const file = 'passphrase-env: TRAIL_VERIFY_SECRET\n';
    const { exitCode, error } = await runWith(file, ['keygen', '--key-type', 'ecdsa-p256'], environment);
    expect([exitCode, error]).toEqual([0, '']);
  });
});

describe('every option of every command', () => {
  const commands = actingCommands(commandLine()).map(({ name, command }) => ({
    name: name.replace('trail-verify ', ''),
    options: command.options.filter(({ long }) => long !== '--config'),
  }));
  const keyOf = (long: string | undefined): string => (long ?? '').slice(2);
  const withOptions = commands.filter(({ options }) => options.length > 0);

  test('is a name of the file', async () => {
    const sections = withOptions.map(({ name, options }) => {
      const lines = options.map((option) => {
        const text = isList(option) ? '[x]' : 'x';
        return `  ${keyOf(option.long)}: ${option.required ? text : 'false'}`;
      });
      return [`${name}:`, ...lines].join('\n');
    });
    // That of the command itself has its parsers read the values.
    const others = sections.filter((section) => !section.startsWith('version:'));
    expect(others.length).toBeGreaterThan(15);
    expect(await runWith(others.join('\n'), ['version'])).toMatchObject({ exitCode: 0, error: '' });
  });

  test('has a variable', async () => {
    const names = withOptions.flatMap(({ options }) => options.map(({ long }) => keyOf(long)));
    const environment = Object.fromEntries(
      names
        .filter((name) => name !== 'format' && name !== 'verbose')
        .map((name) => [`TRAIL_VERIFY_${name.toUpperCase().replaceAll('-', '_')}`, 'x']),
    );
    expect(Object.keys(environment).length).toBeGreaterThan(60);
    expect(await runCommand(['version'], { environment })).toMatchObject({ exitCode: 0, error: '' });
  });

  test('has another name than every command but two, and than the variables of other meaning', () => {
    const names = new Set(withOptions.flatMap(({ options }) => options.map(({ long }) => keyOf(long))));
    expect(commands.map(({ name }) => name).filter((name) => names.has(name))).toEqual(['plan', 'worker']);
    for (const name of ['native', 'home', 'algorithm', 'config']) expect(names).not.toContain(name);
  });

  test('is not asked for by help', async () => {
    const { exitCode, error } = await runCommand(['verify', '--config', 'missing', '--help']);
    expect([exitCode, error]).toEqual([0, '']);
  });
});

describe('a file in what is to be checked is refused', () => {
  const message = /^trail-verify: config file \S+ is in \S+, which is to be checked\nhint: keep it elsewhere/;

  test('in the folder, in the copy around it, through a link, and by the variable', async () => {
    copyOf('copy');
    writeFileSync('copy/c.yaml', 'no-report: true\n');
    writeFileSync('copy/collect-report.json', '{}');
    symlinkSync('copy/c.yaml', 'link.yaml');
    const [bucket = ''] = readdirSync('copy').filter((name) => lstatSync(`copy/${name}`).isDirectory());
    for (const [target, file] of [
      ['./copy', 'copy/c.yaml'],
      ['./copy', 'link.yaml'],
      [`copy/${bucket}`, 'copy/c.yaml'],
    ] as const) {
      for (const run of [
        runCommand(['verify', target, '--config', file]),
        runCommand(['verify', target], { environment: { TRAIL_VERIFY_CONFIG: file } }),
        runCommand(['query', 'SELECT 1', target, '--config', file]),
      ]) {
        const { exitCode, error } = await run;
        expect(exitCode).toBe(2);
        expect(error).toMatch(message);
      }
    }
  });

  test('in an export that is asked, in a bag that is checked, beside a report of a bag', async () => {
    mkdirSync('bag');
    writeFileSync('bag/bagit.txt', '');
    writeFileSync('bag/report.json', '{}');
    writeFileSync('bag/c.yaml', 'verbose: true\n');
    for (const args of [
      ['query', 'SELECT 1', '--events', 'bag'],
      ['evidence', 'verify', 'bag'],
      ['report', 'verify', 'bag/report.json'],
      ['events', 'check', 'bag'],
    ]) {
      const { exitCode, error } = await runCommand([...args, '--config', 'bag/c.yaml']);
      expect([args, exitCode, error]).toEqual([args, 2, expect.stringMatching(message)]);
    }
  });

  test('beside it, it is the word of the user, and none is found by itself', async () => {
    copyOf('copy');
    for (const name of ['trail-verify.yaml', '.trail-verify.yaml', 'copy/trail-verify.yaml'])
      writeFileSync(name, 'fromat: 1\n');
    const { exitCode } = await runCommand([...VERIFY, '--no-report']);
    expect(exitCode).not.toBe(2);
  });
});

describe('a config file that came with what is checked', () => {
  test.each([
    ['copy/AWSLogs', 'copy/c.yaml'],
    ['copy/AWSLogs/111122223333', 'copy/c.yaml'],
    ['copy/AWSLogs/111122223333', 'copy/AWSLogs/c.yaml'],
  ])('of %s: %s is refused', async (target, file) => {
    mkdirSync('copy/AWSLogs/111122223333', { recursive: true });
    writeFileSync(file, 'region: eu-west-1\n');
    const { exitCode, error } = await runCommand(['verify', target, '--config', file, '--no-report']);
    expect(exitCode).toBe(2);
    expect(error).toContain('which is to be checked');
  });

  test.each([
    ['report', 'handed/report.json'],
    ['proof', 'handed/proof.json'],
  ])('with a %s it is refused', async (what, file) => {
    mkdirSync('handed');
    for (const name of [file, 'handed/c.yaml']) writeFileSync(name, 'trust: handed/a.pem\n');
    const { exitCode, error } = await runCommand([what, 'verify', file, '--config', 'handed/c.yaml']);
    expect(exitCode).toBe(2);
    expect(error).toContain('which is to be checked');
  });
});
