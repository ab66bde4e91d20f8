/** A file's time goes forward in steps: a mark is taken when the step of its last change is over. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type BigIntStats, statfsSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { flushedStatus, markOf, settledStatus } from '../../src/events/file-marks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** How often a file is looked at whose last change was then (milliseconds), asked at each look. */
async function looksAt(changed: () => number): Promise<number> {
  let looks = 0;
  await settledStatus(async () => {
    looks += 1;
    const time = BigInt(changed());
    return { ctimeMs: time, ctimeNs: time * 1_000_000n } as BigIntStats;
  });
  return looks;
}

/** That time, if it is no whole second: such a time would be a coarse one. */
const fine = (time: number): number => (time % 1000 === 0 ? time - 1 : time);

test('what was changed long ago is looked at once, and what was changed just now again', async () => {
  expect(await looksAt(() => fine(Date.now() - 5000))).toBe(1);
  let first: number | undefined;
  // At the first look, for until then time goes by.
  expect(await looksAt(() => (first ??= fine(Date.now())))).toBe(2);
  const second = Math.floor(Date.now() / 1000) * 1000;
  expect(await looksAt(() => second)).toBe(2);
});

test('what has another clock, or is changed again and again, is not waited for', async () => {
  expect(await looksAt(() => fine(Date.now() + 60_000))).toBe(1);
  expect(await looksAt(() => fine(Date.now()))).toBe(3);
});

test('two changes of one size are two marks', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, 'one');
  const look = async (): Promise<BigIntStats> => statSync(file, { bigint: true });
  const before = markOf(await settledStatus(look));
  expect(markOf(await look())).toBe(before);
  writeFileSync(file, 'two');
  expect(markOf(await look())).not.toBe(before);
});

/** Maps a file and writes to it at once, so that its page need not be asked for again, and a second time when a line comes in. */
const MAPPED_WRITES = `
import mmap, sys
with open(sys.argv[1], 'r+b') as file:
    page = mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED)
    page[0:1] = page[0:1]
    for word in ('mapped', 'written'):
        print(word, flush=True)
        if word == 'mapped':
            sys.stdin.readline()
            page[0:1] = b'x'
`;
const TMPFS = 0x01021994;

function mappingAbsence(): string | undefined {
  if (statfsSync(tmpdir()).type === TMPFS) return 'the temporary folder is in memory, where no time shows it';
  return spawnSync('python3', ['-c', 'import mmap']).status === 0 ? undefined : 'there is no python3';
}

const noMapping = mappingAbsence();
if (noMapping !== undefined) console.warn(`writes to a mapped file are not tried: ${noMapping}`);

test.skipIf(noMapping !== undefined)(
  'a write to a file that was mapped and written before shows',
  async () => {
    const file = path.join(temporaryFolder(), 'file');
    writeFileSync(file, 'content');
    const writer = spawn('python3', ['-c', MAPPED_WRITES, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(writer, 'exit');
    const handle = await open(file);
    try {
      await once(writer.stdout, 'data');
      const before = markOf(await flushedStatus(handle));
      expect(markOf(await handle.stat({ bigint: true }))).toBe(before);
      writer.stdin.end('go\n');
      await once(writer.stdout, 'data');
      expect(markOf(await handle.stat({ bigint: true }))).not.toBe(before);
    } finally {
      writer.kill();
      await ended;
      await handle.close();
    }
  },
);
