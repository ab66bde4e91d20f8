/** What a finding is in a report: the fields that all have, and of each code its own evidence. */
import {
  byField,
  count,
  described,
  documentOf,
  flag,
  list,
  named,
  object,
  oneOf,
  only,
  optional,
  type Schema,
  text,
  time,
} from '../base/document-schema.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import { CONTROL_EVENTS, type ControlEvent, isControlEventName } from '../findings/control-event.ts';
import type { Finding, FindingCode, Span, Weight } from '../findings/finding.ts';

/** A span of time. */
export const span: () => Schema<Span> = named(
  'span',
  documentOf<Span>()(() => object({ from: time(), to: time() })),
);

/** How much a finding says. */
export const weight: () => Schema<Weight> = named('weight', () => oneOf(['violation', 'unproven', 'note']));

/** A finding's stable name. */
export const code: () => Schema<FindingCode> = named('code', () =>
  described(
    oneOf(Object.keys(CATALOGUE).filter((name): name is FindingCode => Object.hasOwn(CATALOGUE, name))),
    "A finding's stable name; `trail-verify explain CODE` gives its words.",
  ),
);

/** A control event. */
export const controlEvent: () => Schema<ControlEvent> = named(
  'controlEvent',
  documentOf<ControlEvent>()(() =>
    described(
      object({
        eventId: text(),
        name: oneOf(Object.keys(CONTROL_EVENTS).filter(isControlEventName)),
        time: time(),
        account: optional(text()),
        region: optional(text()),
        actor: described(
          object({
            type: optional(text()),
            arn: optional(text()),
            principalId: optional(text()),
            account: optional(text()),
            invokedBy: optional(text()),
          }),
          'Who acted, as the event says.',
        ),
        sourceIp: optional(text()),
        userAgent: optional(text()),
        subject: optional(
          described(
            text(),
            'The trail, the key, the member account, <account>/<Region> of a Region, or the URI of the bucket or object that it acted on.',
          ),
        ),
        requestOmitted: optional(
          described(
            only(true),
            'CloudTrail left the request out, for its size: the subject is what the service named.',
          ),
        ),
        error: optional(described(text(), 'The error that the call was answered with: nothing came of it.')),
        chain: text(),
        log: described(text(), 'The URI of the log file that holds it.'),
        digest: described(text(), 'The URI of the proven digest that names the log file.'),
      }),
      'An event in a log file whose content a proven digest vouches for; long texts are cut.',
    ),
  ),
);

const subject = named('object', () =>
  object({
    bucket: text(),
    key: text(),
    uri: text(),
    versionId: optional(text()),
    signedAs: optional(text()),
  }),
);

const history = named('history', () =>
  described(
    object({
      act: oneOf(['deleted', 'overwritten', 'unknown']),
      time: optional(time()),
      versionId: optional(text()),
      versions: count(),
      compared: count(),
      unread: count(),
      intact: optional(object({ versionId: text(), time: optional(time()) })),
    }),
    "What the object's versions say became of it, where they were looked up.",
  ),
);

const explanation = named('explanation', () =>
  described(
    list(controlEvent()),
    'What verified log files record around it that can have caused it, the likeliest first. It proves no cause and covers no time.',
  ),
);

const accepted = named('accepted', () =>
  described(text(), 'The name of the acceptance that bears it: it has no part in the verdict.'),
);

function finding<const Code extends FindingCode, Evidence extends Schema>(name: Code, evidence: Evidence) {
  return object({
    code: only(name),
    weight: weight(),
    object: subject(),
    chain: optional(text()),
    time: optional(time()),
    accepted: optional(accepted()),
    explanation: optional(explanation()),
    evidence,
    history: optional(history()),
  });
}

const unreadable = () => ({
  reason: oneOf(['denied', 'archived', 'undecryptable', 'unreachable', 'vanished', 'not-in-copy']),
  detail: text(),
});
const signing = () => ({ signingString: optional(text()), signature: optional(text()) });
const recorded = () => object({ expected: text(), actual: text(), recordedBy: text() });
const since = () => ({ expected: text(), digest: text(), checkpoint: text(), checkpointTime: text() });
/** Absent, or an object of no fields. */
const nothing = (): Schema => optional(object({}));

/** A finding, told apart by its code. */
export const findingSchema: () => Schema<Finding> = named(
  'finding',
  documentOf<Finding>()(() =>
    byField('code', [
      finding(
        'DIGEST_MISSING',
        object({ namedBy: text(), inferred: flag(), expectedWindow: span(), expected: optional(text()) }),
      ),
      finding(
        'DIGEST_MALFORMED',
        object({ problems: list(text()), expected: optional(text()), actual: optional(text()) }),
      ),
      finding('DIGEST_MOVED', object({ expected: text(), actual: text(), ...signing() })),
      finding(
        'DIGEST_SIGNATURE_INVALID',
        object({
          fingerprint: text(),
          signatureFrom: oneOf(['metadata', 'successor']),
          signingString: text(),
          signature: optional(text()),
          expected: optional(text()),
          actual: optional(text()),
        }),
      ),
      finding('DIGEST_SIGNATURE_MISSING', object({ absent: list(text()), provenBy: optional(text()) })),
      finding(
        'DIGEST_KEY_UNKNOWN',
        object({ fingerprint: text(), region: text(), ringComplete: flag(), ...signing() }),
      ),
      finding(
        'KEYS_UNTRUSTED',
        object({
          fingerprint: text(),
          region: text(),
          origin: text(),
          reason: oneOf(['endpoint-not-aws', 'inside-target']),
          detail: text(),
          ...signing(),
        }),
      ),
      finding(
        'DIGEST_KEY_EXPIRED',
        object({ fingerprint: text(), region: text(), validTo: text(), digestEnd: text(), ...signing() }),
      ),
      finding('DIGEST_UNREADABLE', object(unreadable())),
      finding('DIGEST_UNLINKED', object({ window: span(), insteadOf: optional(text()) })),
      finding('DIGEST_REMOVED', object({ expected: optional(text()), mayHaveExpiredBy: optional(text()) })),
      finding('LINK_HASH_MISMATCH', recorded()),
      finding('LINK_SIGNATURE_MISMATCH', recorded()),
      finding('LINK_ASTRAY', object({ leadsTo: text(), reason: oneOf(['not-back', 'other-chain']) })),
      finding('CHAIN_RESTARTED', object({ uncovered: span(), lastBefore: text() })),
      finding(
        'CHAIN_ENDS_EARLY',
        object({ uncovered: span(), newest: optional(text()), lastDelivered: optional(text()) }),
      ),
      finding('CHAIN_STARTS_LATE', object({ uncovered: span(), oldest: optional(text()) })),
      finding(
        'CHAIN_ABSENT',
        object({
          basis: oneOf([
            'scope',
            'expect-file',
            'trail-description',
            'trail-status',
            'organization',
            'log-files',
            'digest-folder',
            'backfill-digests',
          ]),
          account: optional(text()),
          region: optional(text()),
          trail: optional(text()),
          lastDelivered: optional(text()),
          memberStatus: optional(text()),
        }),
      ),
      finding(
        'TRAIL_CHANGED',
        object({ setting: oneOf(['multi-region', 'organization']), organization: optional(text()) }),
      ),
      finding('WINDOW_HOLE', object({ uncovered: span(), newer: text(), older: text() })),
      finding('WINDOW_OVERLAP', object({ overlap: span(), newer: text(), older: text() })),
      finding('LOG_MISSING', object({ expected: text(), digest: text(), claim: optional(text()) })),
      finding('LOG_MODIFIED', object({ expected: text(), actual: text(), digest: text() })),
      finding('LOG_MALFORMED', object({ problem: text(), expected: text(), digest: text() })),
      finding(
        'LOG_TRAILING_DATA',
        object({ trailingBytes: count(), expected: text(), actual: text(), digest: text() }),
      ),
      finding('LOG_UNREADABLE', object({ ...unreadable(), digest: text() })),
      finding(
        'LOG_UNLISTED',
        object({
          written: optional(text()),
          size: count(),
          reason: optional(oneOf(['name', 'place', 'undecided'])),
          further: optional(count()),
        }),
      ),
      finding('LOG_LISTED_TWICE', object({ digest: text() })),
      finding('OBJECT_UNRECOGNIZED', object({ size: count() })),
      finding('DIGEST_STORED_INFLATED', object({ sha256: text() })),
      finding('LOG_STORED_INFLATED', object({ sha256: text(), digest: text() })),
      finding(
        'OUTSIDE_TARGET',
        object({ kind: oneOf(['tree', 'file', 'unread']), path: text(), reason: optional(text()) }),
      ),
      finding('OBJECT_TWICE', object({ other: text() })),
      finding('DISCOVERY_INCOMPLETE', object({ foldersListed: count() })),
      finding(
        'EVIDENCE_MAY_EXPIRE',
        object({
          rule: text(),
          prefix: text(),
          days: optional(count()),
          date: optional(text()),
          noncurrentDays: optional(count()),
          versioning: text(),
          objectLock: flag(),
          lockDays: optional(count()),
        }),
      ),
      finding(
        'RUN_INTERRUPTED',
        byField('reason', [
          object({ reason: only('stopped') }),
          object({ reason: only('failed'), error: text(), detail: text(), hint: optional(text()) }),
        ]),
      ),
      finding(
        'CHAIN_ROLLED_BACK',
        object({ expected: text(), provenThrough: text(), checkpoint: text(), newest: text() }),
      ),
      finding(
        'CHAIN_REWRITTEN',
        object({
          expected: text(),
          actual: optional(text()),
          expectedSignature: text(),
          actualSignature: optional(text()),
          checkpoint: text(),
        }),
      ),
      finding(
        'CHAIN_VANISHED',
        object({
          gone: oneOf(['account', 'region', 'trail']),
          account: text(),
          region: text(),
          trail: text(),
          provenThrough: text(),
          checkpoint: text(),
        }),
      ),
      finding('LOG_CHANGED_SINCE_CHECKPOINT', object({ ...since(), actual: optional(text()) })),
      finding('LOG_VANISHED_SINCE_CHECKPOINT', object(since())),
      finding(
        'LISTING_SHRUNK',
        object({
          day: text(),
          digestsBefore: count(),
          digestsNow: count(),
          logsBefore: count(),
          logsNow: count(),
          checkpoint: text(),
        }),
      ),
      finding(
        'STATE_BEHIND',
        object({ required: text(), actual: optional(text()), written: optional(text()) }),
      ),
      finding('NOTHING_VERIFIED', nothing()),
    ]),
  ),
);
