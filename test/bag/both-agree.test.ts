/**
 * Bags that somebody changed who cannot sign, and makes the manifest of the unsigned files anew: `evidence verify` and `verify.sh` come to
 * one conclusion, and so to one exit code, on each.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { bagConclusion } from '../../src/bag/check.ts';
import { HOUR } from '../../src/base/clock.ts';
import { addWitnessToBag } from '../../src/cli/io/witness/into-bag.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { context, integer, OID, oid, sequence, TAG, tlv } from '../../src/pki/der.ts';
import { requestTimestamp } from '../../src/pki/timestamp.ts';
import type { Report } from '../../src/report/report.ts';
import { bagFolder } from '../../src/source/bag/index.ts';
import { changedDer, derAt } from '../support/changed-der.ts';
import { EVERY_WAY, waysOf } from '../support/check-paths.ts';
import { runCommand } from '../support/command.ts';
import { LACKING, lackingTrail, recoveredLine, writeCorroboration } from '../support/corroboration-files.ts';
import { deleteObject } from '../support/damage.ts';
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
import { testParty } from '../support/test-certificates.ts';
import { testAnswer } from '../support/test-timestamp.ts';
import { runScript } from '../support/verify-script.ts';

const absence = opensslAbsence();
if (absence !== undefined) console.warn(`verify.sh is not tried: ${absence}`);
const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-both-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const trust = certificateFile(temporary, AUDITOR);
const authority = certificateFile(temporary, TIME.root);
const SIGNED = path.join(temporary, 'signed');
const UNSIGNED = path.join(temporary, 'unsigned');
const STRANGER = testParty({ name: 'CN=Stranger' });
const DOCUMENT = 'witness/corroboration.json';
const RECOVERED = 'witness/recovered.jsonl';
const UNLOGGED = 'witness/unlogged.jsonl';
const CHAIN = '111122223333/us-east-1/audit@us-east-1';
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

beforeAll(async () => {
  const bag = path.join(temporary, 'bag');
  await makeBag(bag, lackingTrail(), {
    includeLogs: true,
    timestamp: TIME,
    embed: true,
    bundle: true,
  });
  const answer = path.join(temporary, 'answer');
  const times = ['2026-10-05T10:10:00Z', '2026-10-05T10:20:00Z', '2026-10-05T12:30:00Z'];
  const lines = times.map((time) => recoveredLine(CHAIN, time));
  writeCorroboration(answer, readFileSync(path.join(bag, 'report.json')), lines, {
    limits: [{ code: 'SOME', text: 'a "quoted" \\ text, of M\u00fcnchen\n' }],
  });
  const add = (to: string): Promise<unknown> => {
    copyFolder(bag, to);
    return addWitnessToBag(bagFolder(to), to, answer);
  };
  await add(UNSIGNED);
  const signature = path.join(answer, 'corroboration.json.p7s');
  await signFile(path.join(answer, 'corroboration.json'), AUDITOR);
  const post = async (_url: string, body: Uint8Array) => testAnswer(body, TIME);
  const stamp = await requestTimestamp(readFileSync(signature), { url: 'test', post });
  writeFileSync(`${signature}.tsr`, stamp.file);
  await add(SIGNED);
});

function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

/** The conclusion of both, which is the same, and what each said. */
async function conclusionOf(
  bag: string,
): Promise<{ readonly conclusion: string; readonly tool: readonly string[]; readonly script: string }> {
  const check = await checkTestBag(bag, true);
  const script = runScript([trust, authority, bag]);
  const tool = check.problems.map(({ text }) => text);
  const said = `${tool.join('\n')}\n---\n${script.text}`;
  expect(script.conclusion, said).toBe(bagConclusion(check));
  return { conclusion: check.conclusion, tool, script: script.text };
}

type Tamper = (bag: string) => void;

async function tampered(of: string, tamper: Tamper): ReturnType<typeof conclusionOf> {
  const bag = copyBag(of);
  tamper(bag);
  remakeManifest(bag, 'tagmanifest-sha256.txt');
  return conclusionOf(bag);
}

const changes = (name: string, change: (bytes: Buffer) => Uint8Array): Tamper => {
  return (bag) =>
    changeFile(bag, name, (bytes) => {
      const changed = change(bytes);
      expect(Buffer.compare(changed, bytes), 'the change changes something').not.toBe(0);
      return changed;
    });
};
const edits = (change: (text: string) => string): Tamper =>
  changes(DOCUMENT, (bytes) => Buffer.from(change(bytes.toString('latin1')), 'latin1'));

/** Where things are in a signature file. */
const DATA = [1, 0] as const;
const CERTIFICATES = [...DATA, 3] as const;
const SIGNERS = [...DATA, -1] as const;
const SIGNER = [...SIGNERS, 0] as const;
const UNSIGNED_ATTRIBUTES = [...SIGNER, 6] as const;

const NULL = Uint8Array.of(5, 0);
const SHA512 = sequence(oid(OID.sha512));

/** A value with a length of one byte more than it needs, or of no length at all. */
const longLength = ({ tag, content }: { tag: number; content: Uint8Array }): Uint8Array => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([Uint8Array.of(tag, 0x84), length, content]);
};
const noLength = ({ tag, content }: { tag: number; content: Uint8Array }): Uint8Array =>
  Buffer.concat([Uint8Array.of(tag, 0x80), content, Uint8Array.of(0, 0)]);
const pem = (bytes: Uint8Array): Buffer =>
  Buffer.from(
    `-----BEGIN CMS-----\n${Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CMS-----\n`,
  );
const doubled = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, bytes]);
const behind =
  (more: string | Uint8Array) =>
  (bytes: Uint8Array): Buffer =>
    Buffer.concat([bytes, Buffer.from(more)]);

type Change = readonly [what: string, change: (bytes: Buffer) => Uint8Array];

const at =
  (place: readonly number[], change: Parameters<typeof changedDer>[2]) =>
  (bytes: Uint8Array): Uint8Array =>
    changedDer(bytes, place, change);

/** One function judges both signatures, and one both timestamps: of the second, every sixth change shows that it is asked. */
function aPart(all: readonly Change[]): readonly Change[] {
  return EVERY_WAY ? all : all.filter((_, at) => at % 6 === 0);
}

/** What can be done to any file of one DER value. */
const OF_ANY_DER: readonly Change[] = [
  ['a byte behind it', behind('x')],
  ['a line end behind it', behind('\n')],
  ['zeros behind it', behind(Buffer.alloc(2))],
  ['itself once more', doubled],
  ['PEM', pem],
  ['a long length', (bytes) => longLength(derAt(bytes, []))],
  ['no length', (bytes) => noLength(derAt(bytes, []))],
  ['nothing', () => Buffer.alloc(0)],
  ['its first half', (bytes) => bytes.subarray(0, bytes.length / 2)],
];

const OF_SIGNATURES: readonly Change[] = [
  ...OF_ANY_DER,
  ['a long length inside', at(SIGNERS, (value) => [longLength(value)])],
  ['no length inside', at(SIGNERS, (value) => [noLength(value)])],
  ['no length in an attribute', at([...SIGNER, 3, 0, 1], (value) => [noLength(value)])],
  ['another version', at([...DATA, 0], () => [integer(3)])],
  ['a version with a zero before it', at([...DATA, 0], () => [tlv(TAG.integer, Uint8Array.of(0, 1))])],
  ['another version of its signer', at([...SIGNER, 0], () => [integer(3)])],
  ['a padded version of its signer', at([...SIGNER, 0], () => [tlv(TAG.integer, Uint8Array.of(0, 1))])],
  [
    'a second digest algorithm',
    at([...DATA, 1], (set) => [tlv(TAG.set, ...set.items.map(({ bytes }) => bytes), SHA512)]),
  ],
  ['another digest algorithm', at([...DATA, 1], () => [tlv(TAG.set, SHA512)])],
  ['no digest algorithm', at([...DATA, 1], () => [tlv(TAG.set)])],
  ['a signer twice', at(SIGNER, (signer) => [signer.bytes, signer.bytes])],
  ['no signer', at(SIGNER, () => [])],
  [
    'a stranger among its certificates',
    at(CERTIFICATES, (set) => [tlv(set.tag, set.content, STRANGER.certificate.der)]),
  ],
  ['its certificates twice', at(CERTIFICATES, (set) => [tlv(set.tag, set.content, set.content)])],
  ['no certificates', at(CERTIFICATES, () => [])],
  ['a list of revoked certificates', at(CERTIFICATES, (set) => [set.bytes, tlv(context(1))])],
  ['a parameter of the scheme', at([...SIGNER, 4], (scheme) => [sequence(scheme.content, NULL)])],
  ['a parameter of the digest', at([...SIGNER, 2], (scheme) => [sequence(scheme.content, NULL)])],
  [
    'attributes in another order',
    at([...SIGNER, 3], (set) => [tlv(set.tag, ...set.items.map(({ bytes }) => bytes).reverse())]),
  ],
  ['a signer by another name', at([...SIGNER, 1], () => [tlv(context(0), Buffer.alloc(20))])],
];

const MORE = sequence(
  oid('1.2.840.113549.1.9.16.2.4'),
  tlv(TAG.set, tlv(TAG.utf8String, Buffer.from('note'))),
);

describe.skipIf(absence !== undefined)('both agree', () => {
  test('on the bags as they were made', async () => {
    expect((await conclusionOf(SIGNED)).conclusion).toBe(LACKING);
    expect((await conclusionOf(UNSIGNED)).conclusion).toBe(LACKING);
  });

  describe.each([
    ['report.json.p7s', OF_SIGNATURES],
    [`${DOCUMENT}.p7s`, aPart(OF_SIGNATURES)],
  ] as const)('on another form of %s:', (name, changesOf) => {
    test.each(changesOf)('%s', async (_, change) => {
      // A timestamp covers the file: without it the form alone is judged.
      const { conclusion, script } = await tampered(SIGNED, (bag) => {
        changes(name, change)(bag);
        rmSync(path.join(bag, `${name}.tsr`));
      });
      // What the standards let a signer write or leave out is no fault.
      if (_ !== 'a parameter of the digest') expect(conclusion, script).toBe('REFUSED');
    });
  });

  test.each(['data/lake', 'data/empty', 'witness/empty'])('on the empty folder %s', async (name) => {
    expect((await tampered(SIGNED, (bag) => mkdirSync(path.join(bag, name)))).conclusion).toBe(LACKING);
  });

  test.each(
    ['a b', 'a:b', 'a\\b', 'a\nb', '\u00fc', '*', '-x', '...', '"', '\t', '\u001b[31m'].map(
      (name, place) => [name, place] as const,
    ),
  )('on an empty folder of a name that no bag has: %j', async (name, place) => {
    for (const above of waysOf(['', 'data/', 'witness/'], place)) {
      const { conclusion, script } = await tampered(SIGNED, (bag) => {
        mkdirSync(path.join(bag, above + name));
      });
      expect(conclusion, script).toBe('REFUSED');
    }
  });

  test.each([
    'report.json.p7s',
    'report.json.p7s.tsr',
    'report.sigstore.json',
    `${DOCUMENT}.p7s`,
    `${DOCUMENT}.p7s.tsr`,
  ])('on a %s that is too large to be read', async (name) => {
    for (const more of EVERY_WAY ? [1 << 20, 4 << 20, 5 << 20] : [1 << 20, 5 << 20]) {
      const { conclusion, script } = await tampered(SIGNED, changes(name, behind(Buffer.alloc(more, ' '))));
      expect(conclusion, script).toBe('REFUSED');
    }
  });

  describe('on another form of report.sigstore.json:', () => {
    const text =
      (change: (bundle: string) => string) =>
      (bytes: Uint8Array): Uint8Array =>
        Buffer.from(change(Buffer.from(bytes).toString('latin1')), 'latin1');
    test.each<Change>([
      ['a line end of another system', text((bundle) => bundle.replace('\n', '\r\n'))],
      ['no line end', text((bundle) => bundle.trimEnd())],
      ['a byte order mark', text((bundle) => `\u00ef\u00bb\u00bf${bundle}`)],
      ['a byte that is no UTF-8', text((bundle) => bundle.replace('"keyid":""', '"keyid":"\u00ff"'))],
      ['its payload twice', text((bundle) => bundle.replace('"payload":', '"payload":"","payload":'))],
      ['another payload before', text((bundle) => bundle.replace('{', '{"payload":"e30=",'))],
      ['white space', text((bundle) => bundle.replaceAll('":', '": '))],
      [
        'the fields in another order',
        text((bundle) =>
          bundle.replace(/"sig":"[^"]*","keyid":""/, (two) => two.split(',').reverse().join(',')),
        ),
      ],
      ['an entry of a log', text((bundle) => bundle.replace('"tlogEntries":[]', '"tlogEntries":[{}]'))],
      ['another media type', text((bundle) => bundle.replace('v0.3', 'v0.2'))],
      ['another type of its payload', text((bundle) => bundle.replace('in-toto+json', 'other+json'))],
      ['an escaped letter', text((bundle) => bundle.replace('keyid', 'keyi\\u0064'))],
      ['a payload of another spelling', text((bundle) => bundle.replace(/"payload":"/, '"payload":"\\n'))],
    ])('%s', async (_, change) => {
      const { conclusion, script } = await tampered(SIGNED, changes('report.sigstore.json', change));
      expect(conclusion, script).toBe('REFUSED');
    });
  });

  describe('on another form of the inventory:', () => {
    const bag = path.join(temporary, 'written');
    beforeAll(async () => {
      const run = [
        '--keys',
        `${FIXTURES}keys/public-keys.jsonl`,
        '--now',
        '2026-10-02T21:00:00Z',
        '--no-sign',
      ];
      const args = [`${FIXTURES}intact/copy`, ...run, '--bag', '--output', bag, '--quiet'];
      expect((await runCommand(['verify', ...args])).exitCode).toBe(0);
      await signFile(path.join(bag, 'report.json'), AUDITOR);
      rmSync(path.join(bag, 'CERTIFICATION.md'));
      remakeManifest(bag, 'tagmanifest-sha256.txt');
    });

    test.each<Change>([
      ['two bytes behind it', behind('xx')],
      ['zeros behind it', behind(Buffer.alloc(2))],
      ['an empty member behind it', behind(gzipSync(''))],
      ['an empty member before it', (bytes) => Buffer.concat([gzipSync(''), bytes])],
      [
        'another checksum',
        (bytes) => Buffer.concat([bytes.subarray(0, -8), Buffer.alloc(4), bytes.subarray(-4)]),
      ],
      ['another length', (bytes) => Buffer.concat([bytes.subarray(0, -4), Buffer.alloc(4)])],
      ['no end', (bytes) => bytes.subarray(0, -8)],
      ['no compression', (bytes) => gunzipSync(bytes)],
      ['another compression', (bytes) => gzipSync(gunzipSync(bytes), { level: 1 })],
    ])('%s', async (what, change) => {
      const { conclusion } = await tampered(bag, changes('inventory.jsonl.gz', change));
      // What is read of it is the same there, and nothing else is in it; no timestamp proves when it was signed.
      const isSame = /^(?:another compression|an empty member|zeros)/.test(what);
      expect(conclusion).toBe(isSame ? 'INCONCLUSIVE' : 'REFUSED');
    });
  });

  describe('on the timestamp in a signature:', () => {
    const token = [...UNSIGNED_ATTRIBUTES, 0, 1, 0] as const;
    const inToken = (place: readonly number[]) => [...token, ...place];
    test.each<Change>([
      ['a further attribute', at(UNSIGNED_ATTRIBUTES, (set) => [tlv(set.tag, MORE, set.content)])],
      ['a further attribute behind it', at(UNSIGNED_ATTRIBUTES, (set) => [tlv(set.tag, set.content, MORE)])],
      ['the attribute twice', at(UNSIGNED_ATTRIBUTES, (set) => [tlv(set.tag, set.content, set.content)])],
      ['the timestamp twice', at(token, (value) => [value.bytes, value.bytes])],
      ['no attribute in the set', at(UNSIGNED_ATTRIBUTES, (set) => [tlv(set.tag)])],
      [
        'a note in the token',
        at(inToken([1, 0, -1, 0]), (signer) => [sequence(signer.content, tlv(context(1), MORE))]),
      ],
      ['another version of the token', at(inToken([1, 0, 0]), () => [integer(1)])],
      [
        'a stranger in the token',
        at(inToken([1, 0, 3]), (set) => [tlv(set.tag, set.content, STRANGER.certificate.der)]),
      ],
      ['a long length in the token', at(inToken([1, 0, -1]), (value) => [longLength(value)])],
    ])('%s', async (_, change) => {
      const { conclusion, script } = await tampered(SIGNED, (bag) => {
        changes('report.json.p7s', change)(bag);
        rmSync(path.join(bag, 'report.json.p7s.tsr'));
      });
      expect(conclusion, script).toBe('REFUSED');
    });
  });

  describe.each(['report.json.p7s.tsr', `${DOCUMENT}.p7s.tsr`])('on another form of %s:', (name) => {
    const forms: readonly Change[] = [
      ...OF_ANY_DER,
      ['granted with changes', at([0, 0], () => [integer(1)])],
      ['a padded status', at([0, 0], () => [tlv(TAG.integer, Uint8Array.of(0, 0))])],
      ['a third part', at([1], (token) => [token.bytes, NULL])],
      ['no token', at([1], () => [])],
      ['a note', at([1, 1, 0, -1, 0], (signer) => [sequence(signer.content, tlv(context(1), MORE))])],
      ['a stranger', at([1, 1, 0, 3], (set) => [tlv(set.tag, set.content, STRANGER.certificate.der)])],
      ['another version', at([1, 1, 0, 0], () => [integer(1)])],
      ['no length inside', at([1, 1, 0, -1], (value) => [noLength(value)])],
    ];
    test.each(name.startsWith('report') ? forms : aPart(forms))('%s', async (_, change) => {
      const { conclusion, script } = await tampered(SIGNED, changes(name, change));
      expect(conclusion, script).toBe('REFUSED');
    });

    test('words beside its status', async () => {
      const words = sequence(tlv(TAG.utf8String, Buffer.from('thanks')));
      const add = at([0], (status) => [sequence(status.content, words)]);
      await tampered(SIGNED, changes(name, add));
    });
  });

  describe('on an unsigned corroboration that is refused:', () => {
    test.each<readonly [string, Tamper]>([
      ['white space behind it', edits((text) => `${text} `)],
      ['a line end behind it', edits((text) => `${text}\n`)],
      ['no line end', edits((text) => text.trimEnd())],
      ['white space within', edits((text) => text.replace('  "made": ', '  "made":  '))],
      ['a tab', edits((text) => text.replace('  "made"', '\t"made"'))],
      ['white space at the end of a line', edits((text) => text.replace(',\n', ', \n'))],
      ['line ends of another system', edits((text) => text.replaceAll('\n', '\r\n'))],
      ['a byte order mark', edits((text) => `\u00ef\u00bb\u00bf${text}`)],
      ['a zero', edits((text) => text.replace('\n', '\0'))],
      ['zeros in place of line ends', edits((text) => text.replaceAll('\n', '\0'))],
      ['a byte outside ASCII', edits((text) => text.replace('SOME', 'S\u00f6ME'))],
      ['another schema', edits((text) => text.replace('corroboration/v1', 'corroboration/v2'))],
      [
        'another schema behind it',
        edits((text) => text.replace('/v1",\n', '/v1",\n  "schema": "x",\n').replace('/v1', '/v2')),
      ],
      ['an unknown field', edits((text) => text.replace('  "made"', '  "note": "x",\n  "made"'))],
      ['an unknown field within', edits((text) => text.replace('    "run"', '    "note": "x",\n    "run"'))],
      [
        'a field that names a certificate',
        edits((text) =>
          text.replace('  "made"', `  "certificateSha256": "${AUDITOR.certificate.fingerprint}",\n  "made"`),
        ),
      ],
      ['a number with a fraction', edits((text) => text.replace('"events": 3', '"events": 3.0'))],
      ['a number with an exponent', edits((text) => text.replace('"events": 3', '"events": 3e0'))],
      ['an escape that nobody needs', edits((text) => text.replace('"SOME"', '"S\\/OME"'))],
      ['a quote within a text', edits((text) => text.replace('"SOME"', '"S"OME"'))],
      ['one line', edits((text) => `${JSON.stringify(JSON.parse(text))}\n`)],
      ['a list in its place', edits(() => '[]\n')],
      ['nothing', edits(() => '')],
      ['a false count of recovered lines', edits((text) => text.replace('"lines": 2', '"lines": 3'))],
      ['a false count of unlogged lines', edits((text) => text.replace('"lines": 1', '"lines": 0'))],
      ['no count of lines', edits((text) => text.replace('    "lines": 2,\n', ''))],
      ['a count with a zero before it', edits((text) => text.replace('"lines": 2', '"lines": 02'))],
      ['another report', edits((text) => text.replace(/("report": \{\n {4}"sha256": ")./, '$1x'))],
      ['a report twice', edits((text) => text.replace(/ {2}"report": \{[\s\S]*?\n {2}\},\n/, '$&$&'))],
      ['its lists under other names', edits((text) => text.replace('  "recovered": {', '  "limits": {'))],
    ])('%s', async (_, tamper) => {
      const { conclusion, script } = await tampered(UNSIGNED, tamper);
      expect(conclusion, script).toBe('REFUSED');
    });

    test.each<readonly [string, (text: string) => string]>([
      ['text behind its last line', (text) => `${text}x\n`],
      ['a last line that has no end', (text) => text.slice(0, -1)],
      ['a line that is null', (text) => text.replace(/.*\n/, 'null\n')],
      ['a blank line', (text) => `\n${text}`],
      ['a byte outside ASCII', (text) => text.replace('ada', 'ad\u00ff')],
      ['a zero', (text) => text.replace('ada', 'a\0a')],
      ['line ends of another system', (text) => text.replaceAll('\n', '\r\n')],
      ['a byte order mark', (text) => `\u00ef\u00bb\u00bf${text}`],
      ['white space before a line', (text) => ` ${text}`],
    ])('a list with %s, and a document that counts and names it', async (_, change) => {
      const { conclusion, tool, script } = await tampered(UNSIGNED, (bag) => {
        changes(RECOVERED, (bytes) => Buffer.from(change(bytes.toString('latin1')), 'latin1'))(bag);
        const content = readFileSync(path.join(bag, RECOVERED), 'latin1');
        const lines = content.split('\n').length - (content.endsWith('\n') ? 1 : 0);
        const hash = sha256(Buffer.from(content, 'latin1'));
        changeFile(bag, DOCUMENT, (bytes) =>
          Buffer.from(
            bytes.toString().replace(/("recovered\.jsonl",\n.*": ")\w+(",\n.*": )\d/, `$1${hash}$2${lines}`),
          ),
        );
      });
      const words = `${RECOVERED} is not written as this tool writes it`;
      expect([conclusion, tool]).toEqual(['REFUSED', [words]]);
      expect(script).toContain(`FAIL  ${words}\n`);
    });

    test('an empty list', async () => {
      const empty = (bag: string): void => {
        writeFileSync(path.join(bag, UNLOGGED), '');
        const hash = sha256(Buffer.alloc(0));
        edits((text) => text.replace(/("unlogged\.jsonl",\n.*": ")\w+(",\n.*": )1/, `$1${hash}$20`))(bag);
      };
      expect((await tampered(UNSIGNED, empty)).conclusion).toBe('REFUSED');
    });
  });

  /** A shell reads no JSON: this says nothing of the verdict, and every command that reads a corroboration refuses it. */
  describe('on an unsigned corroboration that is named as one that nobody reads:', () => {
    test.each<readonly [string, Tamper]>([
      ['a field that is not there', edits((text) => text.replace(/ {2}"made".*\n/, ''))],
      ['a result that there is not', edits((text) => text.replace(/"result": ".*"/, '"result": "proven"'))],
      [
        'a day that there is not',
        edits((text) => text.replace(/"made": "2026-11-20/, '"made": "2026-11-31')),
      ],
      ['a field in another place', edits((text) => text.replace('  "made"', '  "asked": "all",\n  "made"'))],
      ['a comma too many', edits((text) => text.replace(/\n {2}\]\n\}\n$/, '\n  ],\n}\n'))],
      ['a blank line', edits((text) => text.replace('{\n    "name"', '{\n\n    "name"'))],
      ['a list of another name', edits((text) => text.replace('"file": "recovered', '"file": "unlogged'))],
    ])('%s', async (_, tamper) => {
      const bag = copyBag(UNSIGNED);
      tamper(bag);
      remakeManifest(bag, 'tagmanifest-sha256.txt');
      const { conclusion, script } = await conclusionOf(bag);
      expect(conclusion, script).toBe(LACKING);
      expect((await checkTestBag(bag, true)).witness?.refusal).toContain(DOCUMENT);
    });
  });
});

test.skipIf(absence !== undefined)('time that no finding calls uncovered is refused by both', async () => {
  const { store, trail } = auditTrail(6);
  deleteObject(store, trail.digestAt(6));
  deleteObject(store, trail.digestAt(3));
  // As of a run that ended before it found why.
  const alter = (report: Report): Report => ({
    ...report,
    conclusion: undefined,
    controls: undefined,
    findings: report.findings.filter(({ code }) => code !== 'CHAIN_ENDS_EARLY'),
  });
  for (const report of [undefined, alter]) {
    const bag = path.join(temporary, report === undefined ? 'explained' : 'unexplained');
    await makeBag(bag, scenarioOf(store, trail, { now: trail.end + 5 * HOUR }), {
      alter: report,
      timestamp: TIME,
    });
    const { conclusion, script } = await conclusionOf(bag);
    expect(conclusion, script).toBe(report === undefined ? 'INVALID' : 'REFUSED');
    expect(script.includes('no finding says so: CHAIN_ENDS_EARLY')).toBe(report !== undefined);
  }
});
