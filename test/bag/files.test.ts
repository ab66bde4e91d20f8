import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DigestRow,
  escapeForPrintf,
  formatDigestRows,
  formatLogRows,
  type LogRow,
  parseDigestRows,
  parseLogRows,
} from '../../src/bag/rows.ts';
import { tarPieces } from '../../src/bag/tar.ts';
import { bagPath, formatManifest, parseManifest } from '../../src/source/bag/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
const HASH = 'a'.repeat(64);

describe('the place of an object', () => {
  test('is that of its key, where that is portable', () => {
    const ref = { bucket: 'b', key: 'AWSLogs/111122223333/x.json.gz' };
    expect(bagPath('digest', ref)).toBe('data/digests/b/AWSLogs/111122223333/x.json.gz');
    expect(bagPath('log', { bucket: '..', key: '../x' })).toBe('data/logs/=_=2E=2E/=_=2E=2E/=_x.object');
  });

  test('is one that a manifest may name, for any key', () => {
    fc.assert(
      fc.property(key, key, (bucket, name) => {
        const file = bagPath('log', { bucket, key: name });
        expect(file).toMatch(/^data\/logs\/[A-Za-z0-9._=+@%~/-]+$/);
        expect(parseManifest(formatManifest(new Map([[file, HASH]])), 'payload')).toEqual(
          new Map([[file, HASH]]),
        );
      }),
    );
  });

  test('is its own, and never above another', () => {
    const segment = fc.constantFrom(
      'a',
      'a.json.gz',
      'a.json.gz.sig',
      '%_a',
      'é',
      '',
      'a.object',
      '..',
      'A b',
    );
    const ref = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(ref, ref, (left, right) => {
        fc.pre(left !== right);
        const [one, two] = [left, right].map((text) => bagPath('log', { bucket: 'b', key: text }));
        expect(one).not.toBe(two);
        expect(two?.startsWith(`${one}/`)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a manifest', () => {
  test.each([
    ['', 'does not end with a line end'],
    [`${HASH}  data/x`, 'does not end with a line end'],
    [`${HASH} data/x\n`, 'has a line 1 that is none'],
    [`${HASH}  data/../x\n`, 'has a line 1 that is none'],
    [`${HASH}  data/..\n`, 'has a line 1 that is none'],
    [`${HASH}  /etc/passwd\n`, 'has a line 1 that is none'],
    [`${HASH}  data//x\n`, 'has a line 1 that is none'],
    [`${HASH}  data/%0A\n`, 'has a line 1 that is none'],
    [`${HASH}  report.json\n`, 'has a line 1 that is none'],
    [`${HASH.toUpperCase()}  data/x\n`, 'has a line 1 that is none'],
    [`${HASH}  data/x\n${HASH}  data/x\n`, 'names a file twice, in line 2'],
  ])('%j is none', (text, problem) => {
    expect(parseManifest(text, 'payload')).toBe(problem);
  });
});

describe('rows', () => {
  const row: DigestRow = {
    file: 'data/digests/b/x.json.gz',
    outcome: 'valid',
    counted: true,
    proof: 'own-signature',
    fingerprint: 'ff',
    end: '2026-10-05T10:12:37Z',
    place: 'b/x.json.gz',
    sha256: HASH,
    previousSignature: 'null',
    previousSha256: undefined,
    previousFile: undefined,
    successorFile: undefined,
    chain: 'c',
  };

  test('are read as they were written, with any key in them', () => {
    fc.assert(
      fc.property(key, (text) => {
        const digests = [row, { ...row, place: `b/${Buffer.from(text).toString()}`, counted: false }];
        expect(parseDigestRows(formatDigestRows(digests))).toEqual(digests);
        const log: LogRow = { ...row, digestFile: row.file, bucket: 'b', key: text, sha256: HASH };
        const [read] = parseLogRows(formatLogRows([log])) ?? [];
        expect(read).toMatchObject({ bucket: 'b', key: text, sha256: HASH });
      }),
    );
  });

  test('are none where a column is missing, too many or of no known value', () => {
    const text = formatDigestRows([row]);
    expect(parseDigestRows(text.replace(/\tc\n/, '\n'))).toBeUndefined();
    expect(parseDigestRows(text.replace(/\tc\n/, '\tc\td\n'))).toBeUndefined();
    expect(parseDigestRows(text.replace('\tvalid\t', '\tgood\t'))).toBeUndefined();
    expect(parseDigestRows(text.replace('\tyes\t', '\tmaybe\t'))).toBeUndefined();
    expect(parseDigestRows(text.slice(0, -1))).toBeUndefined();
    expect(parseLogRows(text)).toBeUndefined();
  });

  test('give a shell back the bytes that were signed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (text) => {
        fc.pre(!text.includes('\0'));
        const printed = execFileSync('sh', ['-c', 'printf %b "$1"', 'sh', escapeForPrintf(text)]);
        expect(printed.equals(Buffer.from(text))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a tar archive', () => {
  const entry = (name: string, text: string): Parameters<typeof tarPieces>[0][number] => ({
    path: name,
    size: Buffer.byteLength(text),
    content: async function* () {
      yield Buffer.from(text);
    },
  });

  async function collect(pieces: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return all;
  }

  test('is unpacked by tar, with names of any length', async () => {
    const folder = temporaryFolder();
    const long = `${'folder/'.repeat(30)}${'name'.repeat(40)}`;
    const entries = [entry('b/empty', ''), entry(long, 'x'.repeat(513)), entry('a', 'text\n')];
    const pieces = await collect(tarPieces(entries));
    const again = await collect(tarPieces([...entries].reverse()));
    expect(Buffer.concat(again).equals(Buffer.concat(pieces))).toBe(true);
    writeFileSync(path.join(folder, 'x.tar'), Buffer.concat(pieces));
    const list = execFileSync('tar', ['-tf', 'x.tar'], { cwd: folder, encoding: 'utf8' });
    expect(list.trim().split('\n')).toEqual(['a', 'b/empty', long]);
    const out = mkdtempSync(path.join(folder, 'out-'));
    execFileSync('tar', ['-xf', path.join(folder, 'x.tar')], { cwd: out });
    expect(execFileSync('cat', [long], { cwd: out, encoding: 'utf8' })).toBe('x'.repeat(513));
  });

  test('is refused where a file is not as long as it was', async () => {
    const wrong = { ...entry('a', 'text'), size: 3 };
    await expect(collect(tarPieces([wrong]))).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
