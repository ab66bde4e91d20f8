/** `evidence add`: a corroboration is put into the bag of its report, or refused in one line that leaves the bag as it was. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { lackingTrail, recoveredLine, writeCorroboration } from '../support/corroboration-files.ts';
import { AUDITOR, certificateFile, changeFile, filesOf, makeBag } from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { signFile } from '../support/sign-file.ts';
import { silencedTrail } from '../support/silenced-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testParty } from '../support/test-certificates.ts';
import { runScript } from '../support/verify-script.ts';

const HOME = process.cwd();
const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-evidence-add-'));
const MADE = path.join(temporary, 'bag');
const trust = certificateFile(temporary, AUDITOR);
const LINES = [
  recoveredLine('111122223333/us-east-1/audit@us-east-1', '2026-10-05T10:10:00Z'),
  recoveredLine('111122223333/us-east-1/audit@us-east-1', '2026-10-05T10:20:00Z'),
];

beforeAll(async () => {
  await makeBag(MADE, lackingTrail(), { includeLogs: true });
});
afterAll(() => rmSync(temporary, { recursive: true }));
beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  cpSync(MADE, 'bag', { recursive: true });
  writeCorroboration('witness', readFileSync('bag/report.json'), LINES);
  await signFile('witness/corroboration.json', AUDITOR);
});
afterEach(() => {
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

const reportText = () => readFileSync('bag/report.json', 'utf8');

const add = (...more: readonly string[]) =>
  runCommand(['evidence', 'add', 'bag', '--corroboration', 'witness', ...more]);
const verify = () => runCommand(['evidence', 'verify', 'bag', '--trust', trust]);

/** The names and contents of the bag. */
const contentOf = (folder: string) =>
  Object.fromEntries(
    filesOf(folder).map((file) => [file, readFileSync(path.join(folder, file)).toString('hex')]),
  );

test('a signed corroboration is packed with the bag, and checked with it', async () => {
  const result = await add('--archive', 'bag.tar.gz');
  expect(result).toEqual({
    exitCode: 0,
    out: 'Corroboration: bag/witness/; see README.md in it\nArchive: bag.tar.gz\n',
    error: '',
  });
  for (const name of readdirSync('witness'))
    expect(readFileSync(path.join('bag/witness', name))).toEqual(readFileSync(path.join('witness', name)));
  const checked = await verify();
  expect(checked).toMatchObject({ exitCode: 1, error: '' });
  expect(checked.out).toContain('      witness/corroboration.json as CN=Auditor, O=Example (certificate');
  expect(checked.out).toContain("2 recovered events, 0 unlogged; AWS's word over TLS, not signed by AWS");
  expect(checked.out).not.toContain('NOTE');
  if (opensslAbsence() !== undefined) return;
  execFileSync('tar', ['-xzf', 'bag.tar.gz']);
  expect(runScript([trust, '-', 'trail-verify-test-run'])).toMatchObject({ code: 1 });
});

test('an unsigned one is taken, and said to be that', async () => {
  rmSync('witness/corroboration.json.p7s');
  expect(await add()).toMatchObject({
    exitCode: 0,
    out: 'Corroboration: bag/witness/, which nobody signed; see README.md in it\n',
  });
  expect((await verify()).out).toContain('NOTE  witness/corroboration.json is not signed\n');
});

test('what corroborate and verify write themselves goes into the bag', async () => {
  const trail = await silencedTrail(['RunInstances', 'StopLogging']);
  try {
    rmSync('witness', { recursive: true });
    expect(await trail.verify('--bag')).toBe(3);
    expect(await trail.corroborate()).toBe(3);
    expect(await runCommand(['evidence', 'add', 'out', '--corroboration', 'witness'])).toMatchObject({
      exitCode: 0,
      error: '',
    });
    const { exitCode, out } = await runCommand(['evidence', 'verify', 'out']);
    expect(exitCode).toBe(3);
    expect(out).toContain('what a witness said of the report: 2 recovered events, 0 unlogged; ');
    expect(out).not.toContain('FAIL');
    if (opensslAbsence() === undefined) {
      const { code, text } = runScript(['-', '-', 'out']);
      expect([code, text.includes('FAIL')]).toEqual([3, false]);
      expect(text).toContain('what a witness said of the report: ');
    }
    const shown = ['explain-gap', 'out/report.json', '--corroboration', 'out/witness'];
    expect((await runCommand(shown)).out).toContain('RunInstances');
  } finally {
    await trail.server.close();
  }
});

describe('where it is there already', () => {
  test('the same is no fault, and what an interrupted run left is completed', async () => {
    await add();
    const whole = contentOf('bag');
    expect((await add()).exitCode).toBe(0);
    expect(contentOf('bag')).toEqual(whole);
    copyFileSync(path.join(MADE, 'tagmanifest-sha256.txt'), 'bag/tagmanifest-sha256.txt');
    rmSync('bag/witness/recovered.jsonl');
    expect((await add()).exitCode).toBe(0);
    expect(contentOf('bag')).toEqual(whole);
  });

  test('one that was written into the bag itself is made a part of it', async () => {
    cpSync('witness', 'bag/witness', { recursive: true });
    expect((await verify()).exitCode).toBe(5);
    expect((await runCommand(['evidence', 'add', 'bag', '--corroboration', 'bag/witness'])).exitCode).toBe(0);
    expect((await verify()).exitCode).toBe(1);
  });

  test('another one is never replaced', async () => {
    await add();
    const before = contentOf('bag');
    writeCorroboration('witness', readFileSync('bag/report.json'), LINES.slice(1));
    await signFile('witness/corroboration.json', AUDITOR);
    const { exitCode, error } = await add();
    expect(exitCode).toBe(2);
    expect(error).toMatch(/^trail-verify: the evidence bag bag holds another witness\/\S+ already\nhint: /);
    expect(contentOf('bag')).toEqual(before);
  });
});

describe('is refused in one line, and the bag stays as it was', () => {
  const withUnlogged = (): void => {
    rmSync('witness', { recursive: true });
    const more = recoveredLine('111122223333/us-east-1/audit@us-east-1', '2026-10-05T12:30:00Z');
    writeCorroboration('witness', readFileSync('bag/report.json'), [...LINES, more]);
  };
  const cases: readonly (readonly [string, number, string | RegExp, () => void | Promise<void>])[] = [
    [
      'of another report',
      2,
      'witness/corroboration.json is of another report',
      () =>
        writeCorroboration(
          'witness',
          Buffer.from(JSON.stringify({ ...JSON.parse(reportText()), caseRef: 'other' })),
          LINES,
        ),
    ],
    [
      'a changed list',
      5,
      'witness/recovered.jsonl has another SHA-256 than corroboration.json names',
      () =>
        changeFile('witness', 'recovered.jsonl', (bytes) =>
          Buffer.from(bytes.toString().replace('Run', 'Rux')),
        ),
    ],
    [
      'a list that is gone',
      5,
      /^witness\/recovered\.jsonl cannot be read: ENOENT/,
      () => rmSync('witness/recovered.jsonl'),
    ],
    [
      'the other list that is gone',
      5,
      /^witness\/unlogged\.jsonl cannot be read: ENOENT/,
      () => {
        withUnlogged();
        rmSync('witness/unlogged.jsonl');
      },
    ],
    [
      'the other list, changed',
      5,
      'witness/unlogged.jsonl has another SHA-256 than corroboration.json names',
      () => {
        withUnlogged();
        writeFileSync('witness/unlogged.jsonl', '{}\n');
      },
    ],
    [
      'a list that leads elsewhere',
      5,
      'witness/corroboration.json names another file of events than unlogged.jsonl',
      () => {
        const unlogged = { file: '../bag/report.json', sha256: 'ab'.repeat(32), lines: 1, events: 1 };
        writeCorroboration('witness', readFileSync('bag/report.json'), LINES, { unlogged });
      },
    ],
    [
      'no document',
      2,
      /^corroboration witness\/corroboration\.json cannot be read: ENOENT/,
      () => rmSync('witness/corroboration.json'),
    ],
    [
      'changed after it was signed',
      5,
      'witness/corroboration.json: the corroboration is not the one that was signed',
      () =>
        writeCorroboration('witness', readFileSync('bag/report.json'), LINES, {
          made: '2026-11-20T19:00:01Z',
        }),
    ],
    [
      'a signature that is none',
      5,
      /^witness\/corroboration\.json: the signature /,
      () => writeFileSync('witness/corroboration.json.p7s', 'x'),
    ],
    [
      'a timestamp without the signature that it covers',
      5,
      /^witness\/corroboration\.json: the timestamp /,
      () => renameSync('witness/corroboration.json.p7s', 'witness/corroboration.json.p7s.tsr'),
    ],
    [
      'signed by a stranger',
      5,
      'the corroboration is signed by CN=Stranger, and the report in the evidence bag bag by CN=Auditor, O=Example: a check that trusts the signer of the report would refuse the bag',
      () => signFile('witness/corroboration.json', testParty({ name: 'CN=Stranger' })),
    ],
    [
      'a signature that is a link to nothing',
      5,
      /^signature of the corroboration witness\/corroboration\.json\.p7s cannot be read: it is a link that leads to no file/,
      () => {
        rmSync('witness/corroboration.json.p7s');
        symlinkSync('nothing', 'witness/corroboration.json.p7s');
      },
    ],
    [
      'a document of another form',
      5,
      'witness/corroboration.json is not written as this tool writes it',
      () => {
        rmSync('witness/corroboration.json.p7s');
        changeFile('witness', 'corroboration.json', (bytes) => Buffer.from(`${bytes}\n`));
      },
    ],
    [
      'a false count of the other list',
      5,
      'witness/corroboration.json counts 1 unlogged events of witnesses, and 2 lines of them',
      () => {
        withUnlogged();
        changeFile('witness', 'corroboration.json', (bytes) =>
          Buffer.from(bytes.toString().replace(/("unlogged\.jsonl",\n.*\n.*"lines": )1/, '$12')),
        );
      },
    ],
    [
      'a bag whose folder of it is a link',
      2,
      'witness in the evidence bag bag is no regular file or folder',
      () => {
        mkdirSync('elsewhere');
        symlinkSync('../elsewhere', 'bag/witness');
      },
    ],
    [
      'a bag whose script knows none',
      2,
      'verify.sh in the evidence bag bag knows no corroboration, and would refuse the bag with one',
      () => writeFileSync('bag/verify.sh', '#!/bin/sh\n'),
    ],
    [
      'a bag that is not whole',
      2,
      'folder bag is no evidence bag, or not a whole one',
      () => writeFileSync('bag/.unfinished-bag', ''),
    ],
    [
      'a manifest that is none',
      2,
      'tagmanifest-sha256.txt in the evidence bag bag has a line 1 that is none',
      () => writeFileSync('bag/tagmanifest-sha256.txt', 'x\n'),
    ],
  ];

  test.each(cases)('%s', async (_, code, message, damage) => {
    await damage();
    const before = contentOf('bag');
    const { exitCode, out, error } = await add();
    const [line = ''] = error.split('\n');
    if (typeof message === 'string') expect(line).toBe(`trail-verify: ${message}`);
    else expect(line.slice('trail-verify: '.length)).toMatch(message);
    expect([exitCode, out]).toEqual([code, '']);
    expect(contentOf('bag')).toEqual(before);
    if (existsSync('elsewhere')) expect(readdirSync('elsewhere')).toEqual([]);
    else expect(existsSync('bag/witness')).toBe(false);
  });

  test('an archive whose name is a link to nothing, before anything is written', async () => {
    symlinkSync('nothing', 'bag.tar.gz');
    expect(await add('--archive', 'bag.tar.gz')).toMatchObject({ exitCode: 2 });
    expect(existsSync('bag/witness')).toBe(false);
  });

  test('an archive that exists, before anything is written', async () => {
    writeFileSync('bag.tar.gz', '');
    const { exitCode, error } = await add('--archive', 'bag.tar.gz');
    expect(exitCode).toBe(2);
    expect(error).toContain('bag.tar.gz exists already');
    expect(existsSync('bag/witness')).toBe(false);
  });

  test('a folder that is no bag, and no folder of a corroboration', async () => {
    expect((await runCommand(['evidence', 'add', 'witness', '--corroboration', 'witness'])).exitCode).toBe(2);
    const { exitCode, error } = await runCommand(['evidence', 'add', 'bag']);
    expect(exitCode).toBe(2);
    expect(error).toContain('--corroboration');
  });
});
