/** openssl as a second opinion on every signature of the intact fixture: it must say what we say, also after a byte was changed. */
import { execFile, spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { verifySignature } from '../../src/crypto/public-key.ts';
import { parseDigest, signingString } from '../../src/digest/digest.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { inflate } from '../support/test-gzip.ts';
import { TEST_KEYS } from '../support/test-keys.ts';

/** What one digest of the fixture is verified with. */
interface Signed {
  readonly key: string;
  readonly text: string;
  readonly signature: Buffer;
  readonly pem: string;
}

const { error: absence } = spawnSync('openssl', ['version']);
if (absence !== undefined) console.log(`skipped, for openssl cannot be started: ${absence.message}`);

async function signedDigests(): Promise<readonly Signed[]> {
  const { store } = (await loadScenario('intact')).build();
  return store.bucketNames().flatMap((bucket) =>
    store
      .keys(bucket)
      .filter((key) => key.includes('/CloudTrail-Digest/') && key.endsWith('.json.gz'))
      .map((key) => signedDigest(store, bucket, key)),
  );
}

function signedDigest(store: ObjectStore, bucket: string, key: string): Signed {
  const object = store.get(bucket, key);
  const content = inflate(object?.bytes ?? new Uint8Array());
  const { digest } = parseDigest(content);
  const signer = TEST_KEYS.find(({ fingerprint }) => fingerprint === digest?.fingerprint);
  if (object === undefined || digest === undefined || signer === undefined)
    throw new Error(`no digest at ${key}`);
  const { previous, location, endTimeText } = digest;
  const text = signingString({
    endTimeText,
    ...location,
    sha256: sha256(content),
    previousSignature: previous?.signature,
  });
  const pem = createPublicKey(signer.privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { key, text, signature: Buffer.from(object.metadata.signature ?? '', 'hex'), pem };
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}

describe.skipIf(absence !== undefined)('openssl dgst -sha256 -verify', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trail-verify-openssl-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The verdict of openssl, which exits with 1 for a signature that does not verify; rejects where openssl itself fails. */
  function ask(name: string, text: Buffer, signature: Buffer, pem: string): Promise<boolean> {
    const path = (ending: string): string => join(folder, `${name}.${ending}`);
    writeFileSync(path('txt'), text);
    writeFileSync(path('sig'), signature);
    writeFileSync(path('pem'), pem);
    const settings = ['dgst', '-sha256', '-verify', path('pem'), '-signature', path('sig'), path('txt')];
    return new Promise((resolve, reject) => {
      execFile('openssl', settings, (error, stdout, stderr) => {
        if (error === null && stdout.trim() === 'Verified OK') resolve(true);
        else if (error?.code === 1 && /Verification failure/i.test(stdout + stderr)) resolve(false);
        else reject(error ?? new Error(stdout));
      });
    });
  }

  test('agrees on every digest of the intact fixture, and on each with a byte changed', async () => {
    const digests = await signedDigests();
    expect(digests.length).toBeGreaterThan(30);
    for (const [index, { key, text, signature, pem }] of digests.entries()) {
      const bytes = Buffer.from(text);
      const cases: readonly [string, Buffer, Buffer][] = [
        ['as it is', bytes, signature],
        ['text changed', flipped(bytes, (index * 37) % bytes.length), signature],
        ['signature changed', bytes, flipped(signature, (index * 37) % signature.length)],
      ];
      const opinions = await Promise.all(
        cases.map(([, changed, sig], at) => ask(`${index}-${at}`, changed, sig, pem)),
      );
      const ours = cases.map(([, changed, sig]) =>
        verifySignature(changed.toString(), sig.toString('hex'), createPublicKey(pem)),
      );
      expect({ key, opinions }).toEqual({ key, opinions: [true, false, false] });
      expect({ key, ours }).toEqual({ key, ours: opinions });
    }
  }, 120_000);
});
