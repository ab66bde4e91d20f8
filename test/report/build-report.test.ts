import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PublicKey } from '../../src/crypto/public-key.ts';
import { chainId } from '../../src/digest/digest-key.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { ReportBuilder } from '../../src/report/build-report.ts';
import { publicKeyOf, TEST_KEYS } from '../support/test-keys.ts';
import {
  at,
  BACKFILL,
  build,
  CHAIN,
  chain,
  covered,
  digest,
  FACTS,
  finding,
  ID,
  log,
  OTHER,
  RANGE,
} from './report-events.ts';

describe('the report of a run', () => {
  test('tells what was asked, by whom and when', () => {
    const report = build([]);
    expect(report).toMatchObject({
      schema: 'trail-verify/report/v1',
      verdict: 'VALID',
      tool: { name: 'trail-verify', version: '0.0.0', node: '20.0.0' },
      run: { id: 'a run', started: '2026-10-05T09:00:00Z', finished: '2026-10-05T19:00:00Z' },
      source: FACTS.source,
      window: { requested: { from: null, to: '2026-10-05T19:00:00Z' }, covered: [], verifiedThrough: null },
    });
    const started = { ...RANGE.started, window: { from: at(1), to: at(2) } };
    const builder = new ReportBuilder(FACTS);
    expect(builder.add(started)).toBe(undefined);
    expect(builder.build().window.requested).toEqual({
      from: '2026-10-05T10:00:00Z',
      to: '2026-10-05T11:00:00Z',
    });
  });

  test('names the controls that its findings support, once for each code', () => {
    expect(build([]).controls).toBeUndefined();
    const expiring = {
      rule: 'tidy',
      prefix: '',
      versioning: 'Enabled',
      objectLock: false,
    };
    const report = build([
      finding({ code: 'LOG_UNLISTED', evidence: { size: 1 } }),
      finding({ code: 'EVIDENCE_MAY_EXPIRE', weight: 'note', evidence: expiring }),
      finding({ code: 'LOG_UNLISTED', evidence: { size: 2 } }),
    ]);
    expect(report.controls?.map(({ code }) => code)).toEqual(['LOG_UNLISTED', 'EVIDENCE_MAY_EXPIRE']);
    expect(report.controls?.[1]?.supports).toEqual([
      'PCI DSS v4 10.5.1',
      'NIST 800-53 AU-9',
      'NIST 800-53 AU-11',
      'ISO 27001:2022 A.8.15',
    ]);
  });

  test('counts digests and log files by outcome, and the bytes of both', () => {
    const report = build([
      chain(CHAIN, { organization: 'o-exampleorgid' }),
      digest({ logFiles: 5 }),
      digest({ outcome: 'missing', listed: false }),
      digest({ outcome: 'unproven' }),
      digest({ outcome: 'invalid' }),
      ...(['valid', 'valid', 'invalid', 'missing', 'unproven'] as const).map((outcome) => log(outcome)),
      { ...log(), family: 'aggregated' } as TrailEvent,
      digest({ logFiles: 1 }),
      finding({ code: 'LOG_UNLISTED', evidence: { size: 1 } }),
    ]);
    expect(report.totals).toEqual({
      digests: { listed: 4, valid: 2, invalid: 1, missing: 1, unproven: 1 },
      logs: { listed: 6, valid: 3, invalid: 1, missing: 1, unproven: 1, unlisted: 1 },
      bytes: { read: 56, inflated: 530 },
    });
    expect(report.chains).toEqual([
      {
        id: ID,
        ...CHAIN,
        organization: 'o-exampleorgid',
        digests: { listed: 4, valid: 2, invalid: 1, missing: 1, unproven: 1 },
        logs: { listed: 6, valid: 3, invalid: 1, missing: 1, unproven: 1 },
        families: { aggregated: 1, insights: 5 },
        covered: [],
        first: null,
        last: null,
      },
    ]);
    expect(Object.keys(report.chains[0]?.families ?? {})).toEqual(['aggregated', 'insights']);
  });

  test('sums over chains, in the order of their names, those out of scope left out', () => {
    const elsewhere = { ...CHAIN, account: '777788889999' };
    const report = build([
      chain(OTHER),
      chain(elsewhere, { inScope: false }),
      chain(BACKFILL),
      chain(),
      digest({ logFiles: 1 }),
      digest({ chain: chainId(OTHER) }),
      log(),
      covered(0, 1),
      covered(1, 2),
    ]);
    expect(report.chains.map(({ id }) => id)).toEqual([ID, chainId(BACKFILL), chainId(OTHER)]);
    expect(report.totals.digests).toMatchObject({ listed: 2, valid: 2 });
    expect(report.chains[0]).toMatchObject({
      covered: [{ from: '2026-10-05T09:00:00Z', to: '2026-10-05T11:00:00Z' }],
      first: '2026-10-05T09:00:00Z',
      last: '2026-10-05T11:00:00Z',
    });
    expect(report.chains[0]).not.toHaveProperty('organization');
  });

  test('names keys and limits in order, each limit once', () => {
    const limit = (code: string, text: string): TrailEvent => ({ type: 'limit', limit: { code, text } });
    const [first, second] = TEST_KEYS.map(publicKeyOf) as [PublicKey, PublicKey];
    const bare = { ...second, region: undefined, validFrom: undefined, validTo: undefined };
    for (const keys of [
      [first, bare],
      [bare, first],
    ]) {
      const report = build([limit('B', '1'), limit('A', '2'), limit('B', '1'), limit('A', '1')], {
        keys: () => keys,
      });
      expect(report.limits).toEqual([
        { code: 'A', text: '1' },
        { code: 'A', text: '2' },
        { code: 'B', text: '1' },
      ]);
      const { fingerprint, origin } = bare;
      const unknown = { fingerprint, origin, region: null, validFrom: null, validTo: null };
      expect(report.keys).toHaveLength(2);
      expect(report.keys).toContainEqual(expect.objectContaining(unknown));
      expect(report.keys).toContainEqual({
        publicKey: Buffer.from(first.der).toString('base64'),
        sha256: createHash('sha256').update(first.der).digest('hex'),
        bits: 2048,
        exponent: 65537,
        usedByDigests: 0,
        fingerprint: first.fingerprint,
        region: 'us-east-1',
        validFrom: '2026-08-23T18:06:29Z',
        validTo: '2026-09-22T18:06:29Z',
        origin: first.origin,
      });
      expect([...report.keys].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))).toEqual(report.keys);
    }
  });

  test('lists findings by chain, time, code and object, and takes the verdict from the heaviest', () => {
    const uri = (name: string): object => ({ bucket: 'b', key: name, uri: `s3://b/${name}` });
    const ordered = [
      { object: uri('a') },
      { object: uri('b') },
      { code: 'RUN_INTERRUPTED' },
      { time: '2026-10-05T09:00:00Z' },
      { chain: 'x', time: '2026-10-05T10:00:00Z' },
      { chain: 'y', time: '2026-10-05T08:00:00Z', weight: 'violation' },
    ].map(finding);
    const report = build([...ordered].reverse());
    expect(report.findings).toEqual(
      ordered.map((event) => (event.type === 'finding' ? event.finding : undefined)),
    );
    expect(report.verdict).toBe('INVALID');
    expect(build([finding()]).verdict).toBe('INCONCLUSIVE');
  });
});

test('events for other readers change nothing', () => {
  const progress = {
    phase: 'verifying' as const,
    placesDone: 1,
    placesListed: 1,
    placesPlanned: 1,
    digestsDone: 1,
    digestsPlanned: 1,
    logsDone: 1,
    logsPlanned: 1,
    logsExpected: 0,
    bytesRead: 1,
  };
  const end = { bucket: 'b', key: 'k', sha256: '', signature: '' };
  const others: TrailEvent[] = [
    { type: 'progress', progress },
    { type: 'segment', chain: 'unknown', from: 0, to: 1, digests: 1, newest: end, previous: null },
  ];
  expect(build(others)).toEqual(build([]));
});
