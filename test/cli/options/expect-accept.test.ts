import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAcceptFile, readExpectFile } from '../../../src/cli/options/expect-accept.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function expectFile(text: string): string {
  const file = path.join(temporaryFolder(), 'expect.json');
  writeFileSync(file, text);
  return file;
}

const basis = 'expect-file';

describe('readExpectFile', () => {
  test('every combination of accounts, Regions and trails', async () => {
    const document = {
      accounts: ['111122223333', '444455556666'],
      regions: ['us-east-1', 'eu-west-1'],
      trails: ['audit'],
    };
    expect(await readExpectFile(expectFile(JSON.stringify(document)))).toEqual([
      { account: '111122223333', region: 'us-east-1', trail: 'audit', basis },
      { account: '111122223333', region: 'eu-west-1', trail: 'audit', basis },
      { account: '444455556666', region: 'us-east-1', trail: 'audit', basis },
      { account: '444455556666', region: 'eu-west-1', trail: 'audit', basis },
    ]);
  });

  test('an array of both forms, with what is left out meaning any', async () => {
    const document = [{ account: '111122223333', region: 'us-east-1' }, { trails: ['audit'] }];
    expect(await readExpectFile(expectFile(`\uFEFF${JSON.stringify(document)}`))).toEqual([
      { account: '111122223333', region: 'us-east-1', basis },
      { trail: 'audit', basis },
    ]);
  });

  test('an organization with the account that owns its trail, in both forms', async () => {
    const owned = { organization: 'o-exampleorg1', owner: '777788889999' };
    const document = [
      { account: '111122223333', ...owned },
      { trails: ['audit'], ...owned },
    ];
    expect(await readExpectFile(expectFile(JSON.stringify(document)))).toEqual([
      { account: '111122223333', ...owned, basis },
      { trail: 'audit', ...owned, basis },
    ]);
  });

  test.each([
    ['nothing', '', 'is not JSON'],
    ['no JSON', 'accounts: all', 'is not JSON'],
    ['a key twice', '{"accounts":["111122223333"],"accounts":["444455556666"]}', 'names "accounts" twice'],
    ['a name of JavaScript', '{"accounts":["111122223333"],"__proto__":{}}', 'has a field named __proto__'],
    ['an empty array', '[]', 'names nothing'],
    ['an empty object', '{}', 'names nothing'],
    ['an empty list', '{"accounts":[]}', 'accounts: is empty'],
    ['a short account id', '{"accounts":["1234"]}', 'accounts.0: is not an account id'],
    ['a number', '{"accounts":[111122223333]}', 'accounts.0: '],
    ['a misspelt key', '{"acounts":["111122223333"]}', 'acounts'],
    [
      'a bad second entry',
      '[{"account":"111122223333"},{"region":"Mars"}]',
      'entry 2: region: is not a Region',
    ],
    [
      'no organization id',
      '[{"trail":"a","organization":"o-1","owner":"777788889999"}]',
      'organization: is not',
    ],
    ['an owner of nothing', '[{"trail":"a","owner":"777788889999"}]', 'organization and owner go together'],
    ['an owner alone', '{"organization":"o-exampleorg1","owner":"777788889999"}', 'names nothing'],
    ['a string', '"111122223333"', 'is not understood'],
  ])('%s is refused with its place', async (_name, text, why) => {
    const file = expectFile(text);
    await expect(readExpectFile(file)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(why),
      hint: expect.stringContaining('for example'),
    });
    await expect(readExpectFile(file)).rejects.toThrow(file);
  });

  test('a file that is not there', async () => {
    await expect(readExpectFile('/nowhere/expect.json')).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });
});

const GAP = {
  name: 'known gap',
  code: 'CHAIN_RESTARTED',
  chain: '111122223333/*',
  reason: 'the trail was made anew',
  acceptedBy: 'internal audit',
  expires: '2027-01-31',
};

function acceptFile(document: unknown): string {
  const file = path.join(temporaryFolder(), 'accept.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
}

describe('readAcceptFile', () => {
  test('reads entries, a date as its beginning in UTC', async () => {
    const window = { from: '2026-11-02', to: '2026-11-02T14:00:00Z' };
    const second = { ...GAP, name: 'second', object: 's3://b/*', window };
    expect(await readAcceptFile(acceptFile([GAP, second]))).toEqual([
      { ...GAP, expires: '2027-01-31T00:00:00Z' },
      {
        ...second,
        expires: '2027-01-31T00:00:00Z',
        window: { from: '2026-11-02T00:00:00Z', to: '2026-11-02T14:00:00Z' },
      },
    ]);
    expect(await readAcceptFile(acceptFile([]))).toEqual([]);
  });

  test('hands on its bytes', async () => {
    const seen: string[] = [];
    const file = acceptFile([GAP]);
    await readAcceptFile(file, (name, bytes) => seen.push(name, Buffer.from(bytes).toString()));
    expect(seen).toEqual([file, JSON.stringify([GAP])]);
  });

  test.each<[string, unknown, string]>([
    ['no JSON', 'yes', 'is not JSON'],
    ['bytes that are not UTF-8', '[\ud800', 'is not JSON'],
    ['an object', GAP, 'is not a JSON array'],
    ['a key that occurs twice', '[{"expires":"2026-01-01","expires":"2099-01-01"}]', 'names "expires" twice'],
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
    const file = acceptFile(document);
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
