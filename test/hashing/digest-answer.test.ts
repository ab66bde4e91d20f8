import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDigest } from '../../src/chain/open-digest.ts';
import { DigestAnswers, tasksOf, textOf } from '../../src/hashing/digest-answer.ts';
import { readBuffer } from '../../src/source/object-file.ts';
import type { ObjectFile } from '../../src/source/source.ts';
import { trailOf } from '../chain/chain-fixture.ts';
import { memorySource } from '../support/memory-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { FOREIGN_KEY } from '../support/test-keys.ts';

const { store, trail } = trailOf(2);
const DIGEST = trail.digestAt(1);
const REF = { bucket: DIGEST.bucket, key: DIGEST.key };
const STORED = store.get(REF.bucket, REF.key);
if (STORED === undefined) throw new Error('the digest must be there');
const { fingerprint, privateKey } = DIGEST.signer;
const publicKey = createPublicKey(privateKey);

function fileOf(
  changes: { readonly bytes?: Uint8Array; readonly signature?: string; readonly versionId?: string } = {},
): ObjectFile {
  const path = join(temporaryFolder(), 'digest.json.gz');
  writeFileSync(path, changes.bytes ?? STORED?.bytes ?? '');
  const metadata = { ...STORED?.metadata, signature: changes.signature ?? DIGEST.signature };
  const { versionId } = changes;
  writeFileSync(`${path}.s3-metadata.json`, JSON.stringify({ ...REF, size: 1, metadata, versionId }));
  return { path, key: REF.key };
}

let answers: DigestAnswers;
beforeEach(() => {
  answers = new DigestAnswers({ object: readBuffer(), sidecar: readBuffer() });
});

test('files go as one text and come back', () => {
  const files = [
    { path: '/a b/c', key: 'c' },
    { path: '/ü\n', key: 'ü\n' },
  ];
  expect(tasksOf(textOf(files))).toEqual(files);
});

describe('the answer to a file', () => {
  test('is what its source would open, also after it was sent', async () => {
    const { ref: _, ...expected } = await openDigest(memorySource(store), REF);
    const answer = answers.answer(fileOf());
    expect(answer?.opened).toEqual(expected);
    expect(JSON.parse(JSON.stringify(answer))).toEqual({ opened: JSON.parse(JSON.stringify(expected)) });
    expect(answers.answer(fileOf({ versionId: 'v1' }))?.opened).toEqual({ ...expected, versionId: 'v1' });
  });

  test('tells of its own signature, once its key is known', () => {
    expect(answers.answer(fileOf())).not.toHaveProperty('tried');
    answers.learn({ number: 4, fingerprint, key: publicKey });
    expect(answers.answer(fileOf())?.tried).toEqual({ key: 4, verifies: true });
    const other = fileOf({
      signature: DIGEST.signature.replace(/^../, (text) => (text === '00' ? '01' : '00')),
    });
    expect(answers.answer(other)?.tried).toEqual({ key: 4, verifies: false });
    expect(answers.answer(fileOf({ signature: 'none' }))).not.toHaveProperty('tried');
    expect(answers.answer(fileOf({ bytes: Buffer.from('no gzip') }))).toEqual({
      opened: expect.objectContaining({ state: 'malformed', problems: ['is not gzip'] }),
    });
  });

  test('is under the key learned last of one fingerprint', () => {
    answers.learn({ number: 0, fingerprint, key: publicKey });
    answers.learn({ number: 1, fingerprint, key: createPublicKey(FOREIGN_KEY.privateKey) });
    expect(answers.answer(fileOf())?.tried).toEqual({ key: 1, verifies: false });
  });

  test('is left to the source where the file is none, and where this machine fails', () => {
    expect(answers.answer({ path: join(temporaryFolder(), 'absent'), key: REF.key })).toBeNull();
    const failing = new DigestAnswers({
      get object(): never {
        throw new Error('out of memory');
      },
      sidecar: readBuffer(),
    });
    expect(failing.answer(fileOf())).toBeNull();
  });
});

test('the read in the middle is the typical one', () => {
  expect(answers.typicalRead()).toBe(0);
  for (let count = 0; count < 3; count += 1) answers.answer(fileOf());
  expect(answers.typicalRead()).toBeGreaterThan(0);
  expect(answers.typicalRead()).toBe(0);
});
