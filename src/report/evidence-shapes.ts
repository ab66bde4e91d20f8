import type { Finding, FindingCode, FindingOf, Span } from '../findings/finding.ts';

/** What one field of a finding's evidence is; a `?` behind it where it may be absent. */
type Kind = 'text' | 'texts' | 'count' | 'flag' | 'span';
type Shape = Readonly<Record<string, Kind | `${Kind}?`>>;

type KindOf<Value> = [Value] extends [string]
  ? 'text'
  : [Value] extends [number]
    ? 'count'
    : [Value] extends [boolean]
      ? 'flag'
      : [Value] extends [Span]
        ? 'span'
        : [Value] extends [readonly string[]]
          ? 'texts'
          : never;
type FieldOf<Evidence> = Evidence extends unknown ? keyof Evidence : never;
type ValueOf<Evidence, Field> = Evidence extends unknown
  ? Field extends keyof Evidence
    ? Evidence[Field]
    : undefined
  : never;
type FieldKind<Value> = undefined extends Value ? `${KindOf<Exclude<Value, undefined>>}?` : KindOf<Value>;
type ShapeOf<Evidence> = {
  readonly [Field in FieldOf<Evidence>]: FieldKind<ValueOf<Evidence, Field>>;
};

const UNREADABLE = { reason: 'text', detail: 'text' } as const;
const SIGNING = { signingString: 'text?', signature: 'text?' } as const;
const SINCE = { expected: 'text', digest: 'text', checkpoint: 'text', checkpointTime: 'text' } as const;
const RECORDED = { expected: 'text', actual: 'text', recordedBy: 'text' } as const;

/** The evidence of every code, field by field. The types above hold it to `Finding`: a field that differs does not compile. */
const SHAPES: {
  readonly [Code in FindingCode]: Code extends 'NOTHING_VERIFIED'
    ? undefined
    : ShapeOf<FindingOf<Code>['evidence']>;
} = {
  DIGEST_MISSING: { namedBy: 'text', inferred: 'flag', expectedWindow: 'span', expected: 'text?' },
  DIGEST_MALFORMED: { problems: 'texts', expected: 'text?', actual: 'text?' },
  DIGEST_MOVED: { expected: 'text', actual: 'text', ...SIGNING },
  DIGEST_SIGNATURE_INVALID: {
    fingerprint: 'text',
    signatureFrom: 'text',
    signingString: 'text',
    signature: 'text?',
    expected: 'text?',
    actual: 'text?',
  },
  DIGEST_SIGNATURE_MISSING: { absent: 'texts', provenBy: 'text?' },
  DIGEST_KEY_UNKNOWN: { fingerprint: 'text', region: 'text', ringComplete: 'flag', ...SIGNING },
  KEYS_UNTRUSTED: {
    fingerprint: 'text',
    region: 'text',
    origin: 'text',
    reason: 'text',
    detail: 'text',
    ...SIGNING,
  },
  DIGEST_KEY_EXPIRED: { fingerprint: 'text', region: 'text', validTo: 'text', digestEnd: 'text', ...SIGNING },
  DIGEST_UNREADABLE: UNREADABLE,
  DIGEST_UNLINKED: { window: 'span', insteadOf: 'text?' },
  LINK_HASH_MISMATCH: RECORDED,
  LINK_SIGNATURE_MISMATCH: RECORDED,
  LINK_ASTRAY: { leadsTo: 'text', reason: 'text' },
  CHAIN_RESTARTED: { uncovered: 'span', lastBefore: 'text' },
  CHAIN_ENDS_EARLY: { uncovered: 'span', newest: 'text?', lastDelivered: 'text?' },
  DIGEST_REMOVED: { expected: 'text?', mayHaveExpiredBy: 'text?' },
  CHAIN_STARTS_LATE: { uncovered: 'span', oldest: 'text?' },
  CHAIN_ABSENT: {
    basis: 'text',
    account: 'text?',
    region: 'text?',
    trail: 'text?',
    lastDelivered: 'text?',
    memberStatus: 'text?',
  },
  TRAIL_CHANGED: { setting: 'text', organization: 'text?' },
  WINDOW_HOLE: { uncovered: 'span', newer: 'text', older: 'text' },
  WINDOW_OVERLAP: { overlap: 'span', newer: 'text', older: 'text' },
  LOG_MISSING: { expected: 'text', digest: 'text', claim: 'text?' },
  LOG_MODIFIED: { expected: 'text', actual: 'text', digest: 'text' },
  LOG_MALFORMED: { problem: 'text', expected: 'text', digest: 'text' },
  LOG_TRAILING_DATA: { trailingBytes: 'count', expected: 'text', actual: 'text', digest: 'text' },
  LOG_UNREADABLE: { ...UNREADABLE, digest: 'text' },
  LOG_UNLISTED: { written: 'text?', size: 'count', reason: 'text?', further: 'count?' },
  LOG_LISTED_TWICE: { digest: 'text' },
  OBJECT_UNRECOGNIZED: { size: 'count' },
  DIGEST_STORED_INFLATED: { sha256: 'text' },
  LOG_STORED_INFLATED: { sha256: 'text', digest: 'text' },
  OUTSIDE_TARGET: { kind: 'text', path: 'text', reason: 'text?' },
  OBJECT_TWICE: { other: 'text' },
  DISCOVERY_INCOMPLETE: { foldersListed: 'count' },
  EVIDENCE_MAY_EXPIRE: {
    rule: 'text',
    prefix: 'text',
    days: 'count?',
    date: 'text?',
    noncurrentDays: 'count?',
    versioning: 'text',
    objectLock: 'flag',
    lockDays: 'count?',
  },
  RUN_INTERRUPTED: { reason: 'text', error: 'text?', detail: 'text?', hint: 'text?' },
  CHAIN_ROLLED_BACK: { expected: 'text', provenThrough: 'text', checkpoint: 'text', newest: 'text' },
  CHAIN_REWRITTEN: {
    expected: 'text',
    actual: 'text?',
    expectedSignature: 'text',
    actualSignature: 'text?',
    checkpoint: 'text',
  },
  CHAIN_VANISHED: {
    gone: 'text',
    account: 'text',
    region: 'text',
    trail: 'text',
    provenThrough: 'text',
    checkpoint: 'text',
  },
  LOG_CHANGED_SINCE_CHECKPOINT: { ...SINCE, actual: 'text?' },
  LOG_VANISHED_SINCE_CHECKPOINT: SINCE,
  LISTING_SHRUNK: {
    day: 'text',
    digestsBefore: 'count',
    digestsNow: 'count',
    logsBefore: 'count',
    logsNow: 'count',
    checkpoint: 'text',
  },
  STATE_BEHIND: { required: 'text', actual: 'text?', written: 'text?' },
  NOTHING_VERIFIED: undefined,
};

const KINDS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  count: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  flag: (value) => typeof value === 'boolean',
  span: (value) =>
    typeof value === 'object' &&
    value !== null &&
    'from' in value &&
    'to' in value &&
    Object.keys(value).length === 2 &&
    isTime(value.from) &&
    isTime(value.to),
};

/** True for a time as reports write it: ISO 8601 in UTC, and a day that there is. */
export function isTime(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/.test(value))
    return false;
  const time = Date.parse(value);
  // Date.parse lets the 30th of February run over into March.
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 19) === value.slice(0, 19);
}

/** What is wrong with the evidence of a finding whose `code` is known; undefined where it is as its code has it. */
export function evidenceProblem(finding: Pick<Finding, 'code' | 'evidence'>): string | undefined {
  const { code, evidence } = finding;
  const shape: Shape | undefined = SHAPES[code];
  if (shape === undefined) return isNothing(evidence) ? undefined : 'is more than its code has';
  if (typeof evidence !== 'object' || evidence === null || Array.isArray(evidence)) return 'is not an object';
  const fields = new Map<string, unknown>(Object.entries(evidence));
  for (const [name, kind] of Object.entries(shape)) {
    const value = fields.get(name);
    const isThere = fields.delete(name);
    if (!isThere && kind.endsWith('?')) continue;
    if (!isThere) return `has no ${name}`;
    if (!KINDS[kind.replace('?', '') as Kind](value)) return `has a ${name} of another kind`;
  }
  if (fields.size > 0) return 'has a field that its code has not';
  // The one field whose presence hangs on another's value.
  const failed = code === 'RUN_INTERRUPTED' && 'reason' in evidence && evidence.reason === 'failed';
  return failed && !('detail' in evidence && 'error' in evidence) ? 'has no error' : undefined;
}

function isNothing(evidence: unknown): boolean {
  return (
    evidence === undefined ||
    (typeof evidence === 'object' && evidence !== null && Object.keys(evidence).length === 0)
  );
}
