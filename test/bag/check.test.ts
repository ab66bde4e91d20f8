/** Bags that were changed, by somebody who knows how they are made or not: each refused by the tool and by the script. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { type BagCheck, bagConclusion, checkBag, renderBagCheck } from '../../src/bag/check.ts';
import { readKeyFile } from '../../src/crypto/key-file.ts';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { requestTimestamp } from '../../src/pki/timestamp.ts';
import { bagFolder } from '../../src/source/bag/index.ts';
import { EVERY_WAY } from '../support/check-paths.ts';
import { plantObject } from '../support/damage.ts';
import {
  AUDITOR,
  certificateFile,
  changeFile,
  checkTestBag,
  copyBag,
  filesOf,
  makeBag,
  remakeManifest,
  TIME,
} from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { type TestParty, testParty } from '../support/test-certificates.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';
import { runScript } from '../support/verify-script.ts';

const DAY = 86_400_000;
const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-bag-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const trust = certificateFile(temporary, AUDITOR);
const timeTrust = certificateFile(temporary, TIME.root);
const noOpenssl = opensslAbsence();
if (noOpenssl !== undefined) console.warn(`verify.sh is not tried: ${noOpenssl}`);
const SEALED = path.join(temporary, 'sealed');

beforeAll(async () => {
  const { store, trail } = auditTrail(2);
  await makeBag(SEALED, scenarioOf(store, trail), { includeLogs: true, timestamp: TIME });
});

/** Both checks of a bag, which must come to the same; `trusts` are certificate files for the script. */
async function conclusion(folder: string, trusts: readonly string[] = [trust, timeTrust]): Promise<string> {
  const check = await checkTestBag(folder, true);
  const told = bagConclusion(check);
  if (noOpenssl === undefined) expect(runScript([...trusts, folder]).conclusion).toBe(told);
  return told.slice(0, told.indexOf(':'));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Signs and timestamps whatever report now lies in the bag, and makes the tag manifest anew. */
async function signAnew(
  folder: string,
  signer: TestParty,
  timestamp: typeof TIME | undefined,
): Promise<void> {
  const files = bagFolder(folder);
  const report = (await files.read('report.json', 1e9)) ?? new Uint8Array();
  const task = { sha256: sha256(report), at: Date.now() };
  const signature = await signContent(task, keySigner(signer.key, [signer.certificate]));
  await files.remove(['report.json.p7s', 'report.json.p7s.tsr', 'tagmanifest-sha256.txt']);
  await files.write('report.json.p7s', signature);
  if (timestamp !== undefined) {
    const post = async (_url: string, body: Uint8Array): Promise<Uint8Array> => testAnswer(body, timestamp);
    await files.write('report.json.p7s.tsr', (await requestTimestamp(signature, { url: '', post })).file);
  }
  remakeManifest(folder, 'tagmanifest-sha256.txt');
}

/** Makes the payload manifest anew, and names it in the report. */
function nameManifestAnew(folder: string): void {
  remakeManifest(folder, 'manifest-sha256.txt');
  changeFile(folder, 'report.json', (report) => {
    let manifest = '';
    changeFile(folder, 'manifest-sha256.txt', (bytes) => {
      manifest = sha256(bytes).toString('hex');
      return bytes;
    });
    return Buffer.from(report.toString().replace(/("payloadManifestSha256": ")[0-9a-f]+/, `$1${manifest}`));
  });
}

function oneOf(folder: string, pattern: RegExp): string {
  const found = filesOf(folder).find((file) => pattern.test(file));
  if (found === undefined) throw new Error(`the bag has no ${pattern.source}`);
  return found;
}

test('as it was made it is VALID, and holds the script of the package', async () => {
  expect(await conclusion(SEALED)).toBe('GENUINE');
  const check = await checkTestBag(SEALED, true);
  expect(check.digests).toEqual({ checked: 3, proven: 3, contradicting: 0 });
  expect(check.logs).toEqual({ checked: 4, agreeing: 4, contradicting: 0 });
  expect(renderBagCheck(check)).toContain("3 digest files: 3 proven by AWS's signatures");
});

describe('one flipped bit', () => {
  /** In files around the evidence every byte has its own meaning; of the rest a sample stands for all. */
  test('in any byte of what surrounds the evidence is noticed by the tool', async () => {
    const folder = copyBag(SEALED);
    const unnoticed: string[] = [];
    for (const file of filesOf(folder).filter((name) => !name.startsWith('data/'))) {
      const size = (await bagFolder(folder).hash(file))?.size ?? 0;
      const step = Math.max(1, Math.floor(size / (EVERY_WAY ? 60 : 10)));
      for (let at = 0; at < size; at += step) {
        changeFile(folder, file, (bytes) => flipped(bytes, at));
        if ((await checkTestBag(folder, true)).conclusion !== 'REFUSED') unnoticed.push(`${file} ${at}`);
        changeFile(folder, file, (bytes) => flipped(bytes, at));
      }
    }
    expect(unnoticed).toEqual([]);
    expect((await checkTestBag(folder, true)).conclusion).toBe('VALID');
  });

  /** Digests, signatures, log files and keys are many of one kind: one of each for the script as a rule, and all for the tool. */
  test('in any file is noticed by the tool and the script', async () => {
    const folder = copyBag(SEALED);
    const unnoticed: string[] = [];
    const files = filesOf(folder);
    const kindOf = (file: string): string =>
      file.replace(/^(data\/(?:digests|logs|keys)\/).*?((?:\.json)?\.[^.]+)$/, '$1$2');
    const firstOfKind = new Map(files.toReversed().map((file) => [kindOf(file), file]));
    const scripted = new Set(EVERY_WAY ? files : firstOfKind.values());
    for (const file of files) {
      const size = (await bagFolder(folder).hash(file))?.size ?? 0;
      // Of the manifests and the report a hash, a space, a path and the last line end as well.
      const places = /^(?:tag)?manifest|^report\.json/.test(file)
        ? [0, 64, 67, size >> 1, size - 1]
        : [size >> 1];
      for (const at of places.filter((place) => place < size)) {
        changeFile(folder, file, (bytes) => flipped(bytes, at));
        const noticed = scripted.has(file)
          ? await conclusion(folder)
          : (await checkTestBag(folder, true)).conclusion;
        if (noticed !== 'REFUSED') unnoticed.push(`${file} ${at}`);
        changeFile(folder, file, (bytes) => flipped(bytes, at));
      }
    }
    expect(unnoticed).toEqual([]);
  }, 300_000);
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe('a file', () => {
  const PATTERNS = [
    /\.json\.gz$/,
    /\.sig$/,
    /\.pem$/,
    /digests\.tsv$/,
    /logs\/.*gz$/,
    /^verify\.sh$/,
    /^bagit\.txt$/,
  ];

  test.each(PATTERNS)('%s that was removed', async (pattern) => {
    const folder = copyBag(SEALED);
    await bagFolder(folder).remove([oneOf(folder, pattern)]);
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test.each([
    'data/extra',
    'data/digests/x.json.gz',
    'extra',
    'data/line\nfeed',
    'with space',
    '-rf',
    '.hidden',
  ])('%j that was added', async (name) => {
    const folder = copyBag(SEALED);
    writeFileSync(path.join(folder, name), '');
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test('that became a link to the same bytes', async () => {
    const folder = copyBag(SEALED);
    const file = path.join(folder, oneOf(folder, /\.sig$/));
    renameSync(file, path.join(temporary, 'elsewhere'));
    symlinkSync(path.join(temporary, 'elsewhere'), file);
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test('in a folder of its own, and one whose manifest leads out of the bag', async () => {
    const folder = copyBag(SEALED);
    mkdirSync(path.join(folder, 'more'));
    writeFileSync(path.join(folder, 'more/file'), '');
    expect(await conclusion(folder)).toBe('REFUSED');
    const other = copyBag(SEALED);
    writeFileSync(path.join(path.dirname(other), 'outside'), '');
    const line = `${sha256(Buffer.from('')).toString('hex')}  data/../../outside\n`;
    changeFile(other, 'manifest-sha256.txt', (bytes) => Buffer.from(bytes.toString() + line));
    expect(await conclusion(other)).toBe('REFUSED');
  });
});

describe('a forger who makes the manifests anew', () => {
  test('cannot change a log file, for the report names the manifest', async () => {
    const folder = copyBag(SEALED);
    changeFile(folder, oneOf(folder, /data\/logs\//), () => gzipSync('{"Records":[]}'));
    remakeManifest(folder, 'manifest-sha256.txt');
    remakeManifest(folder, 'tagmanifest-sha256.txt');
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test('cannot change the report, for it is signed', async () => {
    const folder = copyBag(SEALED);
    await bagFolder(folder).remove([oneOf(folder, /data\/logs\//)]);
    nameManifestAnew(folder);
    remakeManifest(folder, 'tagmanifest-sha256.txt');
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test('cannot sign it himself', async () => {
    const folder = copyBag(SEALED);
    await signAnew(folder, testParty({ name: 'CN=Auditor,O=Example' }), TIME);
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test('cannot take the timestamp of another signature, nor of another authority', async () => {
    const other = copyBag(SEALED);
    await signAnew(other, AUDITOR, TIME);
    const folder = copyBag(SEALED);
    const stamp = await bagFolder(other).read('report.json.p7s.tsr', 1e6);
    changeFile(folder, 'report.json.p7s.tsr', () => stamp ?? new Uint8Array());
    remakeManifest(folder, 'tagmanifest-sha256.txt');
    expect(await conclusion(folder)).toBe('REFUSED');
    expect(await conclusion(other)).toBe('GENUINE');
    await signAnew(folder, AUDITOR, testAuthority());
    expect(await conclusion(folder)).toBe('REFUSED');
  });
});

describe('a signer who is trusted, and lies', () => {
  test('cannot change a digest, for AWS signed it', async () => {
    const folder = copyBag(SEALED);
    const file = oneOf(folder, /digests\/.*T101237Z\.json\.gz$/);
    let before = '';
    let after = '';
    changeFile(folder, file, (bytes) => {
      const content = gunzipSync(bytes);
      const changed = Buffer.from(content.toString().replace(/"hashValue":"./, '"hashValue":"0'));
      before = sha256(content).toString('hex');
      after = sha256(changed).toString('hex');
      return gzipSync(changed);
    });
    changeFile(folder, 'data/digests.tsv', (bytes) =>
      Buffer.from(bytes.toString().replaceAll(before, after)),
    );
    nameManifestAnew(folder);
    await signAnew(folder, AUDITOR, TIME);
    expect(await conclusion(folder)).toBe('REFUSED');
    const { problems } = await checkTestBag(folder, true);
    expect(problems.map(({ text }) => text).join()).toContain('nothing in the bag proves it');
  });

  test('cannot change a log file, for a digest records its hash', async () => {
    const folder = copyBag(SEALED);
    const file = oneOf(folder, /data\/logs\//);
    const changed = Buffer.from('{"Records":[]}');
    changeFile(folder, file, () => gzipSync(changed));
    nameManifestAnew(folder);
    await signAnew(folder, AUDITOR, TIME);
    expect(await conclusion(folder)).toBe('REFUSED');
    const hash = sha256(changed).toString('hex');
    changeFile(folder, 'data/logs.tsv', (bytes) =>
      Buffer.from(
        bytes.toString().replace(new RegExp(`(${path.basename(file)}\tvalid\tyes\t)[0-9a-f]+`), `$1${hash}`),
      ),
    );
    nameManifestAnew(folder);
    await signAnew(folder, AUDITOR, TIME);
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test('cannot leave a digest out, for the report counts them', async () => {
    const folder = copyBag(SEALED);
    const file = oneOf(folder, /digests\/.*T111237Z\.json\.gz$/);
    await bagFolder(folder).remove([file, `${file}.sig`]);
    const without = (bytes: Buffer): Buffer =>
      Buffer.from(bytes.toString().replace(new RegExp(`^.*${path.basename(file)}.*\n`, 'gm'), ''));
    changeFile(folder, 'data/digests.tsv', without);
    nameManifestAnew(folder);
    await signAnew(folder, AUDITOR, TIME);
    expect(await conclusion(folder)).toBe('REFUSED');
  });

  test('cannot put another key in the place of one of AWS', async () => {
    const folder = copyBag(SEALED);
    const [first = '', second = ''] = filesOf(folder).filter((file) => file.endsWith('.pem'));
    const key = testParty({ name: 'CN=x' }).certificate.key.export({ type: 'spki', format: 'pem' });
    changeFile(folder, second === '' ? first : second, () => Buffer.from(key));
    nameManifestAnew(folder);
    await signAnew(folder, AUDITOR, TIME);
    expect(await conclusion(folder)).toBe('REFUSED');
  });
});

describe('what is not proven', () => {
  const script = (...args: readonly string[]): number | null | undefined =>
    noOpenssl === undefined ? runScript(args).code : undefined;
  const both = (check: BagCheck, code: number | null | undefined): unknown => [check.conclusion, code ?? 3];

  test('a bag without a signature, and one of which nobody said whom to trust', async () => {
    const folder = path.join(temporary, 'unsigned');
    const { store, trail } = auditTrail(1);
    await makeBag(folder, scenarioOf(store, trail), { signer: 'nobody' });
    expect(both(await checkTestBag(folder), script(trust, '-', folder))).toEqual(['INCONCLUSIVE', 3]);
    const nobody = await checkBag({ folder: bagFolder(SEALED), trust: [], now: Date.now() });
    expect(both(nobody, script('-', '-', SEALED))).toEqual(['INCONCLUSIVE', 3]);
    expect(bagConclusion(nobody)).toBe('UNPROVEN: this bag is not proven; its report says VALID');
  });

  test('a timestamp that is asked for and absent, or whose authority was not named', async () => {
    const folder = copyBag(SEALED);
    await signAnew(folder, AUDITOR, undefined);
    expect(both(await checkTestBag(folder, true), script(trust, timeTrust, folder))).toEqual([
      'INCONCLUSIVE',
      3,
    ]);
    expect(both(await checkTestBag(SEALED), script(trust, '-', SEALED))).toEqual(['INCONCLUSIVE', 3]);
  });

  test('an expired signer, unless a timestamp shows that it was not yet', async () => {
    const { store, trail } = auditTrail(1);
    const times = { notBefore: Date.now() - 20 * DAY, notAfter: Date.now() - DAY };
    const signer = testParty({ name: 'CN=Former Auditor', ...times });
    const former = certificateFile(temporary, signer);
    const dated = path.join(temporary, 'expired-and-dated');
    await makeBag(path.join(temporary, 'expired'), scenarioOf(store, trail), { signer });
    const old = { notBefore: Date.now() - 30 * DAY };
    const root = testParty({ name: 'CN=Example Time Root', isAuthority: true, ...old });
    const { tsa } = testAuthority({ issuer: root, ...old });
    await makeBag(dated, scenarioOf(store, trail), {
      signer,
      timestamp: { tsa, root, at: Date.now() - 5 * DAY },
    });
    const expired = path.join(temporary, 'expired');
    const now = Date.now();
    const lapsed = await checkBag({ folder: bagFolder(expired), trust: [signer.certificate], now });
    expect(both(lapsed, script(former, '-', expired))).toEqual(['INCONCLUSIVE', 3]);
    const check = await checkBag({
      folder: bagFolder(dated),
      trust: [signer.certificate],
      timestampTrust: [root.certificate],
      now: Date.now(),
    });
    expect(check.conclusion).toBe('VALID');
    const rootFile = certificateFile(temporary, root);
    if (noOpenssl === undefined)
      expect(runScript([former, rootFile, dated]).conclusion).toMatch(/^GENUINE: /);
  });

  test('keys that are not among those from elsewhere', async () => {
    const check = await checkBag({
      folder: bagFolder(SEALED),
      trust: [AUDITOR.certificate],
      timestampTrust: [TIME.root.certificate],
      keys: [],
      now: Date.now(),
    });
    expect(check.conclusion).toBe('INCONCLUSIVE');
    const listed = (await bagFolder(SEALED).read('data/keys/list-public-keys.json', 1e6)) ?? new Uint8Array();
    const keys = readKeyFile(listed, 'list-public-keys.json');
    const trusted = await checkBag({
      folder: bagFolder(SEALED),
      trust: [AUDITOR.certificate],
      timestampTrust: [TIME.root.certificate],
      keys,
      now: Date.now(),
    });
    expect(trusted.conclusion).toBe('VALID');
  });
});

test('a bag of a trail with junk among its digests is as it was signed', async () => {
  const { store, trail } = auditTrail(2);
  const junk =
    'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/10/05/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20261005T094237Z.json.gz';
  plantObject(store, { bucket: 'example-trail-logs', key: junk }, Buffer.from('junk'), trail.end);
  const folder = path.join(temporary, 'junk');
  await makeBag(folder, scenarioOf(store, trail), { includeLogs: true, timestamp: TIME });
  expect(await conclusion(folder)).toBe('GENUINE');
  expect((await checkTestBag(folder, true)).conclusion).toBe('INVALID');
});
