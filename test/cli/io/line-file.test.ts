import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type LineFile, openInventoryFile } from '../../../src/cli/io/line-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function textOf(file: LineFile, chain: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.read(chain)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** So many lines of a chain, each of about 100 characters and unlike any other. */
function linesOf(chain: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const noise = createHash('sha256').update(`${chain} ${at}`).digest('hex');
    return `{"chain":"${chain}","at":${at},"noise":"${noise}"}\n`;
  });
}

describe('the inventory file', () => {
  test('gives back each chain in order, from memory where it is small', async () => {
    const folder = temporaryFolder();
    const file = openInventoryFile(folder);
    for (const [at, line] of linesOf('a', 5).entries()) {
      await file.append('a', line);
      await file.append('b', `${at}\n`);
    }
    expect(await textOf(file, 'a')).toBe(linesOf('a', 5).join(''));
    expect(await textOf(file, 'b')).toBe('0\n1\n2\n3\n4\n');
    expect(await textOf(file, 'c')).toBe('');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('holds lines, and not the buffers that they are parts of', async () => {
    const file = openInventoryFile(temporaryFolder());
    const shared = Buffer.alloc(1_000);
    for (const [at, line] of linesOf('a', 50).entries()) {
      shared.fill('x');
      const end = shared.write(line, at);
      await file.append('a', shared.subarray(at, end + at));
    }
    expect(await textOf(file, 'a')).toBe(linesOf('a', 50).join(''));
  });

  test('keeps large chains in a file, many of them at once, and holds some megabytes at most', async () => {
    const folder = temporaryFolder();
    const file = openInventoryFile(folder);
    const chains = Array.from({ length: 300 }, (_, at) => `chain ${at}`);
    // 300 chains of 60 kB each stay below one block, and are 18 MB together.
    const lines = new Map(chains.map((chain) => [chain, linesOf(chain, 600)]));
    for (let at = 0; at < 600; at += 1)
      for (const chain of chains) await file.append(chain, lines.get(chain)?.[at] ?? '');
    for (const line of linesOf('large', 3000)) await file.append('large', line);
    expect(readdirSync(folder).length).toBe(1);
    for (const chain of chains) expect(await textOf(file, chain)).toBe(lines.get(chain)?.join(''));
    expect(await textOf(file, 'large')).toBe(linesOf('large', 3000).join(''));
    await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('writes the same bytes however its lines come in pieces, and leaves nothing else', async () => {
    const whole = linesOf('a', 5000).join('');
    const written: Buffer[] = [];
    for (const piece of [100, 65_536, 1_000_000]) {
      const folder = temporaryFolder();
      const file = openInventoryFile(folder);
      for (const line of linesOf('a', 5000)) await file.append('a', line);
      await file.write(
        (async function* () {
          for (let at = 0; at < whole.length; at += piece) yield Buffer.from(whole.slice(at, at + piece));
        })(),
      );
      expect(readdirSync(folder)).toEqual([file.name]);
      written.push(readFileSync(join(folder, file.name)));
    }
    expect(gunzipSync(written[0] ?? Buffer.of()).toString()).toBe(whole);
    for (const bytes of written) expect(bytes.equals(written[0] ?? Buffer.of())).toBe(true);
  });

  test('says so where it cannot be written, or was changed in between', async () => {
    const folder = temporaryFolder();
    const gone = openInventoryFile(join(folder, 'nowhere'));
    await expect(gone.append('a', 'x'.repeat(70_000))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('inventory.jsonl.gz could not be written'),
    });
    await expect(gone.write((async function* () {})())).rejects.toMatchObject({ code: 'INTERNAL' });
    const file = openInventoryFile(folder);
    await file.append('a', 'x'.repeat(70_000));
    const [spool = ''] = readdirSync(folder);
    chmodSync(join(folder, spool), 0o600);
    writeFileSync(join(folder, spool), 'short');
    await expect(textOf(file, 'a')).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(file.write(file.read('a'))).rejects.toMatchObject({ code: 'INTERNAL' });
    await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });
});
