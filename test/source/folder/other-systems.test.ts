/** What a copy rests on where it lies on a drive of Windows: paths of drives, and links that no flag of the system refuses. */
import { constants, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namesBelow } from '../../../src/source/folder/lookup.ts';
import { openForReading, openingRules, ReadPace, readNow } from '../../../src/source/folder/object-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('names below a folder', () => {
  test.each([
    ['C:\\copy', 'C:\\copy\\AWSLogs\\x', ['AWSLogs', 'x']],
    ['E:\\', 'E:\\AWSLogs\\x', ['AWSLogs', 'x']],
    ['E:\\', 'E:\\', ['']],
    ['\\\\server\\share\\', '\\\\server\\share\\AWSLogs', ['AWSLogs']],
    ['C:\\copy', 'C:\\copy2\\AWSLogs', undefined],
    ['C:\\copy', 'D:\\copy\\AWSLogs', undefined],
    ['E:\\', 'EX:\\AWSLogs', undefined],
  ])('of %s: %s', (folder, path, names) => {
    expect(namesBelow(folder, path, '\\')).toEqual(names);
  });

  test('of the root here', () => {
    expect(namesBelow('/', '/AWSLogs/x', '/')).toEqual(['AWSLogs', 'x']);
    expect(namesBelow('/copy', '/copy/a\\b', '/')).toEqual(['a\\b']);
  });
});

describe('a file is opened, and a link is not', () => {
  const windows = openingRules({});
  test('the rules of a system without the flag look first', () => {
    expect(windows).toEqual({ flags: constants.O_RDONLY, looksFirst: true });
    expect(openingRules(constants).looksFirst).toBe(false);
    expect(openingRules(constants).flags & constants.O_NOFOLLOW).not.toBe(0);
  });

  test.each([
    ['with the flag of this system', openingRules(constants)],
    ['where the system has none', windows],
  ])('%s', async (_, rules) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'file'), 'own');
    writeFileSync(join(folder, 'elsewhere'), 'of somebody else');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    const file = await openForReading(join(folder, 'file'), rules);
    expect(await file.readFile('utf8')).toBe('own');
    await file.close();
    await expect(openForReading(join(folder, 'link'), rules)).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(openForReading(join(folder, 'none'), rules)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readNow(join(folder, 'file'), new ReadPace(), rules)?.bytes.toString()).toBe('own');
    expect(readNow(join(folder, 'link'), new ReadPace(), rules)).toBeUndefined();
    expect(readNow(join(folder, 'folder'), new ReadPace(), rules)).toBeUndefined();
  });
});
