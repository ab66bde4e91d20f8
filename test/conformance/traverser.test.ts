/**
 * aws-cli's unit tests of the walk down a chain, for standard and for backfill digests. Their provider, validator and
 * callbacks are mocks; here the chains are real ones, signed with test keys.
 */
import { describe, expect, test } from 'vitest';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import { type ListedKey, liveKeyRing } from '../../src/crypto/key-rings.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { setMetadata } from '../support/damage.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import { FOREIGN_KEY, fileRing, TEST_KEYS } from '../support/test-keys.ts';
import { type Action, backfillChain, type MadeChain, standardChain } from './chain-actions.ts';
import { codesOf, type Run, run } from './run.ts';

type Kind = 'standard' | 'backfill';

function make(kind: Kind, actions: readonly Action[]): MadeChain {
  return kind === 'standard' ? standardChain(actions) : backfillChain(actions);
}

/** The digests of one kind that were found valid, newest first. */
function validDigests({ events }: Run, kind: Kind): readonly string[] {
  const isOne = (event: TrailEvent): event is TrailEvent & { type: 'digest' } =>
    event.type === 'digest' && event.outcome === 'valid';
  const keys = events.filter(isOne).map(({ object }) => `${object.bucket}/${object.key}`);
  return keys.filter((key) => key.includes('_backfill') === (kind === 'backfill'));
}

function placesOf(digests: readonly (DeliveredDigest | undefined)[]): readonly string[] {
  return digests.map((digest) => `${digest?.bucket}/${digest?.key}`);
}

/** A key ring that counts how often it asks, and for what. */
function countedRing(now: number, keys: readonly ListedKey[] = TEST_KEYS) {
  const asked: { region: string; from: number; to: number }[] = [];
  const ring = liveKeyRing(async (region, from, to) => {
    asked.push({ region, from, to });
    return { keys };
  }, fixedClock(now));
  return { ring, asked };
}

describe.each<Kind>(['standard', 'backfill'])('a %s chain', (kind) => {
  test('loads_digests_in_range, traverse_backfill_digests_basic: one question for keys, one listing, each digest read once', async () => {
    const { store, digests, now } = make(kind, ['gap', 'link', 'link', 'link']);
    const { ring, asked } = countedRing(now);
    const result = await run(store, now, { keyRing: ring });
    expect(validDigests(result, kind)).toEqual(placesOf(digests.toReversed()));
    expect(asked).toHaveLength(1);
    expect(result.listings.filter(({ prefix }) => prefix.includes('CloudTrail-Digest'))).toHaveLength(1);
    for (const place of placesOf(digests))
      expect(result.opened.filter(({ bucket, key }) => `${bucket}/${key}` === place)).toHaveLength(1);
  });

  test('invokes_cb_and_continues_when_missing, traverse_backfill_digests_with_missing', async () => {
    const { store, digests, now } = make(kind, ['gap', 'link', 'missing', 'link']);
    const result = await run(store, now);
    expect(validDigests(result, kind)).toHaveLength(3);
    const missing = result.report.findings.filter(({ code }) => code === 'DIGEST_MISSING');
    expect(missing).toHaveLength(1);
    expect(missing[0]).toMatchObject({
      object: { key: digests[2]?.key },
      evidence: { namedBy: `s3://${digests[3]?.bucket}/${digests[3]?.key}` },
    });
  });

  test('invokes_cb_and_continues_when_invalid, traverse_backfill_digests_with_invalid', async () => {
    const { store, digests, now } = make(kind, ['gap', 'link', 'invalid', 'link', 'invalid']);
    const result = await run(store, now);
    expect(validDigests(result, kind)).toEqual(placesOf([digests[3], digests[1], digests[0]]));
    const invalid = result.report.findings.filter(({ code }) => code === 'DIGEST_SIGNATURE_INVALID');
    expect(invalid.map(({ object }) => object.key)).toEqual([digests[2]?.key, digests[4]?.key]);
  });

  test('does_not_hard_fail_on_invalid_signature: differs, for what is no signature is missing, not wrong', async () => {
    const { store, digests, now } = make(kind, ['gap', 'link', 'link']);
    setMetadata(store, digests[1] ?? { bucket: '', key: '' }, { signature: 'not hexadecimal' });
    const { report } = await run(store, now);
    expect(codesOf(report)).toEqual({ DIGEST_SIGNATURE_MISSING: 1 });
    expect(report.verdict).toBe('INCONCLUSIVE');
  });

  test('reloads_objects_on_bucket_change, traverse_backfill_digests_bucket_change', async () => {
    const { store, digests, now } = make(kind, ['gap', 'link', 'bucket_change', 'link']);
    const newest = digests.at(-1)?.bucket ?? '';
    const result = await run(store, now, { targets: [{ bucket: newest, prefix: '' }] });
    expect(validDigests(result, kind)).toEqual(placesOf(digests.toReversed()));
    const listed = result.listings.filter(({ prefix }) => prefix.includes('CloudTrail-Digest'));
    expect(new Set(listed.map(({ bucket }) => bucket))).toEqual(
      new Set(kind === 'standard' ? [newest, 'bucket-1'] : [newest]),
    );
  });

  test('ensures_public_key_is_found', async () => {
    const { store, digests, now } = make(kind, ['gap', 'link']);
    const { report } = await run(store, now, { keyRing: fileRing([FOREIGN_KEY]) });
    const unknown = report.findings.filter(({ code }) => code === 'DIGEST_KEY_UNKNOWN');
    expect(unknown.map(({ object }) => object.key)).toEqual(
      expect.arrayContaining(digests.map(({ key }) => key)),
    );
    const fingerprint = digests[0]?.signer.fingerprint;
    expect(unknown[0]?.evidence).toMatchObject({ fingerprint, region: 'us-east-1', ringComplete: false });
  });

  test('ensures_public_keys_are_loaded: differs, for keys that cannot be had leave digests unproven and do not end the run', async () => {
    const { store, now } = make(kind, ['gap', 'link']);
    const keyRing = liveKeyRing(
      async () => ({ keys: undefined, refusal: 'none to be had' }),
      fixedClock(now),
    );
    const { report } = await run(store, now, { keyRing });
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(report.totals.digests.valid).toBe(0);
    expect(report.limits.map(({ text }) => text).join()).toContain('none to be had');
  });
});

describe('gaps', () => {
  test('invokes_cb_and_continues_when_gap: differs, for a gap is uncovered time and leaves the run inconclusive', async () => {
    const { store, digests, now } = standardChain(['gap', 'gap', 'link', 'gap']);
    const result = await run(store, now);
    expect(validDigests(result, 'standard')).toEqual(placesOf(digests.toReversed()));
    const restarts = result.report.findings.filter(({ code }) => code === 'CHAIN_RESTARTED');
    expect(restarts.map(({ object }) => object.key)).toEqual([digests[1]?.key, digests[3]?.key]);
    expect(result.report.verdict).toBe('INCONCLUSIVE');
  });

  test('traverse_backfill_digests_with_gaps: differs, for backfill digests owe no coverage', async () => {
    const { store, digests, now } = backfillChain(['gap', 'gap', 'link', 'gap']);
    const result = await run(store, now);
    expect(validDigests(result, 'backfill')).toEqual(placesOf(digests.toReversed()));
    expect(result.report).toMatchObject({ verdict: 'VALID', findings: [] });
  });
});

describe('both kinds', () => {
  test('traverse_mixed_standard_and_backfill_digests: differs, for both kinds share one question for keys and one listing', async () => {
    const { store, digests, now } = backfillChain(['gap', 'link']);
    const { ring, asked } = countedRing(now);
    const result = await run(store, now, { keyRing: ring });
    expect(validDigests(result, 'backfill')).toHaveLength(2);
    expect(validDigests(result, 'standard')).toHaveLength(3);
    expect(asked).toHaveLength(1);
    expect(result.opened.filter(({ key }) => key.includes('CloudTrail-Digest'))).toHaveLength(
      3 + digests.length,
    );
  });

  test('traverse_backfill_digests_cache_miss_triggers_multiple_api_calls: differs, for unknown fingerprints do not ask again', async () => {
    const { store, now } = backfillChain(['gap', 'link', 'link']);
    const { ring, asked } = countedRing(now, []);
    const { report } = await run(store, now, { keyRing: ring });
    expect(codesOf(report)).toMatchObject({ DIGEST_KEY_UNKNOWN: 7, NOTHING_VERIFIED: 1 });
    expect(asked).toHaveLength(1);
  });

  test('the keys of two hours behind the window are asked for', async () => {
    const { store, digests, now } = standardChain(['gap', 'link']);
    const { ring, asked } = countedRing(now);
    await run(store, now, { keyRing: ring });
    expect(asked[0]?.region).toBe('us-east-1');
    expect(asked[0]?.from).toBeLessThan(digests[0]?.startTime ?? 0);
    expect(asked[0]?.to).toBe(now + 2 * HOUR);
  });
});
