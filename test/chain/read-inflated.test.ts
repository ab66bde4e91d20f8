import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { auditTrail } from '../../fixtures/scenario.ts';
import { type OpenedDigest, readInflated, readStored } from '../../src/chain/read-digest.ts';
import { sha256Hex } from '../support/test-digest.ts';
import { gzip } from '../support/test-gzip.ts';

const { store, trail } = auditTrail();
trail.hours(2, { logs: 2 });
const ref = trail.digestAt(1);
const stored = store.get(ref.bucket, ref.key);
if (stored === undefined) throw new Error('there is no such digest');
const { bytes, metadata } = stored;

/** What is read of a file whose content was inflated and hashed elsewhere. */
function elsewhere(file: Uint8Array, versionId?: string): OpenedDigest {
  const content = gunzipSync(file);
  return readInflated(
    {
      ref,
      bytes: { read: file.length, inflated: content.length },
      hashes: { stored: sha256Hex(file), content: sha256Hex(content) },
      ...(versionId === undefined ? {} : { versionId }),
    },
    content.toString('latin1'),
    metadata,
  );
}

describe('a digest that was inflated and hashed elsewhere is what it is here', () => {
  test('sound, with a version and without', () => {
    expect(elsewhere(bytes)).toEqual(readStored(ref, { bytes, metadata }));
    expect(elsewhere(bytes, 'v1')).toEqual(readStored(ref, { bytes, metadata, versionId: 'v1' }));
    expect(elsewhere(bytes).state).toBe('parsed');
  });

  test.each(['{', '{}', '[]', '{"a":1,"a":2}'])('and none in %s', (text) => {
    const file = gzip(text);
    expect(elsewhere(file)).toEqual(readStored(ref, { bytes: file, metadata }));
    expect(elsewhere(file).state).toBe('malformed');
  });
});
