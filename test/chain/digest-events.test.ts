import { expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { absentEvents, digestEvents, missing, vanished } from '../../src/chain/chain-findings.ts';
import type { OpenedDigest } from '../../src/chain/read-digest.ts';
import { chainId, relocator } from '../../src/digest/digest-key.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { objectUri } from '../../src/source/source.ts';
import { CHAIN, contextOver, planOf, provenAt, refAt, START, trailOf } from './chain-fixture.ts';

const CONTEXT = contextOver(trailOf(0).store);
const REF = refAt(START);
const BYTES = { read: 3, inflated: 7 };
const FINDING: Finding = {
  code: 'DIGEST_UNREADABLE',
  weight: 'unproven',
  object: { ...REF, uri: objectUri(REF) },
  evidence: { reason: 'denied', detail: '' },
};

test('a digest that is not proven vouches for nothing', () => {
  const opened: OpenedDigest = {
    ref: REF,
    bytes: BYTES,
    state: 'unreadable',
    failure: { reason: 'denied', detail: '' },
  };
  expect(digestEvents(planOf(), CONTEXT, opened, { findings: [FINDING], digest: undefined })).toEqual([
    {
      type: 'digest',
      chain: chainId(CHAIN),
      object: REF,
      outcome: 'unproven',
      listed: true,
      logFiles: 0,
      bytes: BYTES,
    },
    { type: 'finding', finding: FINDING },
  ]);
});

test('the version that was read is told', () => {
  const opened: OpenedDigest = { ref: REF, bytes: BYTES, versionId: 'v1', state: 'absent' };
  expect(digestEvents(planOf(), CONTEXT, opened, { findings: [], digest: undefined })).toMatchObject([
    { type: 'digest', versionId: 'v1' },
  ]);
});

test('a proven digest tells its window and log files; those named twice are notes at the place where they are', () => {
  const log = { bucket: 'origin', key: 'a.json.gz' };
  const digest = provenAt(
    START,
    { provenBy: 'successor' },
    { logFiles: [{ ...log, sha256: 'aa' }], repeatedLogFiles: [log, log] },
  );
  const metadata = { kept: true, signature: 'dd', algorithm: 'SHA256withRSA', generatedAt: undefined };
  const opened: OpenedDigest = {
    ref: REF,
    bytes: BYTES,
    state: 'parsed',
    digest: digest.digest,
    sha256: 'cc',
    metadata,
  };
  const context = { ...CONTEXT, relocations: relocator([{ from: 'origin', to: 'copy' }]) };
  const [event, ...notes] = digestEvents(planOf(), context, opened, { findings: [], digest });
  expect(event).toEqual({
    type: 'digest',
    chain: chainId(CHAIN),
    object: REF,
    outcome: 'valid',
    listed: true,
    window: { from: START - HOUR, to: START },
    logFiles: 1,
    bytes: BYTES,
    provenBy: 'successor',
    fingerprint: 'ff',
  });
  const note = {
    type: 'finding',
    finding: {
      code: 'LOG_LISTED_TWICE',
      weight: 'note',
      object: {
        bucket: 'copy',
        key: 'a.json.gz',
        uri: 's3://copy/a.json.gz',
        signedAs: 's3://origin/a.json.gz',
      },
      chain: chainId(CHAIN),
      time: '2026-10-05T09:12:37Z',
      evidence: { digest: objectUri(REF) },
    },
  };
  expect(notes).toEqual([note, note]);
});

test('an absent digest is missing where evidence names it, and unproven where it was listed', () => {
  const named = missing(planOf(), CONTEXT, REF, START, provenAt(START + HOUR), false);
  const base = {
    type: 'digest',
    chain: chainId(CHAIN),
    object: REF,
    logFiles: 0,
    bytes: { read: 0, inflated: 0 },
  };
  expect(absentEvents(planOf(), named)).toEqual([
    { ...base, outcome: 'missing', listed: false },
    { type: 'finding', finding: named },
  ]);
  const gone = vanished(planOf(), CONTEXT, REF, START);
  expect(absentEvents(planOf(), gone)).toEqual([
    { ...base, outcome: 'unproven', listed: true },
    { type: 'finding', finding: gone },
  ]);
});
