/** The folder and the files of the user that are believed: who else could have written in them. */
import { execFileSync } from 'node:child_process';
import { chmodSync, constants, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openOwnFile, whyNotOwn } from '../../../../src/cli/io/signing/own-file.ts';
import { openStateFolder, type Step, weakStep } from '../../../../src/cli/io/signing/own-folder.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const ME = 1000;
const ROOT = 0;
const OTHER = 65534;
const step = (where: string, uid: number, mode: number, isLink = false): Step => ({
  path: where,
  uid,
  mode,
  isLink,
});

describe('the way to a folder', () => {
  const top = [step('/', ROOT, 0o755)];

  test.each<[string, readonly Step[]]>([
    ['of the user, below folders of root', [...top, step('/a', ROOT, 0o755), step('/a/b', ME, 0o700)]],
    ['that others may read', [...top, step('/a', ME, 0o755)]],
    ['of the user in a folder like /tmp', [...top, step('/tmp', ROOT, 0o1777), step('/tmp/a', ME, 0o700)]],
    ['through a link of the user', [...top, step('/a', ME, 0o777, true), step('/b', ME, 0o755)]],
  ])('%s is the own one', (_, steps) => expect(weakStep(steps, ME)).toBeUndefined());

  test.each<[string, readonly Step[], string]>([
    [
      'of another user',
      [...top, step('/a', OTHER, 0o755), step('/a/b', ME, 0o700)],
      "folder /a is another user's",
    ],
    [
      'through a link of another',
      [...top, step('/a', OTHER, 0o777, true), step('/b', ME, 0o755)],
      "link /a is another user's",
    ],
    [
      'in one that all may write',
      [...top, step('/a', ME, 0o777), step('/a/b', ME, 0o700)],
      'folder /a can be written by others',
    ],
    [
      'in one that a group may write',
      [...top, step('/a', ROOT, 0o775), step('/a/b', ME, 0o700)],
      'folder /a can be written by others',
    ],
    [
      'that all may write, sticky or not',
      [...top, step('/a', ME, 0o1777)],
      'folder /a can be written by others',
    ],
    [
      'of another in a folder like /tmp',
      [...top, step('/tmp', ROOT, 0o1777), step('/tmp/a', OTHER, 0o755), step('/tmp/a/b', ME, 0o700)],
      "folder /tmp/a is another user's",
    ],
    [
      'of root in a folder like /tmp',
      [...top, step('/tmp', ROOT, 0o1777), step('/tmp/a', ROOT, 0o755), step('/tmp/a/b', ME, 0o700)],
      "folder /tmp/a is another user's",
    ],
  ])('%s is not', (_, steps, message) => expect(weakStep(steps, ME)?.message).toBe(message));
});

describe('a file', () => {
  const file = { uid: ME, mode: 0o100600, nlink: 1, isFile: () => true };

  test('of the user alone is believed', () => {
    expect(whyNotOwn(file, ME)).toBeUndefined();
    expect(whyNotOwn({ ...file, mode: 0o100644 }, ME)).toBeUndefined();
    // Windows has neither users by number nor modes.
    expect(whyNotOwn({ ...file, uid: 0, mode: 0o100666 }, undefined)).toBeUndefined();
  });

  test.each([
    [{ uid: OTHER }, 'it is a file of another user'],
    [{ uid: ROOT }, 'it is a file of another user'],
    [{ mode: 0o100666 }, 'it can be written by others'],
    [{ mode: 0o100660 }, 'it can be written by others'],
    [{ nlink: 2 }, 'it has another name elsewhere (a hard link)'],
    [{ isFile: () => false }, 'it is no file'],
  ])('with %j is not', (change, why) => expect(whyNotOwn({ ...file, ...change }, ME)).toBe(why));

  test('that is a pipe is refused at once, for reading too', async () => {
    const pipe = path.join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    for (const flags of [constants.O_RDONLY, constants.O_RDWR])
      await expect(openOwnFile(pipe, flags, 0o600)).rejects.toThrow('it is no file');
  });
});

describe('the state folder', () => {
  const open = (state: string) => openStateFolder({ XDG_STATE_HOME: state });

  test('is made, for the user alone', async () => {
    const folder = await open(path.join(temporaryFolder(), 'a', 'state'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.dirname(folder)).mode & 0o777).toBe(0o700);
  });

  test.each([[0o777], [0o775]])('is not one below a folder of mode %o', async (mode) => {
    const state = path.join(temporaryFolder(), "o'state");
    mkdirSync(state);
    chmodSync(state, mode);
    await expect(open(state)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: `folder ${state} can be written by others`,
      hint: `run chmod go-w '${state.replace("'", "'\\''")}', and remove what is there that you do not know`,
    });
    chmodSync(state, 0o1777);
    expect(await open(state)).toBe(path.join(state, 'trail-verify'));
  });

  test('is not one that a link in such a folder leads to', async () => {
    const top = temporaryFolder();
    for (const name of ['open', 'own']) mkdirSync(path.join(top, name));
    chmodSync(path.join(top, 'open'), 0o777);
    symlinkSync('../own', path.join(top, 'open', 'link'));
    symlinkSync('open/link', path.join(top, 'way'));
    await expect(open(path.join(top, 'way'))).rejects.toThrow(
      `${path.join(top, 'open')} can be written by others`,
    );
    chmodSync(path.join(top, 'open'), 0o755);
    expect(await open(path.join(top, 'way'))).toBe(path.join(top, 'way', 'trail-verify'));
  });

  test('is no file', async () => {
    const state = temporaryFolder();
    writeFileSync(path.join(state, 'trail-verify'), '');
    await expect(open(state)).rejects.toThrow('is not a folder');
  });
});
