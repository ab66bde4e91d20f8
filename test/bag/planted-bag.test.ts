/** What somebody plants in a bag ends both checkers at once, before anything is read of it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { AUDITOR, certificateFile, checkTestBag, makeBag } from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { runScript } from '../support/verify-script.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-planted-'));
const trust = certificateFile(temporary, AUDITOR);
const sound = path.join(temporary, 'sound');
const GIGABYTE = 1024 ** 3;
let bags = 0;

beforeAll(async () => {
  const { store, trail } = auditTrail(1);
  await makeBag(sound, scenarioOf(store, trail), { includeLogs: true });
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** A copy of the sound bag, for something to be planted in it. */
function copied(): string {
  bags += 1;
  const bag = path.join(temporary, `bag-${bags}`);
  cpSync(sound, bag, { recursive: true });
  return bag;
}

function sparse(file: string, size: number): void {
  writeFileSync(file, '');
  truncateSync(file, size);
}

function digestOf(bag: string): string {
  const entry = readdirSync(path.join(bag, 'data/digests'), { recursive: true })
    .map(String)
    .find((name) => name.endsWith('.json.gz'));
  if (entry === undefined) throw new Error('the bag holds no digest');
  return path.join(bag, 'data/digests', entry);
}

const PLANTS: readonly (readonly [string, (bag: string) => void])[] = [
  ['a pipe', (bag) => execFileSync('mkfifo', [path.join(bag, 'data/pipe')])],
  [
    'a pipe in place of the report',
    (bag) => {
      rmSync(path.join(bag, 'report.json.p7s'));
      execFileSync('mkfifo', [path.join(bag, 'report.json.p7s')]);
    },
  ],
  ['a link to a device', (bag) => symlinkSync('/dev/zero', path.join(bag, 'data/zero'))],
  ['a link to a folder', (bag) => symlinkSync('/', path.join(bag, 'data/root'))],
  ['a name of two lines', (bag) => writeFileSync(path.join(bag, 'data/a\nb'), '')],
  ['a name with an escape', (bag) => writeFileSync(path.join(bag, '\u001b[31mred'), '')],
  ['a name that is an option', (bag) => writeFileSync(path.join(bag, '--files0-from=x'), '')],
  ['a name with a command', (bag) => writeFileSync(path.join(bag, 'data/$(touch pwned)'), '')],
  ['a name with quotes, spaces and stars', (bag) => writeFileSync(path.join(bag, 'data/a "b\' *?[x]'), '')],
  ['a gigabyte of a signature', (bag) => sparse(path.join(bag, 'report.json.p7s.tsr'), GIGABYTE)],
  ['a gigabyte of a digest', (bag) => sparse(digestOf(bag), GIGABYTE)],
  ['a gigabyte of a declaration', (bag) => sparse(path.join(bag, 'bagit.txt'), GIGABYTE)],
  ['terabytes', (bag) => sparse(path.join(bag, 'data/more'), 4 * 1024 * GIGABYTE)],
];

describe.skipIf(process.platform === 'win32')('verify.sh', () => {
  test.skipIf(opensslAbsence() !== undefined)('takes the bag as it was', () => {
    expect(runScript([trust, '-', sound])).toMatchObject({ code: 0 });
  });

  test.each(PLANTS)('stops at %s', (_, plant) => {
    const bag = copied();
    plant(bag);
    const began = performance.now();
    const { code, text, conclusion } = runScript([trust, '-', bag]);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(code).toBe(5);
    expect(conclusion).toMatch(/^REFUSED: /);
    // One line of what is wrong, and nothing was read before.
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('FAIL')),
    ).toHaveLength(1);
    expect(text).not.toContain('OK ');
    expect(text).not.toContain('\u001b');
    expect(readdirSync(bag)).not.toContain('pwned');
  });

  test('stops at a socket', async () => {
    const bag = copied();
    const server = createServer();
    await new Promise<void>((ready) => {
      server.listen(path.join(bag, 'data/s'), ready);
    });
    expect(runScript([trust, '-', bag]).code).toBe(5);
    server.close();
  });

  test('ends a digest that inflates without an end', async () => {
    const bag = copied();
    const bomb = createGzip({ level: 9 });
    const pieces: Buffer[] = [];
    bomb.on('data', (piece: Buffer) => pieces.push(piece));
    const ended = new Promise((done) => bomb.on('end', done));
    const zeros = Buffer.alloc(1024 * 1024);
    for (let index = 0; index < 200; index += 1)
      if (!bomb.write(zeros)) await new Promise((go) => bomb.once('drain', go));
    bomb.end();
    await ended;
    writeFileSync(digestOf(bag), Buffer.concat(pieces));
    const { code, text } = runScript([trust, '-', bag]);
    expect(code).toBe(5);
    if (opensslAbsence() === undefined) expect(text).toContain('a digest that inflates beyond all bounds');
  });

  test('a certificate that is a pipe is wrong use', () => {
    const pipe = path.join(temporary, 'pipe.pem');
    execFileSync('mkfifo', [pipe]);
    expect(runScript([pipe, '-', sound])).toMatchObject({ code: 2 });
  });
});

describe.skipIf(process.platform === 'win32')('evidence verify', () => {
  test.each(PLANTS.filter(([name]) => name !== 'terabytes'))('refuses %s', async (_, plant) => {
    const bag = copied();
    plant(bag);
    expect((await checkTestBag(bag)).conclusion).toBe('REFUSED');
  });
});
