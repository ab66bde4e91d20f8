import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { checkDocument } from '../../src/base/document-schema.ts';
import { distrustKeys } from '../../src/crypto/key-rings.ts';
import { renderProofCheck } from '../../src/proof/check.ts';
import { formatProof, type Proof, proofSchema, readProof } from '../../src/proof/proof.ts';
import schema from '../../src/proof/proof-v1.schema.json' with { type: 'json' };
import { changesOf, pathsOf, valueAt, withChange } from '../support/changed-documents.ts';
import { inflate } from '../support/test-gzip.ts';
import { publicKeyOf, TEST_KEYS } from '../support/test-keys.ts';
import { type Proven, provenScenario, textsOf } from './proof-fixture.ts';

const intact = await provenScenario('intact');
const tampered = await provenScenario('tampered');
const logOf = ({ lines }: Proven) => {
  const line = lines.find(({ kind, status }) => kind === 'log' && status === 'valid');
  if (line === undefined) throw new Error('there must be a log file');
  return { bucket: line.bucket, key: line.key };
};
const LOG = logOf(intact);
const eventIn = ({ store }: Proven, { bucket, key }: { bucket: string; key: string }): string => {
  const content = inflate(store.get(bucket, key)?.bytes ?? Buffer.of()).toString();
  return JSON.parse(content).Records.at(-1).eventID;
};

describe('a proof', () => {
  test.each([
    ['intact', intact],
    ['tampered', tampered],
  ])('holds for every object of a report, and says what became of it: %s', async (_, proven) => {
    for (const { bucket, key, status, kind, stored } of proven.lines) {
      const proof = await proven.prove({ bucket, key });
      const check = proven.check(proof);
      const verdict = { valid: 'VALID', invalid: 'INVALID', missing: 'INVALID', unproven: 'INCONCLUSIVE' }[
        status
      ];
      expect(check.verdict).toBe(verdict);
      expect(check.object).toMatchObject({ bucket, key, status });
      if (status !== 'valid')
        expect(textsOf(check).join()).toMatch(/the report (found|could not prove) the object/);
      expect(proof.digests === undefined).toBe(kind === 'digest' && stored === null);
      expect(formatProof(proof)).toMatch(/^[ -~\n]+$/);
    }
  });

  test('is small', async () => {
    expect(formatProof(await intact.prove(LOG)).length).toBeLessThan(10_000);
  });

  test('of an event holds its bytes, and where they stand in the log file', async () => {
    const id = eventIn(intact, LOG);
    const proof = await intact.prove(LOG, { eventId: id });
    const content = inflate(intact.store.get(LOG.bucket, LOG.key)?.bytes ?? Buffer.of());
    const { offset = 0, length = 0, bytes = '' } = proof.event ?? {};
    expect(content.subarray(offset, offset + length).toString('base64')).toBe(bytes);
    expect(JSON.parse(Buffer.from(bytes, 'base64').toString()).eventID).toBe(id);
    const check = intact.check(proof);
    expect(check.verdict).toBe('VALID');
    expect(renderProofCheck(check)).toMatch(
      new RegExp(`^GENUINE: event ${id} in s3://.* is as AWS signed it`),
    );
  });

  test('of an event without its log file asks for it', async () => {
    const { log: _log, ...proof } = await intact.prove(LOG, { eventId: eventIn(intact, LOG) });
    const check = intact.check(proof);
    expect(check.verdict).toBe('INCONCLUSIVE');
    expect(renderProofCheck(check)).toMatch(/^UNPROVEN: event .*: the log file is not in the proof: give it/);
    const file = intact.store.get(LOG.bucket, LOG.key)?.bytes ?? Buffer.of();
    expect(intact.check(proof, { log: file }).verdict).toBe('VALID');
    const other = intact.check(proof, { log: Buffer.concat([file, Buffer.of(0)]) });
    expect(textsOf(other)).toEqual(['the log file is not the one that the report counted']);
  });

  test('of a digest in a copy without metadata has the signature that its successor recorded', async () => {
    const bare = await provenScenario('intact', { metadata: false });
    const proven = bare.lines.filter(({ kind, status }) => kind === 'digest' && status === 'valid');
    expect(proven.length).toBeGreaterThan(10);
    for (const { bucket, key } of proven)
      expect(bare.check(await bare.prove({ bucket, key })).verdict).toBe('VALID');
  });

  test.each(['digest-moved-bucket', 'relocated-bucket', 'backfill'])(
    'holds in a bucket that was moved, or of another kind: %s',
    async (name) => {
      const proven = await provenScenario(name);
      for (const { bucket, key, status } of proven.lines)
        expect(proven.check(await proven.prove({ bucket, key })).verdict === 'VALID').toBe(
          status === 'valid',
        );
    },
  );

  test('is of the object whose stored bytes are given as well', async () => {
    const { store } = intact;
    const { createHash } = await import('node:crypto');
    const bytes = store.get(LOG.bucket, LOG.key)?.bytes ?? Buffer.of();
    const stored = createHash('sha256').update(bytes).digest('hex');
    const logFile = bytes;
    const eventId = eventIn(intact, LOG);
    const proof = await intact.prove(LOG, { subject: { stored, name: 'a file' }, eventId, logFile });
    expect(proof).toEqual(await intact.prove(LOG, { eventId }));
  });

  test('must be signed by one of the keys that are given', async () => {
    const proof = await intact.prove(LOG);
    const keys = TEST_KEYS.map(publicKeyOf);
    const checked = intact.check(proof, { keys });
    expect(checked.verdict).toBe('VALID');
    expect(renderProofCheck(checked)).toMatch(
      /; key [0-9a-f]{32} is one of those given with --keys \(.+: it counts if that did not come with the proof\)$/,
    );
    const unknown = intact.check(proof, { keys: undefined });
    expect(unknown.verdict).toBe('INCONCLUSIVE');
    expect(textsOf(unknown)).toEqual([
      "the key is from the report alone: give CloudTrail's public keys from another source with --keys",
    ]);
    const inside = distrustKeys(keys, { reason: 'inside-target', detail: 'bag/keys.jsonl' });
    expect(intact.check(proof, { keys: inside }).verdict).toBe('INCONCLUSIVE');
    const used = keys.filter(({ fingerprint }) => fingerprint !== proof.signature?.key.fingerprint);
    const check = intact.check(proof, { keys: used });
    expect(check.verdict).toBe('INCONCLUSIVE');
    expect(textsOf(check)).toEqual(['the key is none of those given with --keys']);
  });
});

describe('a proof cannot be made', () => {
  test('of an object that the report does not count, or an event that is not there', async () => {
    await expect(intact.prove({ bucket: LOG.bucket, key: 'no' })).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    await expect(intact.prove({ ...LOG, versionId: 'v' })).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    const missing = intact.prove(LOG, { subject: { stored: '0'.repeat(64), name: 'a file' } });
    await expect(missing).rejects.toThrow('a file is not among the objects');
    await expect(intact.prove(LOG, { eventId: 'nobody' })).rejects.toThrow('no event nobody');
    const digest = intact.lines[0] ?? LOG;
    const ofDigest = intact.prove({ bucket: digest.bucket, key: digest.key }, { eventId: 'x' });
    await expect(ofDigest).rejects.toThrow('is no log file');
  });

  test('of a report without an inventory', async () => {
    const { objects: _objects, ...report } = intact.report;
    const made = intact.prove(LOG, { report: { report, sha256: '' } });
    await expect(made).rejects.toMatchObject({ code: 'REPORT_INVALID' });
  });

  test('of objects that changed since', async () => {
    const changed = { ...intact.source, open: async () => ({ bytes: Buffer.of(1), metadata: {} }) };
    const made = intact.prove(LOG, { source: changed });
    await expect(made).rejects.toMatchObject({ code: 'EVIDENCE_INVALID' });
    const event = intact.prove(LOG, { eventId: eventIn(intact, LOG), logFile: Buffer.of(1) });
    await expect(event).rejects.toThrow('is no longer the object that the report counted');
  });
});

describe('a proof is refused', () => {
  test('for another report', async () => {
    const proof = await intact.prove(LOG);
    const other = Buffer.from(intact.reportBytes.toString().replace('"a run"', '"b run"'));
    expect(textsOf(intact.check(proof, { report: other }))).toContain('the proof is of another report');
    expect(textsOf(intact.check(proof, { report: tampered.reportBytes }))).toContain(
      'the proof leads to another Merkle root than the one that the report binds',
    );
    expect(intact.check(proof, { report: Buffer.from('{}') }).verdict).toBe('INVALID');
  });

  test.each<[string, (proof: Proof) => unknown, string]>([
    [
      'another size',
      (proof) => ({ tree: { ...proof.tree, size: proof.tree.size + 1 } }),
      'another Merkle root',
    ],
    ['another id', (proof) => ({ report: { ...proof.report, id: 'x' } }), 'names its report by another id'],
    [
      'another index',
      (proof) => ({ object: { ...proof.object, index: proof.object.index + 1 } }),
      'does not lead',
    ],
    ['a signature of nothing', () => ({ digests: undefined }), 'a signature of no digest file'],
    ['a log file and no event', () => ({ log: 'AAAA' }), 'holds a log file and no event'],
    [
      'an event of a digest file',
      () => ({ event: { id: 'x', offset: 0, length: 1, bytes: '' }, log: 'AAAA' }),
      'the log file is not the one',
    ],
    [
      'base64 that can be written otherwise',
      (proof) => ({
        digests: proof.digests?.map((one) => ({ ...one, stored: `${one.stored.replace(/=*$/, '')}=====` })),
      }),
      'is no proof',
    ],
  ])('with %s', async (_, change, text) => {
    const proof = await intact.prove(LOG);
    const changed = JSON.parse(JSON.stringify({ ...proof, ...(change(proof) as object) }));
    const ordered = Object.fromEntries(
      ['schema', 'report', 'tree', 'object', 'digests', 'signature', 'event', 'log'].flatMap((name) =>
        changed[name] === undefined ? [] : [[name, changed[name]]],
      ),
    );
    const check = intact.check(Buffer.from(formatProof(ordered as unknown as Proof)));
    expect(check.verdict).toBe('INVALID');
    expect(textsOf(check).join()).toContain(text);
  });

  test('with parts of the proof of another object', async () => {
    const proof = await intact.prove(LOG);
    const [first, second] = intact.lines.filter(
      ({ kind, key }) => kind === 'digest' && key.includes('eu-west-1'),
    );
    const others = [first, second].map((line) => ({ bucket: line?.bucket ?? '', key: line?.key ?? '' }));
    for (const ref of others) {
      const other = await intact.prove(ref);
      if (other.digests?.[0]?.inclusion.index === proof.digests?.[0]?.inclusion.index) continue;
      const { digests = [], signature } = proof;
      const [place] = other.digests ?? [];
      if (place === undefined || signature === undefined) throw new Error('both must be there');
      expect(textsOf(intact.check({ ...proof, digests: [place] }))).toContain(
        'the digest file does not name the log file',
      );
      expect(textsOf(intact.check({ ...other, digests }))).toContain(
        'the digest file is another than the object',
      );
      expect(textsOf(intact.check({ ...proof, digests: [...digests, ...digests] }))).toContain(
        'a digest file does not record the one before it as it is',
      );
      const value = other.signature?.value ?? '';
      expect(textsOf(intact.check({ ...proof, signature: { ...signature, value } }))).toEqual([
        "AWS's signature does not verify over the digest file",
      ]);
      const signingString = other.signature?.signingString ?? '';
      expect(textsOf(intact.check({ ...proof, signature: { ...signature, signingString } }))).toEqual([
        'the signing string is not that of the digest file',
      ]);
    }
  });

  test('with any of its bytes changed, whichever it is', async () => {
    for (const eventId of [undefined, eventIn(intact, LOG)]) {
      const bytes = Buffer.from(formatProof(await intact.prove(LOG, { eventId })));
      expect(intact.check(bytes).verdict).toBe('VALID');
      // Every byte of the one, and of the other, which holds its log file as well, every fourth.
      for (let at = 0; at < bytes.length; at += eventId === undefined ? 1 : 4) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 7));
        expect({ at, verdict: intact.check(flipped).verdict }).toEqual({ at, verdict: 'INVALID' });
      }
    }
  });

  test('cut short, or with something behind it', async () => {
    const bytes = Buffer.from(formatProof(await intact.prove(LOG)));
    for (const wrong of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('\n')]), Buffer.of()])
      expect(intact.check(wrong).verdict).toBe('INVALID');
  });
});

describe('readProof', () => {
  test('gives back what was written', async () => {
    const proof = await intact.prove(LOG);
    expect(readProof(Buffer.from(formatProof(proof)), 'proof.json')).toEqual(proof);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    expect({ fits: validate(proof), problems: validate.errors }).toEqual({ fits: true, problems: null });
  });

  test('takes what the published schema takes, and no more', async () => {
    const proof: unknown = JSON.parse(
      formatProof(await intact.prove(LOG, { eventId: eventIn(intact, LOG) })),
    );
    const validate = new Ajv2020({ strict: true }).compile<unknown>(schema);
    for (const path of pathsOf(proof)) {
      for (const change of changesOf(valueAt(proof, path))) {
        const other = withChange(proof, path, change);
        const answers = { path, change, isTaken: 'value' in checkDocument(proofSchema(), other) };
        expect(answers).toEqual({ ...answers, isTaken: validate(other) });
      }
    }
  });

  test.each([
    ['no JSON', 'x', 'is not JSON'],
    ['a name that stands twice', '{"a":1,"a":2}', 'names "a" twice'],
    ['another form', '{}', 'is no proof of trail-verify'],
  ])('refuses %s', (_, text, problem) => {
    expect(() => readProof(Buffer.from(text), 'proof.json')).toThrow(problem);
  });
});
