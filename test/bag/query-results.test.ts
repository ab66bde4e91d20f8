/** Query results in bags that were changed by somebody who makes the manifests anew: each fault is named by the tool and by the script. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lakeTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { renderBagCheck } from '../../src/bag/check.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { flipContentBit } from '../support/damage.ts';
import {
  AUDITOR,
  certificateFile,
  changeFile,
  checkTestBag,
  copyBag,
  filesOf,
  makeBag,
  remakeManifest,
} from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { testKey } from '../support/test-keys.ts';
import { signedFields } from '../support/test-lake.ts';
import { runScript } from '../support/verify-script.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-lake-bag-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const trust = certificateFile(temporary, AUDITOR);
const noOpenssl = opensslAbsence();
if (noOpenssl !== undefined) console.warn(`verify.sh is not tried: ${noOpenssl}`);
const SEALED = path.join(temporary, 'sealed');
const WITHOUT = path.join(temporary, 'without');

beforeAll(async () => {
  const { store, trail } = lakeTrail();
  await makeBag(SEALED, scenarioOf(store, trail), { includeLogs: true });
  await makeBag(WITHOUT, scenarioOf(store, trail));
});

function fileOf(folder: string, pattern: RegExp): string {
  const found = filesOf(folder).find((file) => pattern.test(file));
  if (found === undefined) throw new Error(`the bag has no ${pattern.source}`);
  return found;
}

/** Makes the payload manifest anew, and names it in the report. */
function nameAnew(folder: string): void {
  remakeManifest(folder, 'manifest-sha256.txt');
  let manifest = '';
  changeFile(folder, 'manifest-sha256.txt', (bytes) => {
    manifest = sha256(bytes);
    return bytes;
  });
  changeFile(folder, 'report.json', (report) =>
    Buffer.from(report.toString().replace(/("payloadManifestSha256": ")[0-9a-f]+/, `$1${manifest}`)),
  );
  remakeManifest(folder, 'tagmanifest-sha256.txt');
}

/** The faults of a bag that was changed so, by both checks, but for those of its signature. */
async function faults(
  change: (folder: string) => void,
  of = SEALED,
): Promise<{ readonly tool: readonly string[]; readonly script: readonly string[] }> {
  const folder = copyBag(of);
  change(folder);
  nameAnew(folder);
  const isOfQueries = (line: string): boolean =>
    /lake\/|sign-files|results\.tsv|signed query|valid result/.test(line);
  const { problems } = await checkTestBag(folder);
  const tool = problems.map(({ text }) => text).filter(isOfQueries);
  const script = noOpenssl === undefined ? runScript([trust, '-', folder]).text.split('\n') : [];
  return {
    tool: tool.toSorted(),
    script: script
      .filter((line) => line.startsWith('FAIL') && isOfQueries(line))
      .map((line) => line.slice(6))
      .toSorted(),
  };
}

const SIGN_FILE = /lake\/.*result_sign\.json$/;
const RESULT = /lake\/.*result_1\.csv\.gz$/;
const edit = (file: string | RegExp, change: (text: string) => string) => (folder: string) =>
  changeFile(folder, typeof file === 'string' ? file : fileOf(folder, file), (bytes) =>
    Buffer.from(change(bytes.toString('latin1')), 'latin1'),
  );
const remove = (file: string | RegExp) => (folder: string) =>
  rmSync(path.join(folder, typeof file === 'string' ? file : fileOf(folder, file)));

describe('as it was made', () => {
  test('it is VALID by both, with its results', async () => {
    const check = await checkTestBag(SEALED);
    expect(check).toMatchObject({
      conclusion: 'VALID',
      queries: { signFiles: 1, proven: 1, results: { checked: 2, agreeing: 2 }, contradicting: 0 },
    });
    expect(renderBagCheck(check)).toContain(
      "1 sign file of query results: 1 proven by AWS's signatures\n      2 query results: 2 as their sign files list them\n",
    );
    if (noOpenssl === undefined) expect(runScript([trust, '-', SEALED]).code).toBe(0);
  });

  test('it is VALID by both, with its sign file alone', async () => {
    const check = await checkTestBag(WITHOUT);
    expect(check).toMatchObject({ conclusion: 'VALID', queries: { proven: 1, results: undefined } });
    expect(renderBagCheck(check)).toContain('no query results: what the report says of them rests on');
    if (noOpenssl === undefined) expect(runScript([trust, '-', WITHOUT]).code).toBe(0);
  });

  test('what it says against AWS counts as such', async () => {
    const folder = path.join(temporary, 'invalid');
    const scenario = (await loadScenario('lake-signature-invalid')).build();
    flipContentBit(scenario.store, {
      bucket: 'example-trail-logs',
      key: 'AWSLogs/111122223333/CloudTrail-Lake/Query/2026/10/05/7b1b0a8a-1111-2222-3333-444455556666/result_2.csv.gz',
    });
    await makeBag(folder, scenario, { includeLogs: true });
    expect(await checkTestBag(folder)).toMatchObject({
      conclusion: 'INVALID',
      problems: [],
      queries: { proven: 0, results: { checked: 2, agreeing: 1 }, contradicting: 2 },
    });
    if (noOpenssl === undefined) expect(runScript([trust, '-', folder]).code).toBe(1);
  });
});

describe('what was changed is named', () => {
  const OTHER = signedFields({
    hashes: ['ab'.repeat(32)],
    names: ['result_1.csv.gz'],
    region: 'us-east-1',
    completed: '2026-10-05T10:12:37Z',
    key: testKey('us-east-1-2026-10-02'),
  });
  test.each<[string, (folder: string) => void, readonly RegExp[]]>([
    [
      'a result',
      edit(RESULT, (text) => `${text}x`),
      [/^not as it was listed, though the report calls it valid: /],
    ],
    [
      'the list of another set, signed by AWS',
      edit(SIGN_FILE, () => JSON.stringify(OTHER)),
      [/sign-files\.tsv says/, /signature is not the one next to it/],
    ],
    [
      'a hash in the sign file',
      edit(SIGN_FILE, (text) => text.replace(/(fileHashValue": ")../, '$1ff')),
      [/sign-files\.tsv says/, /AWS's signature does not verify/],
    ],
    ['the signature', edit(/result_sign\.json\.sig$/, (text) => `x${text.slice(1)}`), [/next to it/]],
    ['a sign file that is gone', remove(SIGN_FILE), [/^missing: data\/lake\/.*result_sign\.json$/]],
    ['a result that is gone', remove(RESULT), [/^missing: data\/lake\/.*result_1\.csv\.gz$/]],
    ['the table of sign files', remove('data/sign-files.tsv'), [/^there is no data\/sign-files\.tsv$/]],
    [
      'rows of results',
      edit('data/results.tsv', (text) => text.replace(/\n.*\n/, '\n')),
      [/^a file that no table of query results names: /, /counts 2 valid result files, and the bag holds 1$/],
    ],
    [
      'a row of a sign file that proves nothing',
      edit('data/sign-files.tsv', (text) => text.replace('own-signature', 'none')),
      [/^valid without a proof: /, /counts 1 signed query results, and the bag holds 0$/],
    ],
    [
      'a hash in the table of results',
      edit('data/results.tsv', (text) => text.replace(/\t[0-9a-f]{64}\t/, `\t${'ab'.repeat(32)}\t`)),
      [/^no sign file lists it as data\/results\.tsv says: /, /^not as it was listed/],
    ],
  ])('%s', async (_, change, expected) => {
    const { tool, script } = await faults(change);
    for (const pattern of expected) {
      expect(tool.join('\n')).toMatch(new RegExp(pattern.source, 'm'));
      // The script has its own words for one of them.
      const words = pattern.source.replace('sign-files\\.tsv says', 'sign-files\\.tsv says');
      if (noOpenssl === undefined) expect(script.join('\n')).toMatch(new RegExp(words, 'm'));
    }
  });

  test.each([
    ['data/sign-files.tsv', 'x\n'],
    ['data/sign-files.tsv', '# file\toutcome\tproof\tfingerprint\thashes\ndata/lake/x\tgood\tnone\t-\t-\n'],
    [
      'data/sign-files.tsv',
      '# file\toutcome\tproof\tfingerprint\thashes\ndata/lake/x\tvalid\tperhaps\t-\t-\n',
    ],
    ['data/sign-files.tsv', '# file\toutcome\tproof\tfingerprint\thashes\ndata/lake/x\n'],
    ['data/results.tsv', '# file\toutcome\tsha256\tsign file\ndata/lake/x\tvalid\n'],
    ['data/results.tsv', '# file\toutcome\tsha256\tsign file\ndata/lake/x\tgood\tx\tx\n'],
  ])('%s that is none: %j', async (file, text) => {
    const { tool } = await faults(edit(file, () => text));
    expect(tool).toEqual([`${file} cannot be read`]);
  });

  test('a row that leads elsewhere is none for the script', async () => {
    if (noOpenssl !== undefined) return;
    const rows = await faults(
      edit('data/sign-files.tsv', (text) => text.replace('data/lake/', 'data/../lake/')),
    );
    expect(rows.script).toContain('data/sign-files.tsv has a line that is none');
    const results = await faults(
      edit('data/results.tsv', (text) => text.replaceAll('data/lake/', 'data/logs/')),
    );
    expect(results.script).toContain('data/results.tsv has a line that is none');
  });

  test('a bag without any of them, where the report names signed ones', async () => {
    const { tool, script } = await faults((folder) => {
      rmSync(path.join(folder, 'data/sign-files.tsv'));
      rmSync(path.join(folder, 'data/lake'), { recursive: true });
    }, WITHOUT);
    expect(tool).toEqual(['there is no data/sign-files.tsv']);
    if (noOpenssl === undefined) expect(script).toContain('there is no data/sign-files.tsv');
  });
});
