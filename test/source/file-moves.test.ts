import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { link, rename } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { giveNewName, renameOver } from '../../src/source/file-moves.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

let folder: string;
let partial: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  partial = path.join(folder, 'partial');
  file = path.join(folder, 'file');
  writeFileSync(partial, 'content');
});

describe('a new name', () => {
  const system = { link, rename, platform: 'linux' } as const;

  test.each<readonly [string, typeof link]>([
    ['with hard links', link],
    ['where links are EPERM', failing('EPERM')],
    ['where links are ENOTSUP', failing('ENOTSUP')],
    ['where links are EOPNOTSUPP', failing('EOPNOTSUPP')],
    ['where links are ENOSYS', failing('ENOSYS')],
    ['where links are EISDIR', failing('EISDIR')],
  ])('%s has the content, and the old name stays', async (_, made) => {
    await giveNewName(partial, file, { ...system, link: made });
    expect(readFileSync(file, 'utf8')).toBe('content');
    expect(existsSync(partial)).toBe(true);
  });

  test.each([
    ['with hard links', link],
    ['without', failing('EPERM')],
  ])('%s never replaces what is there', async (_, made) => {
    writeFileSync(file, 'mine');
    await expect(giveNewName(partial, file, { ...system, link: made })).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('is not there where its content cannot be copied', async () => {
    const full = { ...system, link: failing('EPERM'), pour: failing('ENOSPC') };
    await expect(giveNewName(partial, file, full)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(readdirSync(folder)).toEqual(['partial']);
  });

  test('any other error is told', async () => {
    const denied = { ...system, link: failing('EACCES') };
    await expect(giveNewName(partial, file, denied)).rejects.toMatchObject({ code: 'EACCES' });
    expect(readdirSync(folder)).toEqual(['partial']);
  });
});

describe('a rename over a file', () => {
  /** Fails so many times, and then does it. */
  const inUse = (times: number, code: string) => {
    let calls = 0;
    return {
      rename: async (from: string, to: string): Promise<void> => {
        calls += 1;
        if (calls <= times) await failing(code)();
        await rename(from, to);
      },
      get calls() {
        return calls;
      },
    };
  };
  const on = (platform: NodeJS.Platform, made: unknown) =>
    ({ link, rename: made as typeof rename, platform }) as const;

  test.each(['EPERM', 'EACCES', 'EBUSY'])('waits on Windows while it is in use (%s)', async (code) => {
    writeFileSync(file, 'old');
    const busy = inUse(3, code);
    await renameOver(partial, file, on('win32', busy.rename));
    expect(readFileSync(file, 'utf8')).toBe('content');
    expect(busy.calls).toBe(4);
  });

  test('gives up on Windows after a while', async () => {
    const busy = inUse(Number.POSITIVE_INFINITY, 'EBUSY');
    await expect(renameOver(partial, file, on('win32', busy.rename))).rejects.toMatchObject({
      code: 'EBUSY',
    });
    expect(busy.calls).toBe(9);
  });

  test.each([
    ['linux', 'EACCES'],
    ['darwin', 'EPERM'],
    ['win32', 'ENOSPC'],
  ] as const)('tells the error at once: %s, %s', async (platform, code) => {
    const busy = inUse(Number.POSITIVE_INFINITY, code);
    await expect(renameOver(partial, file, on(platform, busy.rename))).rejects.toMatchObject({ code });
    expect(busy.calls).toBe(1);
  });
});
