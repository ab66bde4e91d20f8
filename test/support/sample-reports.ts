import { CATALOGUE } from '../../src/findings/catalogue.ts';
import {
  type Finding,
  type FindingCode,
  type FindingObject,
  verdictOf,
  type Weight,
} from '../../src/findings/finding.ts';
import type { ChainReport, Report } from '../../src/report/report.ts';

const BUCKET = 'example-trail-bucket';
const HASH = 'a3b1f09c'.repeat(8);
const OTHER_HASH = '07e4d2c6'.repeat(8);
const DIGEST_TIMES = { from: '2026-11-20T14:01:31Z', to: '2026-11-20T15:01:31Z' };

/** An object of the example bucket. */
export function objectAt(key: string): FindingObject {
  return { bucket: BUCKET, key, uri: `s3://${BUCKET}/${key}` };
}

/** The key of a digest of hour `hour` (0 to 23). */
export function digestKey(hour: number, account = '111122223333', region = 'us-east-1'): string {
  const stamp = `20261120T${String(hour).padStart(2, '0')}0131Z`;
  return `AWSLogs/${account}/CloudTrail-Digest/${region}/2026/11/20/${account}_CloudTrail-Digest_${region}_management_us-east-1_${stamp}.json.gz`;
}

/** The key of a log file; `suffix` is the random part of its name. */
export function logKey(suffix: string, account = '111122223333', region = 'us-east-1'): string {
  return `AWSLogs/${account}/CloudTrail/${region}/2026/11/20/${account}_CloudTrail_${region}_20261120T1435Z_${suffix}.json.gz`;
}

const digestUri = objectAt(digestKey(16)).uri;
const SIGN_FILE = `s3://${BUCKET}/AWSLogs/111122223333/CloudTrail-Lake/Query/2026/11/20/7b1b0a8a-1111-2222-3333-444455556666/result_sign.json`;
const newerUri = objectAt(digestKey(17)).uri;

/** Evidence for every code, in its right form. */
const EVIDENCE: { readonly [Code in FindingCode]: Extract<Finding, { code: Code }>['evidence'] } = {
  DIGEST_MISSING: { namedBy: digestUri, inferred: false, expectedWindow: DIGEST_TIMES },
  DIGEST_MALFORMED: { problems: ['digestEndTime: is not a time'] },
  DIGEST_MOVED: { expected: digestUri, actual: newerUri },
  DIGEST_SIGNATURE_INVALID: {
    fingerprint: '28f6b7a2'.repeat(4),
    signatureFrom: 'metadata',
    signingString: '2026-11-20T15:01:31Z\n…',
  },
  DIGEST_SIGNATURE_MISSING: { absent: ['signature'], provenBy: digestUri },
  DIGEST_KEY_UNKNOWN: { fingerprint: '28f6b7a2'.repeat(4), region: 'us-east-1', ringComplete: false },
  KEYS_UNTRUSTED: {
    fingerprint: '28f6b7a2'.repeat(4),
    region: 'us-east-1',
    origin: 'ListPublicKeys us-east-1',
    reason: 'endpoint-not-aws',
    detail: 'http://127.0.0.1:9000',
  },
  DIGEST_KEY_EXPIRED: {
    fingerprint: '28f6b7a2'.repeat(4),
    region: 'us-east-1',
    validTo: '2026-10-05T17:06:29Z',
    digestEnd: DIGEST_TIMES.to,
  },
  DIGEST_UNREADABLE: { reason: 'denied', detail: 'AccessDenied: Access Denied' },
  DIGEST_UNLINKED: { window: DIGEST_TIMES, insteadOf: digestUri },
  LINK_HASH_MISMATCH: { expected: HASH, actual: OTHER_HASH, recordedBy: newerUri },
  LINK_SIGNATURE_MISMATCH: { expected: HASH, actual: OTHER_HASH, recordedBy: newerUri },
  LINK_ASTRAY: { leadsTo: newerUri, reason: 'not-back' },
  CHAIN_RESTARTED: { uncovered: DIGEST_TIMES, lastBefore: digestUri },
  CHAIN_ENDS_EARLY: { uncovered: DIGEST_TIMES, newest: digestUri, lastDelivered: '2026-11-20T15:04:00Z' },
  DIGEST_REMOVED: { expected: HASH },
  CHAIN_STARTS_LATE: { uncovered: DIGEST_TIMES, oldest: digestUri },
  CHAIN_ABSENT: { basis: 'expect-file', account: '111122223333', region: 'eu-west-1' },
  TRAIL_CHANGED: { setting: 'organization', organization: 'o-exampleorgid' },
  WINDOW_HOLE: { uncovered: DIGEST_TIMES, newer: newerUri, older: digestUri },
  WINDOW_OVERLAP: { overlap: DIGEST_TIMES, newer: newerUri, older: digestUri },
  LOG_MISSING: { expected: HASH, digest: digestUri },
  LOG_MODIFIED: { expected: HASH, actual: OTHER_HASH, digest: digestUri },
  LOG_MALFORMED: { problem: 'the gzip check sum is wrong', expected: HASH, digest: digestUri },
  LOG_TRAILING_DATA: { trailingBytes: 512, expected: HASH, actual: HASH, digest: digestUri },
  LOG_UNREADABLE: { reason: 'archived', detail: 'InvalidObjectState', digest: digestUri },
  LOG_UNLISTED: { written: '2026-11-20T14:41:00Z', size: 12_345 },
  LOG_LISTED_TWICE: { digest: digestUri },
  LAKE_SIGN_FILE_MISSING: { results: 2 },
  LAKE_SIGN_FILE_MALFORMED: { problems: ['version is not what CloudTrail writes'], sha256: HASH },
  LAKE_SIGN_FILE_UNREADABLE: { reason: 'denied', detail: 'AccessDenied: Access Denied' },
  LAKE_SIGNATURE_INVALID: {
    fingerprint: '28f6b7a2'.repeat(4),
    region: 'us-east-1',
    files: 2,
    sha256: HASH,
    signature: '5d1c'.repeat(128),
  },
  LAKE_KEY_UNKNOWN: { fingerprint: '28f6b7a2'.repeat(4), region: 'us-east-1', ringComplete: false },
  LAKE_KEY_UNTRUSTED: {
    fingerprint: '28f6b7a2'.repeat(4),
    region: 'us-east-1',
    origin: 'ListPublicKeys us-east-1',
    reason: 'endpoint-not-aws',
    detail: 'http://127.0.0.1:9000',
  },
  LAKE_KEY_EXPIRED: {
    fingerprint: '28f6b7a2'.repeat(4),
    region: 'us-east-1',
    validFrom: '2026-09-05T17:06:29Z',
    validTo: '2026-10-05T17:06:29Z',
    completed: DIGEST_TIMES.to,
  },
  LAKE_RESULT_MISSING: { expected: HASH, signFile: SIGN_FILE },
  LAKE_RESULT_MODIFIED: { expected: HASH, actual: OTHER_HASH, signFile: SIGN_FILE },
  LAKE_RESULT_UNREADABLE: { reason: 'archived', detail: 'InvalidObjectState', signFile: SIGN_FILE },
  LAKE_RESULT_UNLISTED: { written: '2026-11-20T14:41:00Z', size: 12_345 },
  LAKE_PLACE_ODD: { reason: 'other-day', completed: DIGEST_TIMES.to },
  LAKE_QUERY_DIFFERS: { reason: 'elsewhere', deliveredTo: 's3://example-other-results', status: 'SUCCESS' },
  LAKE_NAMES_NOT_IN_ORDER: { expected: 'result_1.csv.gz', actual: 'result_2.csv.gz' },
  LAKE_SIGNED_TWICE: { other: SIGN_FILE },
  LAKE_NOT_LOOKED_AT: { listed: 100_000 },
  LAKE_RESULTS_ABSENT: { account: '444455556666' },
  OBJECT_UNRECOGNIZED: { size: 17 },
  DIGEST_STORED_INFLATED: { sha256: 'ab'.repeat(32) },
  LOG_STORED_INFLATED: { sha256: 'ab'.repeat(32), digest: digestUri },
  OUTSIDE_TARGET: { kind: 'tree', path: 'security/AWSLogs/' },
  OBJECT_TWICE: { other: 'AWSLogs/111122223333/=_x.object' },
  DISCOVERY_INCOMPLETE: { foldersListed: 1000 },
  EVIDENCE_MAY_EXPIRE: {
    rule: 'tidy',
    prefix: 'AWSLogs/',
    days: 90,
    versioning: 'Enabled',
    objectLock: false,
  },
  RUN_INTERRUPTED: { reason: 'stopped' },
  CHAIN_ROLLED_BACK: {
    expected: HASH,
    provenThrough: DIGEST_TIMES.to,
    checkpoint: OTHER_HASH,
    newest: digestUri,
  },
  CHAIN_REWRITTEN: {
    expected: HASH,
    actual: OTHER_HASH,
    expectedSignature: '5d1c'.repeat(128),
    actualSignature: 'e07f'.repeat(128),
    checkpoint: OTHER_HASH,
  },
  CHAIN_VANISHED: {
    gone: 'region',
    account: '111122223333',
    region: 'eu-west-1',
    trail: 'management',
    provenThrough: DIGEST_TIMES.to,
    checkpoint: OTHER_HASH,
  },
  LOG_CHANGED_SINCE_CHECKPOINT: {
    expected: HASH,
    actual: OTHER_HASH,
    digest: digestUri,
    checkpoint: OTHER_HASH,
    checkpointTime: '2026-11-20T18:00:00Z',
  },
  LOG_VANISHED_SINCE_CHECKPOINT: {
    expected: HASH,
    digest: digestUri,
    checkpoint: OTHER_HASH,
    checkpointTime: '2026-11-20T18:00:00Z',
  },
  LISTING_SHRUNK: {
    day: '2026-11-20',
    digestsBefore: 25,
    digestsNow: 24,
    logsBefore: 240,
    logsNow: 238,
    checkpoint: OTHER_HASH,
  },
  STATE_BEHIND: { required: HASH, actual: OTHER_HASH, written: '2026-11-19T02:00:00Z' },
  NOTHING_VERIFIED: undefined,
  SHARD_UNPROVEN: {
    shard: 3,
    reason: 'missing',
    detail: 'there is no result',
    digests: 730,
    chains: 1,
    after: '2026-10-01T00:00:00Z',
    through: '2026-11-01T00:00:00Z',
  },
};

/** Every finding code. */
export const ALL_CODES: readonly FindingCode[] = Object.keys(CATALOGUE).filter(
  (code): code is FindingCode => code in EVIDENCE,
);

/** A finding of any code with evidence that fits it; `key` is the object it is about. */
export function sampleFinding(
  code: FindingCode,
  key: string = code.startsWith('LOG_') ? logKey('Qb1LsYpBcdefXYZ0') : digestKey(15),
  weight: Weight = CATALOGUE[code].weight,
): Finding {
  const body = { code, weight, object: objectAt(key), chain: CHAIN_ID, time: DIGEST_TIMES.to };
  // The table above pairs each code with the evidence of that very code.
  return { ...body, evidence: EVIDENCE[code] } as Finding;
}

export const CHAIN_ID = '111122223333/us-east-1/management@us-east-1';

/** A chain of `digests` proven digests with ten log files each, all of 20 November 2026. */
export function sampleChain(account = '111122223333', region = 'us-east-1', digests = 24): ChainReport {
  const covered = { from: '2026-11-20T00:01:31Z', to: '2026-11-21T00:01:31Z' };
  return {
    id: `${account}/${region}/management@us-east-1`,
    account,
    region,
    trail: 'management',
    homeRegion: 'us-east-1',
    kind: 'standard',
    digests: { listed: digests, valid: digests, invalid: 0, missing: 0, unproven: 0 },
    logs: { listed: digests * 10, valid: digests * 10, invalid: 0, missing: 0, unproven: 0 },
    families: { 'management-and-data': digests * 10 },
    covered: [covered],
    first: covered.from,
    last: covered.to,
  };
}

/** A report of `chains` with `findings`, its verdict and totals worked out from them; `changes` go over the whole. */
export function sampleReport(
  chains: readonly ChainReport[] = [sampleChain()],
  findings: readonly Finding[] = [],
  changes: Partial<Report> = {},
): Report {
  const sum = (pick: (chain: ChainReport) => number) =>
    chains.reduce((total, chain) => total + pick(chain), 0);
  const totals = (of: 'digests' | 'logs') => ({
    listed: sum((chain) => chain[of].listed),
    valid: sum((chain) => chain[of].valid),
    invalid: sum((chain) => chain[of].invalid),
    missing: sum((chain) => chain[of].missing),
    unproven: sum((chain) => chain[of].unproven),
  });
  return {
    schema: 'trail-verify/report/v1',
    verdict: verdictOf(findings.map((finding) => finding.weight)),
    tool: { name: 'trail-verify', version: '0.1.0', node: 'v20.20.2' },
    run: {
      id: '0f9619ff-8b86-4d01-b42d-00cf4fc964ff',
      started: '2026-11-21T03:00:00.000Z',
      finished: '2026-11-21T03:01:15.000Z',
    },
    source: { target: `s3://${BUCKET}`, kind: 's3', relocated: [] },
    window: {
      requested: { from: '2026-11-20T00:00:00Z', to: '2026-11-21T03:00:00Z' },
      covered: chains[0]?.covered ?? [],
      uncovered: [],
      verifiedThrough: chains[0]?.last ?? null,
    },
    totals: {
      digests: totals('digests'),
      logs: { ...totals('logs'), unlisted: 0 },
      bytes: { read: 48_211_000, inflated: 412_000_000 },
    },
    chains,
    findings,
    keys: [
      {
        fingerprint: '28f6b7a2'.repeat(4),
        region: 'us-east-1',
        validFrom: '2026-11-05T17:06:29Z',
        validTo: '2026-12-05T17:06:29Z',
        origin: 'ListPublicKeys us-east-1',
      },
    ],
    limits: [{ code: 'EVENTS_NOT_READ', text: 'What the events in the log files say was not judged.' }],
    ...changes,
  };
}

/** A trail that somebody tampered with: two digests, three log files and the time around them. */
export function tamperedReport(): Report {
  const chain: ChainReport = {
    ...sampleChain(),
    digests: { listed: 23, valid: 22, invalid: 1, missing: 1, unproven: 0 },
    logs: { listed: 220, valid: 217, invalid: 1, missing: 1, unproven: 1 },
    covered: [
      { from: '2026-11-20T00:01:31Z', to: '2026-11-20T14:01:31Z' },
      { from: '2026-11-20T16:01:31Z', to: '2026-11-21T00:01:31Z' },
    ],
  };
  const backfill: ChainReport = {
    ...sampleChain('111122223333', 'us-east-1', 2),
    id: `${CHAIN_ID}/backfill`,
    kind: 'backfill',
    covered: [],
  };
  const other = sampleChain('444455556666', 'eu-central-1');
  const findings = [
    sampleFinding('DIGEST_MISSING', digestKey(16)),
    sampleFinding('LINK_HASH_MISMATCH', digestKey(15)),
    sampleFinding('LOG_MISSING', logKey('Aa0aAa0aAa0aAa0a')),
    sampleFinding('LOG_MODIFIED', logKey('Bb1bBb1bBb1bBb1b')),
    sampleFinding('LOG_UNREADABLE', logKey('Cc2cCc2cCc2cCc2c')),
    sampleFinding('WINDOW_OVERLAP', digestKey(3)),
  ];
  const uncovered = [
    {
      from: '2026-11-20T14:01:31Z',
      to: '2026-11-20T16:01:31Z',
      chain: CHAIN_ID,
      reason: 'DIGEST_MISSING' as const,
    },
  ];
  const report = sampleReport([chain, backfill, other], findings);
  return {
    ...report,
    window: { ...report.window, covered: chain.covered, uncovered, verifiedThrough: '2026-11-20T14:01:31Z' },
  };
}
