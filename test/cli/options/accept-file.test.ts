import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAcceptFile } from '../../../src/cli/options/expect-accept.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const GAP = {
  name: 'known gap',
  code: 'CHAIN_RESTARTED',
  chain: '111122223333/*',
  reason: 'the trail was made anew',
  acceptedBy: 'internal audit',
  expires: '2027-01-31',
};

function fileOf(document: unknown): string {
  const file = path.join(temporaryFolder(), 'accept.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
}

describe('readAcceptFile', () => {
  test('reads entries, a date as its beginning in UTC', async () => {
    const window = { from: '2026-11-02', to: '2026-11-02T14:00:00Z' };
    const second = { ...GAP, name: 'second', object: 's3://b/*', window };
    expect(await readAcceptFile(fileOf([GAP, second]))).toEqual([
      { ...GAP, expires: '2027-01-31T00:00:00Z' },
      {
        ...second,
        expires: '2027-01-31T00:00:00Z',
        window: { from: '2026-11-02T00:00:00Z', to: '2026-11-02T14:00:00Z' },
      },
    ]);
    expect(await readAcceptFile(fileOf([]))).toEqual([]);
  });

  test('hands on its bytes', async () => {
    const seen: string[] = [];
    const file = fileOf([GAP]);
    await readAcceptFile(file, (name, bytes) => seen.push(name, Buffer.from(bytes).toString()));
    expect(seen).toEqual([file, JSON.stringify([GAP])]);
  });

  test.each<[string, unknown, string]>([
    ['no JSON', 'yes', 'is not JSON'],
    ['bytes that are not UTF-8', '[\ud800', 'is not JSON'],
    ['an object', GAP, 'is not a JSON array'],
    ['a key that stands twice', '[{"expires":"2026-01-01","expires":"2099-01-01"}]', 'names "expires" twice'],
    ['a code there is not', [{ ...GAP, code: 'CHAIN_BROKEN' }], 'there is no finding code "CHAIN_BROKEN"'],
    ['a violation', [{ ...GAP, code: 'LOG_MODIFIED' }], 'LOG_MODIFIED cannot be accepted'],
    ['a run that proved nothing', [{ ...GAP, code: 'NOTHING_VERIFIED' }], 'NOTHING_VERIFIED cannot be'],
    ['nothing named', [{ ...GAP, chain: undefined }], 'names neither object nor chain nor window'],
    ['everything', [{ ...GAP, chain: '**' }], 'entry 1: chain: names nothing'],
    ['an empty window', [{ ...GAP, window: {} }], 'window: has neither from nor to'],
    [
      'a window backwards',
      [{ ...GAP, window: { from: '2026-11-03', to: '2026-11-02' } }],
      'ends before it begins',
    ],
    ['no reason', [{ ...GAP, reason: ' ' }], 'reason: is empty'],
    ['no name', [{ ...GAP, name: undefined }], 'entry 1: name'],
    ['nobody who accepts', [{ ...GAP, acceptedBy: undefined }], 'acceptedBy'],
    ['no expiry', [{ ...GAP, expires: undefined }], 'entry 1: expires'],
    [
      'a day there is not',
      [{ ...GAP, expires: '2027-02-30' }],
      'expires: is a day or time that there is not',
    ],
    ['a time of no zone', [{ ...GAP, expires: '2027-01-31T10:00:00' }], 'expires: is no date'],
    ['a field of its own', [{ ...GAP, weight: 'note' }], 'weight'],
    ['one name twice', [GAP, GAP], 'calls two entries "known gap"'],
    ['an escape sequence', [{ ...GAP, name: '\u001b[2J' }], 'name: is empty or holds a control character'],
  ])('refuses %s', async (_name, document, why) => {
    const file = fileOf(document);
    await expect(readAcceptFile(file)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(why),
    });
    await expect(readAcceptFile(file)).rejects.toThrow(file);
  });

  test('a file that is not there', async () => {
    await expect(readAcceptFile('/nowhere/accept.json')).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });
});
