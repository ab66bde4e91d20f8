import { CATALOGUE } from '../../findings/catalogue.ts';
import type { ControlEvent } from '../../findings/control-event.ts';
import type { Finding, FindingCode, FindingOf, ObjectHistory, Span, Weight } from '../../findings/finding.ts';
import type { FindingsOf } from '../../report/finding-counts.ts';
import { countOf, formatBytes } from '../words.ts';

/** Enough of a hash to tell two apart by eye; the whole one is in the report. */
const SHOWN_HASH_LENGTH = 16;

/** Why CloudTrail cannot have written an unlisted file, or what is not known of it. */
const UNLISTED_REASONS: Readonly<Partial<Record<string, string>>> = {
  name: 'CloudTrail writes no such name there',
  place: 'CloudTrail writes nothing there',
  undecided: 'digests outside the window may name it: too many to look it up',
};

function short(hash: string): string {
  return hash.length > SHOWN_HASH_LENGTH ? `${hash.slice(0, SHOWN_HASH_LENGTH)}…` : hash;
}

function span(value: Span): string {
  return `${value.from} to ${value.to}`;
}

const STAMP_AT_END = /_(\d{8}T\d{6}Z(?:_backfill)?)\.json\.gz$/;

/** A digest by the time in its name, which is enough beside a finding of the same chain; else by its file name. */
function digestName(uri: string): string {
  const [, stamp] = STAMP_AT_END.exec(uri) ?? [];
  return stamp === undefined ? uri.slice(uri.lastIndexOf('/') + 1) : `digest ${stamp}`;
}

/** What a reader must know of one finding in a few short phrases; hashes are cut. Not escaped: the text may be hostile. */
export function findingFacts(finding: Finding): readonly string[] {
  return [
    ...codeFacts(finding),
    ...(finding.history === undefined ? [] : historyFacts(finding.history)),
    ...explanationFacts(finding.explanation),
    ...(finding.accepted === undefined ? [] : [`accepted: ${finding.accepted}`]),
  ];
}

function codeFacts(finding: Finding): readonly string[] {
  switch (finding.code) {
    case 'DIGEST_MISSING': {
      const { inferred, namedBy, expectedWindow } = finding.evidence;
      const how = inferred ? 'follows from the hourly cadence before' : 'named by';
      return [`window ${span(expectedWindow)}`, `${how} ${digestName(namedBy)}`];
    }
    case 'DIGEST_MALFORMED':
      return finding.evidence.problems;
    case 'DIGEST_MOVED':
      return [`signed as ${finding.evidence.expected}`, `found as ${finding.evidence.actual}`];
    case 'DIGEST_SIGNATURE_INVALID': {
      const { fingerprint, signatureFrom } = finding.evidence;
      return [`key ${fingerprint}`, `signature from its ${signatureFrom}`];
    }
    case 'DIGEST_SIGNATURE_MISSING': {
      const { absent, provenBy } = finding.evidence;
      const proof = provenBy === undefined ? 'not proven' : `content proven by ${digestName(provenBy)}`;
      return [`absent: ${absent.join(', ')}`, proof];
    }
    case 'DIGEST_KEY_UNKNOWN': {
      const { fingerprint, region, ringComplete } = finding.evidence;
      const ring = ringComplete
        ? `AWS lists no such key in ${region}`
        : `not among the given keys of ${region}`;
      return [`key ${fingerprint}`, ring];
    }
    case 'KEYS_UNTRUSTED': {
      const { fingerprint, reason, detail } = finding.evidence;
      const where =
        reason === 'endpoint-not-aws' ? "from an endpoint that is not AWS's" : 'from inside the target';
      return [`key ${fingerprint}`, `${where}: ${detail}`];
    }
    case 'DIGEST_KEY_EXPIRED': {
      const { fingerprint, validTo, digestEnd } = finding.evidence;
      return [`key ${fingerprint} was valid to ${validTo}`, `digest ends ${digestEnd}`];
    }
    case 'DIGEST_STORED_INFLATED':
      return [`SHA-256 ${short(finding.evidence.sha256)}`];
    case 'DIGEST_UNREADABLE':
    case 'LOG_UNREADABLE':
      return [`${finding.evidence.reason}: ${finding.evidence.detail}`];
    case 'DIGEST_UNLINKED': {
      const { window, insteadOf } = finding.evidence;
      return insteadOf === undefined
        ? [`window ${span(window)}`]
        : [`window ${span(window)}`, `the chain has ${digestName(insteadOf)}`];
    }
    case 'DIGEST_REMOVED': {
      const { expected, mayHaveExpiredBy } = finding.evidence;
      if (expected === undefined) return ['no version of it is proven'];
      const facts = [`a version of it is signed by AWS, content ${short(expected)}`];
      if (mayHaveExpiredBy !== undefined)
        facts.push(`lifecycle rule ${JSON.stringify(mayHaveExpiredBy)} may have removed it`);
      return facts;
    }
    case 'LINK_HASH_MISMATCH':
    case 'LINK_SIGNATURE_MISMATCH': {
      const { expected, actual, recordedBy } = finding.evidence;
      return [
        `expected ${short(expected)}`,
        `actual ${short(actual)}`,
        `recorded by ${digestName(recordedBy)}`,
      ];
    }
    case 'LINK_ASTRAY': {
      const { leadsTo, reason } = finding.evidence;
      const what = reason === 'not-back' ? 'which is not before it' : 'which is of another chain';
      return [`names ${digestName(leadsTo)}, ${what}`];
    }
    default:
      return chainOrLogFacts(finding);
  }
}

/** The findings that the switch above leaves over; a new code that neither handles does not compile. */
type OtherFinding = Exclude<
  Finding,
  { code: `DIGEST_${string}` | `LINK_${string}` | 'KEYS_UNTRUSTED' | 'LOG_UNREADABLE' }
>;

function chainOrLogFacts(finding: OtherFinding): readonly string[] {
  switch (finding.code) {
    case 'CHAIN_RESTARTED':
      return [
        `uncovered ${span(finding.evidence.uncovered)}`,
        `last before it is ${digestName(finding.evidence.lastBefore)}`,
      ];
    case 'CHAIN_ENDS_EARLY': {
      const { uncovered, newest, lastDelivered } = finding.evidence;
      const facts = [`uncovered ${span(uncovered)}`];
      if (newest !== undefined) facts.push(`newest is ${digestName(newest)}`);
      if (lastDelivered !== undefined) facts.push(`AWS delivered a digest at ${lastDelivered}`);
      return facts;
    }
    case 'CHAIN_STARTS_LATE':
      return [`uncovered ${span(finding.evidence.uncovered)}`];
    case 'CHAIN_ABSENT': {
      const { basis, account, region, trail, lastDelivered, memberStatus } = finding.evidence;
      const facts = [
        `expected (${basis}): ${[account, region, trail].filter((part) => part !== undefined).join('/')}`,
      ];
      if (lastDelivered !== undefined) facts.push(`AWS delivered a digest at ${lastDelivered}`);
      if (memberStatus !== undefined) facts.push(`the account is ${memberStatus}`);
      return facts;
    }
    case 'TRAIL_CHANGED': {
      const { setting, organization } = finding.evidence;
      const where = organization === undefined ? '' : ` in the folder of ${organization}`;
      return setting === 'multi-region'
        ? [`it delivered${where} in this Region, and is of its home Region alone now`]
        : [`it delivered${where}, and is no organization's trail now`];
    }
    case 'WINDOW_HOLE':
      return [`uncovered ${span(finding.evidence.uncovered)}`];
    case 'WINDOW_OVERLAP':
      return [`overlap ${span(finding.evidence.overlap)}`];
    case 'LOG_MISSING': {
      const { digest, claim } = finding.evidence;
      return [`named by ${digestName(digest)}`, ...(claim === undefined ? [] : [`the copy says: ${claim}`])];
    }
    case 'LOG_MODIFIED': {
      const { expected, actual, digest } = finding.evidence;
      return [`expected ${short(expected)}`, `actual ${short(actual)}`, `recorded by ${digestName(digest)}`];
    }
    case 'LOG_MALFORMED':
      return [finding.evidence.problem];
    case 'LOG_TRAILING_DATA':
      return [`${countOf(finding.evidence.trailingBytes, 'byte')} behind the first gzip member`];
    case 'LOG_UNLISTED': {
      const { written, size, reason, further } = finding.evidence;
      const facts = written === undefined ? [formatBytes(size)] : [`written ${written}`, formatBytes(size)];
      if (reason !== undefined) facts.push(UNLISTED_REASONS[reason] ?? reason);
      if (further !== undefined) facts.push(`and ${countOf(further, 'more object')}`);
      return facts;
    }
    case 'LOG_LISTED_TWICE':
      return [`in ${digestName(finding.evidence.digest)}`];
    case 'OBJECT_UNRECOGNIZED':
      return [formatBytes(finding.evidence.size)];
    case 'LOG_STORED_INFLATED':
      return [`SHA-256 ${short(finding.evidence.sha256)}`, `in ${digestName(finding.evidence.digest)}`];
    case 'OUTSIDE_TARGET': {
      const { path, reason } = finding.evidence;
      return reason === undefined ? [path] : [path, `not read: ${reason}`];
    }
    case 'OBJECT_TWICE':
      return [`also as ${finding.evidence.other}`];
    case 'DISCOVERY_INCOMPLETE':
      return [`${countOf(finding.evidence.foldersListed, 'folder')} looked into`];
    case 'EVIDENCE_MAY_EXPIRE':
      return expiryFacts(finding.evidence);
    case 'RUN_INTERRUPTED':
      return finding.evidence.reason === 'failed' ? [finding.evidence.detail] : [];
    case 'CHAIN_ROLLED_BACK': {
      const { provenThrough, newest, checkpoint } = finding.evidence;
      return [
        `proven through ${provenThrough}`,
        `newest is ${digestName(newest)}`,
        `checkpoint ${short(checkpoint)}`,
      ];
    }
    case 'CHAIN_REWRITTEN': {
      const { expected, actual, expectedSignature, actualSignature, checkpoint } = finding.evidence;
      const facts = [
        `expected ${short(expected)}`,
        `actual ${actual === undefined ? 'none' : short(actual)}`,
      ];
      if (actualSignature !== undefined)
        facts.push(`signature ${short(actualSignature)} in place of ${short(expectedSignature)}`);
      return [...facts, `checkpoint ${short(checkpoint)}`];
    }
    case 'CHAIN_VANISHED': {
      const { gone, provenThrough, checkpoint } = finding.evidence;
      return [`the ${gone} is gone`, `proven through ${provenThrough}`, `checkpoint ${short(checkpoint)}`];
    }
    case 'LOG_CHANGED_SINCE_CHECKPOINT':
    case 'LOG_VANISHED_SINCE_CHECKPOINT': {
      const { checkpoint, checkpointTime, digest } = finding.evidence;
      return [
        `verified by the checkpoint ${short(checkpoint)} of ${checkpointTime}`,
        `named by ${digestName(digest)}`,
      ];
    }
    case 'LISTING_SHRUNK': {
      const { day, digestsBefore, digestsNow, logsBefore, logsNow } = finding.evidence;
      return [
        `${day}: digest files ${digestsBefore}, now ${digestsNow}`,
        `log files ${logsBefore}, now ${logsNow}`,
      ];
    }
    case 'STATE_BEHIND': {
      const { required, actual, written } = finding.evidence;
      const found =
        actual === undefined ? 'there is no state' : `found ${short(actual)} of ${written ?? '?'}`;
      return [`required ${required}`, found];
    }
    case 'NOTHING_VERIFIED':
      return [];
  }
}

/** What an object's versions say became of it, in short phrases. Not escaped: a version's id comes from the storage. */
function historyFacts(history: ObjectHistory): readonly string[] {
  const { act, time, versionId, versions, compared, unread, intact } = history;
  const facts: string[] = [];
  const when = time === undefined ? '' : ` at ${time}`;
  if (act === 'deleted') facts.push(`deleted${when} (delete marker ${versionId ?? 'unknown'})`);
  else if (act === 'overwritten') facts.push(`overwritten${when} by version ${versionId ?? 'unknown'}`);
  else
    facts.push(
      versions === 0 ? 'the bucket keeps no version of it' : 'the bucket keeps no other version of it',
    );
  if (intact !== undefined) {
    const written = intact.time === undefined ? '' : ` of ${intact.time}`;
    facts.push(
      `version ${intact.versionId}${written} has the signed hash: trail-verify recover copies it out`,
    );
  } else if (compared > 0) {
    facts.push(`none of ${countOf(compared, 'older version')} has the signed hash`);
  }
  if (unread > 0 && intact === undefined)
    facts.push(`${countOf(unread, 'older version')} could not be compared`);
  return facts;
}

/** What a lifecycle rule takes away, and what stands against it, in short phrases. */
function expiryFacts(evidence: FindingOf<'EVIDENCE_MAY_EXPIRE'>['evidence']): readonly string[] {
  const { rule, prefix, days, date, noncurrentDays, versioning, objectLock, lockDays } = evidence;
  const facts = [`lifecycle rule ${JSON.stringify(rule)} for ${prefix === '' ? 'every key' : prefix}`];
  if (days !== undefined) facts.push(`expires objects after ${countOf(days, 'day')}`);
  if (date !== undefined) facts.push(`expires objects on ${date}`);
  if (noncurrentDays !== undefined)
    facts.push(`removes replaced versions after ${countOf(noncurrentDays, 'day')}`);
  const kept = lockDays === undefined ? '' : ` for ${countOf(lockDays, 'day')}`;
  facts.push(`versioning ${versioning}, Object Lock ${objectLock ? `on${kept}` : 'off'}`);
  return facts;
}

/** Findings of one code and weight. */
export interface FindingGroup {
  readonly code: FindingCode;
  readonly weight: Weight;
  /** Those that the report names, in its order. */
  readonly findings: readonly Finding[];
  /** How many there are, named or not. */
  readonly count: number;
}

const WEIGHTS: readonly Weight[] = ['violation', 'unproven', 'note'];
const CODES = Object.keys(CATALOGUE);

/** A report's findings gathered by code, heaviest weight first, then in the catalogue's order. */
export function groupFindings({ findings, furtherFindings }: FindingsOf): readonly FindingGroup[] {
  const groups = new Map<string, { code: FindingCode; weight: Weight; findings: Finding[]; count: number }>();
  const groupOf = ({ code, weight }: Pick<Finding, 'code' | 'weight'>) => {
    const name = `${weight} ${code}`;
    const group = groups.get(name) ?? { code, weight, findings: [], count: 0 };
    groups.set(name, group);
    return group;
  };
  for (const finding of findings) {
    const group = groupOf(finding);
    group.findings.push(finding);
    group.count += 1;
  }
  for (const further of furtherFindings?.counts ?? []) groupOf(further).count += further.count;
  return [...groups.values()].sort(
    (left, right) =>
      WEIGHTS.indexOf(left.weight) - WEIGHTS.indexOf(right.weight) ||
      CODES.indexOf(left.code) - CODES.indexOf(right.code),
  );
}

/** The files that have the findings which are not shown, as a reader finds them. */
export function whereTheRestIs({ furtherFindings }: FindingsOf): string {
  return furtherFindings === undefined ? 'report.json' : `report.json and ${furtherFindings.path}`;
}

/** So many findings of a weight, in words: `1 violation`, `3 unproven`, `2 notes`. */
export function countOfWeight(count: number, weight: Weight): string {
  return weight === 'unproven' ? countOf(count, weight, weight) : countOf(count, weight);
}

/** Who acted, as far as the event says: ARN, else principal, else service or kind; not escaped. */
export function actorWords({ actor }: Pick<ControlEvent, 'actor'>): string {
  const { arn, principalId, invokedBy, type, account } = actor;
  const name = arn ?? invokedBy ?? type ?? account ?? 'nobody named';
  const principal = principalId === undefined ? '' : ` (principal ${principalId})`;
  const service = invokedBy === undefined || invokedBy === name ? '' : ` through ${invokedBy}`;
  return `${name}${principal}${service}`;
}

/** From where and with what; not escaped. */
export function originWords({ sourceIp, userAgent }: ControlEvent): string {
  const parts = [
    ...(sourceIp === undefined ? [] : [`from ${sourceIp}`]),
    ...(userAgent === undefined ? [] : [`with ${userAgent}`]),
  ];
  return parts.length === 0 ? 'from nowhere named' : parts.join(' ');
}

/** What was done to what, and whether anything came of it; not escaped. */
export function actWords({ name, subject, requestOmitted, error }: ControlEvent): string {
  const what = subject === undefined ? name : `${name} of ${subject}`;
  const told = requestOmitted === undefined ? what : `${what} (its request was too large to be recorded)`;
  return error === undefined ? told : `${told}, refused: ${error}`;
}

/** One event in a phrase for a list of facts: act, time, who, from where, id and the log file that proves it; not escaped. */
export function eventFact(event: ControlEvent): string {
  return `${actWords(event)} at ${event.time} by ${actorWords(event)} ${originWords(event)}, event ${event.eventId} in ${event.log}`;
}

/** What a finding's events say beside its evidence, the likeliest in full and the others counted; not escaped. */
function explanationFacts(explanation: readonly ControlEvent[] | undefined): readonly string[] {
  const [first, ...others] = explanation ?? [];
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more around it`;
  return [`may be explained by ${eventFact(first)}${more}`];
}
