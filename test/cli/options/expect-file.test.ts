import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readExpectFile } from '../../../src/cli/options/expect-accept.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function fileOf(text: string): string {
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
    expect(await readExpectFile(fileOf(JSON.stringify(document)))).toEqual([
      { account: '111122223333', region: 'us-east-1', trail: 'audit', basis },
      { account: '111122223333', region: 'eu-west-1', trail: 'audit', basis },
      { account: '444455556666', region: 'us-east-1', trail: 'audit', basis },
      { account: '444455556666', region: 'eu-west-1', trail: 'audit', basis },
    ]);
  });

  test('an array of both forms, with what is left out meaning any', async () => {
    const document = [{ account: '111122223333', region: 'us-east-1' }, { trails: ['audit'] }];
    expect(await readExpectFile(fileOf(`\uFEFF${JSON.stringify(document)}`))).toEqual([
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
    expect(await readExpectFile(fileOf(JSON.stringify(document)))).toEqual([
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
    const file = fileOf(text);
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
