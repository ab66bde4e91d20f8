/** A corroboration in a bag that somebody changes, who makes the manifest of it anew: each fault is named by the tool and by the script. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BagCheck, bagConclusion, renderBagCheck } from '../../src/bag/check.ts';
import { addWitnessToBag } from '../../src/cli/io/witness/into-bag.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { requestTimestamp } from '../../src/pki/timestamp.ts';
import { openBag } from '../../src/source/bag/bag-source.ts';
import { bagFolder } from '../../src/source/bag/index.ts';
import { LACKING, lackingTrail, recoveredLine, writeCorroboration } from '../support/corroboration-files.ts';
import {
  AUDITOR,
  certificateFile,
  changeFile,
  checkTestBag,
  copyBag,
  makeBag,
  remakeManifest,
  TIME,
} from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { signFile } from '../support/sign-file.ts';
import { type TestParty, testParty } from '../support/test-certificates.ts';
import { testAnswer } from '../support/test-timestamp.ts';
import { runScript, type ScriptResult, SHELLS } from '../support/verify-script.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-witness-bag-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const trust = certificateFile(temporary, AUDITOR);
const noOpenssl = opensslAbsence();
if (noOpenssl !== undefined) console.warn(`verify.sh is not tried: ${noOpenssl}`);
const BAG = path.join(temporary, 'bag');
const SIGNED = path.join(temporary, 'signed');
const UNSIGNED = path.join(temporary, 'unsigned');
const DOCUMENT = 'witness/corroboration.json';
const RECOVERED = 'witness/recovered.jsonl';
const UNLOGGED = 'witness/unlogged.jsonl';
const CHAIN = '111122223333/us-east-1/audit@us-east-1';
const LINES = [
  recoveredLine(CHAIN, '2026-10-05T10:10:00Z'),
  recoveredLine(CHAIN, '2026-10-05T10:20:00Z', { eventName: 'StopLogging' }),
];

/** A folder as `corroborate` writes it, about the report of the bag. */
function corroboration(
  name: string,
  report: Uint8Array = readFileSync(path.join(BAG, 'report.json')),
): string {
  const folder = path.join(temporary, name);
  writeCorroboration(folder, report, [...LINES, recoveredLine(CHAIN, '2026-10-05T12:30:00Z')]);
  return folder;
}

const sign = (folder: string, party: TestParty = AUDITOR): Promise<void> =>
  signFile(path.join(folder, 'corroboration.json'), party);

async function stamp(folder: string): Promise<void> {
  const file = path.join(folder, 'corroboration.json.p7s');
  const post = async (_url: string, body: Uint8Array) => testAnswer(body, TIME);
  writeFileSync(`${file}.tsr`, (await requestTimestamp(readFileSync(file), { url: 'test', post })).file);
}

const add = (bag: string, from: string) => addWitnessToBag(bagFolder(bag), bag, from);

beforeAll(async () => {
  await makeBag(BAG, lackingTrail(), { includeLogs: true });
  const unsigned = corroboration('unsigned-answer');
  const signed = corroboration('signed-answer');
  await sign(signed);
  for (const [bag, from] of [
    [UNSIGNED, unsigned],
    [SIGNED, signed],
  ] as const) {
    cpSync(BAG, bag, { recursive: true });
    await add(bag, from);
  }
});

/** What both checks say of a bag; they must come to one conclusion. */
async function both(
  bag: string,
): Promise<{ readonly check: BagCheck; readonly script: ScriptResult | undefined }> {
  const check = await checkTestBag(bag);
  const script = noOpenssl === undefined ? runScript([trust, '-', bag]) : undefined;
  if (script !== undefined) expect(script.conclusion).toBe(bagConclusion(check));
  return { check, script };
}

/** A copy of a bag that was changed, with the manifest that is not signed made to fit. */
function changed(of: string, change: (bag: string) => void): string {
  const bag = copyBag(of);
  change(bag);
  remakeManifest(bag, 'tagmanifest-sha256.txt');
  return bag;
}

/** Both refuse the bag, with a line that has these words. */
async function expectRefused(bag: string, words: string, inScript = words): Promise<void> {
  const { check, script } = await both(bag);
  expect(check.conclusion).toBe('REFUSED');
  expect(renderBagCheck(check)).toContain(`FAIL  ${words}`);
  if (script === undefined) return;
  expect(script.code).toBe(5);
  expect(script.text).toContain(`FAIL  ${inScript}`);
}

describe('as it was put into the bag', () => {
  test('signed, it is genuine by both, and said to be no part of the verdict', async () => {
    const { check, script } = await both(SIGNED);
    expect(check).toMatchObject({ conclusion: LACKING, problems: [], uncovered: [] });
    expect(check.witness).toMatchObject({ recovered: 2, unlogged: 1 });
    const text = renderBagCheck(check);
    expect(text).toContain(
      `      ${DOCUMENT} as CN=Auditor, O=Example (certificate SHA-256 ${AUDITOR.certificate.fingerprint}) signed it\n      what a witness said of the report: 2 recovered events, 1 unlogged; AWS's word over TLS, not signed by AWS, and never part of the verdict\n`,
    );
    if (script === undefined) return;
    expect(script.code).toBe(1);
    expect(script.text).toContain(`OK    ${DOCUMENT} as O=Example,CN=Auditor (certificate SHA-256`);
    expect(script.text).toContain('not signed by AWS, and never part of the verdict\n');
    expect(script.text).toMatch(/NOTE {2}not covered by the signature: .*, witness\/README\.md\n/);
  });

  test('unsigned, both say so, and name its files among those that nothing covers', async () => {
    const { check, script } = await both(UNSIGNED);
    expect(check).toMatchObject({
      conclusion: LACKING,
      problems: [],
      uncovered: [DOCUMENT, RECOVERED, UNLOGGED],
    });
    for (const text of [renderBagCheck(check), script?.text ?? '']) {
      if (text === '') continue;
      expect(text).toContain(`NOTE  ${DOCUMENT} is not signed\n`);
      expect(text).toMatch(new RegExp(`NOTE {2}not covered .*${DOCUMENT}, ${RECOVERED}, ${UNLOGGED}\n`));
    }
  });

  test('changes nothing else in the bag', () => {
    for (const name of readdirSync(BAG, { recursive: true, encoding: 'utf8' })) {
      if (name === 'tagmanifest-sha256.txt' || !existsSync(path.join(SIGNED, name))) continue;
      if (name.includes('.'))
        expect(readFileSync(path.join(SIGNED, name))).toEqual(readFileSync(path.join(BAG, name)));
    }
    const before = readFileSync(path.join(BAG, 'tagmanifest-sha256.txt'), 'utf8').trimEnd().split('\n');
    const after = readFileSync(path.join(SIGNED, 'tagmanifest-sha256.txt'), 'utf8').trimEnd().split('\n');
    expect(after.filter((line) => !before.includes(line)).map((line) => line.slice(66))).toEqual([
      'witness/README.md',
      DOCUMENT,
      `${DOCUMENT}.p7s`,
      RECOVERED,
      UNLOGGED,
    ]);
    expect(before.every((line) => after.includes(line))).toBe(true);
  });

  test('its text says what it is worth and how it is checked, and so does VERIFY.md', () => {
    const text = readFileSync(path.join(SIGNED, 'witness/README.md'), 'utf8');
    expect(text).toContain("AWS's word over TLS, not signed by AWS, and never part of the verdict");
    expect(text).toContain(sha256(readFileSync(path.join(SIGNED, DOCUMENT))));
    expect(text).toContain(sha256(readFileSync(path.join(SIGNED, 'report.json'))));
    expect(readFileSync(path.join(BAG, 'VERIFY.md'), 'utf8')).toContain(
      "AWS's word over TLS, not signed by AWS",
    );
  });

  test.skipIf(noOpenssl !== undefined)('the commands of its text prove it', () => {
    const text = readFileSync(path.join(SIGNED, 'witness/README.md'), 'utf8');
    const commands = text.split('\n').filter((line) => /^ {4}(?:openssl|sha256sum|grep) /.test(line));
    expect(commands).toHaveLength(3);
    const [signature = '', ...hashes] = commands.map((line) => line.trim().replace('SIGNER.pem', trust));
    const run = (command: string, cwd = path.join(SIGNED, 'witness')) =>
      spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
    expect(run(signature).status).toBe(0);
    const other = changed(SIGNED, (bag) => changeFile(bag, DOCUMENT, (bytes) => Buffer.from(`${bytes} `)));
    expect(run(signature, path.join(other, 'witness')).status).not.toBe(0);
    const [found = '', named = ''] = hashes.map((command) => run(command).stdout);
    const ofFiles = found.match(/[0-9a-f]{64}/g);
    expect(ofFiles).toHaveLength(3);
    for (const hash of ofFiles ?? []) expect(named).toContain(`"sha256": "${hash}"`);
  });

  test('the bag is a target still', async () => {
    expect(await openBag(SIGNED)).toMatchObject({ kind: 'bag' });
  });

  test.skipIf(noOpenssl !== undefined)('each shell says the same', () => {
    for (const shell of SHELLS) {
      expect(runScript([trust, '-', SIGNED], shell as [string, ...string[]])).toMatchObject({ code: 1 });
      expect(runScript([trust, '-', UNSIGNED], shell as [string, ...string[]])).toMatchObject({ code: 1 });
    }
  });
});

describe('the signer is judged as that of the report', () => {
  test('a timestamp counts, and one is asked for where the report must have one', async () => {
    const answer = corroboration('stamped-answer');
    await sign(answer);
    await stamp(answer);
    const bag = copyBag(BAG);
    await add(bag, answer);
    const time = certificateFile(temporary, TIME.root);
    const stamped = await checkTestBag(bag, true);
    // The report of this bag has none: the line of the corroboration is not among what is missing.
    expect(stamped.problems.map(({ text }) => text)).toEqual(['there is no timestamp']);
    expect(renderBagCheck(stamped)).toContain('signed before ');
    const without = await checkTestBag(SIGNED, true);
    expect(without.problems.map(({ text }) => text)).toEqual([
      'there is no timestamp',
      `${DOCUMENT}: there is no timestamp`,
    ]);
    if (noOpenssl !== undefined) return;
    const said = runScript([trust, time, bag]).text;
    expect(said).toMatch(/OK {4}witness\/corroboration\.json: signed before .* as the timestamp confirms\n/);
    expect(said.match(/SKIP/g)).toHaveLength(1);
    expect(runScript([trust, time, SIGNED]).text).toContain(`SKIP  ${DOCUMENT}: there is no timestamp\n`);
  });

  test('nobody trusted leaves both unproven', async () => {
    if (noOpenssl !== undefined) return;
    const { code, text } = runScript(['-', '-', SIGNED]);
    expect(code).toBe(3);
    expect(text).toContain(`SKIP  ${DOCUMENT}: signed by O=Example,CN=Auditor`);
  });
});

describe('what was changed is named by both', () => {
  const edit = (file: string, change: (text: string) => string) => (bag: string) =>
    changeFile(bag, file, (bytes) => Buffer.from(change(bytes.toString())));

  test.each<[string, (bag: string) => void, string]>([
    [
      'a recovered event',
      edit(RECOVERED, (text) => text.replace('StopLogging', 'StopXogging')),
      `${RECOVERED} is not the list that ${DOCUMENT} names`,
    ],
    [
      'an event that is gone',
      edit(RECOVERED, (text) => text.slice(0, text.indexOf('\n') + 1)),
      `${RECOVERED} is not the list that ${DOCUMENT} names`,
    ],
    ['the other list', edit(UNLOGGED, () => ''), `${UNLOGGED} is not the list that ${DOCUMENT} names`],
    ['a list that is gone', (bag) => rmSync(path.join(bag, RECOVERED)), `missing: ${RECOVERED}`],
    ['the document that is gone', (bag) => rmSync(path.join(bag, DOCUMENT)), `there is no ${DOCUMENT}`],
    [
      'a count, signed',
      edit(DOCUMENT, (text) => text.replace('"recovered": 2', '"recovered": 1')),
      `${DOCUMENT}: the corroboration is not the one that was signed`,
    ],
    [
      'the signature of the report in place of its own',
      (bag) => copyFileSync(path.join(bag, 'report.json.p7s'), path.join(bag, `${DOCUMENT}.p7s`)),
      `${DOCUMENT}: the corroboration is not the one that was signed`,
    ],
    [
      'a file of another name',
      (bag) => writeFileSync(path.join(bag, 'witness/more.jsonl'), ''),
      'a file that no bag has: witness/more.jsonl',
    ],
    [
      'a folder in the folder',
      (bag) => {
        mkdirSync(path.join(bag, 'witness/witness'));
        writeFileSync(path.join(bag, 'witness/witness/recovered.jsonl'), '');
      },
      'a file that no bag has: witness/witness/recovered.jsonl',
    ],
  ])('%s', async (_, change, words) => {
    await expectRefused(changed(SIGNED, change), words);
  });

  test('a list that the document does not name', async () => {
    const answer = path.join(temporary, 'one-list');
    writeCorroboration(answer, readFileSync(path.join(BAG, 'report.json')), LINES);
    const bag = copyBag(BAG);
    await add(bag, answer);
    expect((await both(bag)).check.conclusion).toBe(LACKING);
    const more = changed(bag, (folder) => writeFileSync(path.join(folder, UNLOGGED), 'x\n'));
    await expectRefused(more, `a list that ${DOCUMENT} does not name: ${UNLOGGED}`);
  });

  test('the corroboration of another report, signed by the same auditor', async () => {
    const report = JSON.parse(readFileSync(path.join(BAG, 'report.json'), 'utf8'));
    const other = corroboration('of-another', Buffer.from(JSON.stringify({ ...report, caseRef: 'another' })));
    await sign(other);
    const bag = changed(SIGNED, (folder) => {
      for (const name of readdirSync(other))
        copyFileSync(path.join(other, name), path.join(folder, 'witness', name));
    });
    await expectRefused(bag, `${DOCUMENT} is of another report`);
  });

  test('a signature by a key that nobody trusts', async () => {
    const other = corroboration('by-another');
    await sign(other, testParty({ name: 'CN=Auditor,O=Example' }));
    const bag = changed(SIGNED, (folder) =>
      copyFileSync(path.join(other, 'corroboration.json.p7s'), path.join(folder, `${DOCUMENT}.p7s`)),
    );
    await expectRefused(
      bag,
      `${DOCUMENT}: the signer CN=Auditor, O=Example is not trusted`,
      `${DOCUMENT}: signed by O=Example,CN=Auditor`,
    );
  });

  test('a signature that was taken away leaves a document that both call unsigned', async () => {
    const { check, script } = await both(changed(SIGNED, (bag) => rmSync(path.join(bag, `${DOCUMENT}.p7s`))));
    expect(check.uncovered).toEqual([DOCUMENT, RECOVERED, UNLOGGED]);
    for (const text of [renderBagCheck(check), ...(script === undefined ? [] : [script.text])])
      expect(text).toContain(`NOTE  ${DOCUMENT} is not signed\n`);
  });

  test('a timestamp whose signature was taken away', async () => {
    const bag = changed(SIGNED, (folder) => {
      renameSync(path.join(folder, `${DOCUMENT}.p7s`), path.join(folder, `${DOCUMENT}.p7s.tsr`));
    });
    await expectRefused(bag, `${DOCUMENT}: `);
  });

  test('a document that two readers could take differently', async () => {
    const bag = changed(
      UNSIGNED,
      edit(DOCUMENT, (text) => JSON.stringify(JSON.parse(text))),
    );
    await expectRefused(
      bag,
      `${DOCUMENT} is not written as this tool writes it`,
      `${DOCUMENT} is of another report`,
    );
  });

  test('one that is none of this tool', async () => {
    const bag = changed(UNSIGNED, (folder) => writeFileSync(path.join(folder, DOCUMENT), '{}\n'));
    await expectRefused(
      bag,
      `${DOCUMENT} is not a corroboration of trail-verify`,
      `${DOCUMENT} is of another report`,
    );
  });

  test('another text next to it is named, and refuses nothing', async () => {
    const bag = changed(SIGNED, (folder) =>
      writeFileSync(path.join(folder, 'witness/README.md'), 'signed by AWS\n'),
    );
    expect((await both(bag)).check).toMatchObject({ conclusion: LACKING, uncovered: ['witness/README.md'] });
  });

  test.skipIf(process.platform === 'win32').each([
    ['a list', RECOVERED],
    ['the document', DOCUMENT],
    ['the folder', 'witness'],
  ])('%s as a link', async (_, name) => {
    const bag = copyBag(SIGNED);
    const aside = path.join(path.dirname(bag), 'aside');
    renameSync(path.join(bag, name), aside);
    symlinkSync(aside, path.join(bag, name));
    const { check, script } = await both(bag);
    expect(renderBagCheck(check)).toContain(`FAIL  neither a file nor a folder: ${name}\n`);
    if (script !== undefined) expect(script.text).toContain(`FAIL  neither a file nor a folder: ./${name}\n`);
  });

  test.skipIf(process.platform === 'win32')(
    'a gigabyte of a document or of its signature ends the script at once',
    async () => {
      for (const name of [DOCUMENT, `${DOCUMENT}.p7s`]) {
        const bag = copyBag(SIGNED);
        truncateSync(path.join(bag, name), 1024 ** 3);
        const { code, text } = runScript([trust, '-', bag]);
        expect([name, code]).toEqual([name, 5]);
        expect(text).toMatch(/^FAIL {2}larger than any /m);
      }
    },
  );
});
