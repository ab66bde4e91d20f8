import { createHash } from 'node:crypto';
import { isAccountId, isRegionName } from '../../base/names.ts';
import { CATALOGUE, FINDING_CODES } from '../../findings/catalogue.ts';
import type { ControlEvent } from '../../findings/control-event.ts';
import type { Fact, FactValue } from '../../findings/family.ts';
import type { Finding, FindingCode, FindingOf, ObjectHistory, Weight } from '../../findings/finding.ts';
import type { FindingsOf } from '../../report/findings-beyond.ts';
import { countOf, formatBytes } from '../words.ts';

/** Enough of a hash to distinguish two by eye; the whole one is in the report. */
const SHOWN_HASH_LENGTH = 16;

function short(hash: string): string {
  return hash.length > SHOWN_HASH_LENGTH ? `${hash.slice(0, SHOWN_HASH_LENGTH)}…` : hash;
}

const STAMP_AT_END = /_(\d{8}T\d{6}Z(?:_backfill)?)\.json\.gz$/;

/** A digest by the time in its name, which is enough next to a finding of the same chain; else by its file name. */
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

function codeFacts<Code extends FindingCode>(finding: FindingOf<Code>): readonly string[] {
  const facts = CATALOGUE[finding.code].facts(finding.evidence);
  return facts.filter((fact) => fact !== undefined).map(factText);
}

function factText(fact: Fact): string {
  return typeof fact === 'string' ? fact : fact.map(partText).join('');
}

function partText(part: string | FactValue): string {
  if (typeof part === 'string') return part;
  if ('hash' in part) return short(part.hash);
  if ('digest' in part) return digestName(part.digest);
  if ('span' in part) return `${part.span.from} to ${part.span.to}`;
  return 'bytes' in part ? formatBytes(part.bytes) : countOf(part.count, part.of);
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

/** Findings of one code and weight. */
export interface CodeGroup {
  readonly code: FindingCode;
  readonly weight: Weight;
  /** Those that the report names, in its order. */
  readonly findings: readonly Finding[];
  /** How many there are, named or not. */
  readonly count: number;
}

const WEIGHTS: readonly Weight[] = ['violation', 'unproven', 'note'];

/** A report's findings gathered by code, heaviest weight first, then in the catalogue's order. */
export function findingsByCode({ findings, overflowFindings }: FindingsOf): readonly CodeGroup[] {
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
  for (const further of overflowFindings?.counts ?? []) groupOf(further).count += further.count;
  return [...groups.values()].sort(
    (left, right) =>
      WEIGHTS.indexOf(left.weight) - WEIGHTS.indexOf(right.weight) ||
      FINDING_CODES.indexOf(left.code) - FINDING_CODES.indexOf(right.code),
  );
}

/** The files that have the findings which are not shown, as a reader finds them. */
export function whereTheRestIs({ overflowFindings }: FindingsOf): string {
  return overflowFindings === undefined ? 'report.json' : `report.json and ${overflowFindings.path}`;
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
  const words = requestOmitted === undefined ? what : `${what} (its request was too large to be recorded)`;
  return error === undefined ? words : `${words}, refused: ${error}`;
}

/** One event in a phrase for a list of facts: act, time, who, from where, id and the log file that proves it; not escaped. */
export function eventFact(event: ControlEvent): string {
  return `${actWords(event)} at ${event.time} by ${actorWords(event)} ${originWords(event)}, event ${event.eventId} in ${event.log}`;
}

/** The words for a finding's events, the likeliest in full and the others counted; not escaped. */
function explanationFacts(explanation: readonly ControlEvent[] | undefined): readonly string[] {
  const [first, ...others] = explanation ?? [];
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more around it`;
  return [`may be explained by ${eventFact(first)}${more}`];
}

/** The account, Region and trail that something is of, as far as they are known. Not escaped: they come from keys. */
export interface Place {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly trail?: string | undefined;
}

/** The place of a chain by its id, which begins with `account/region/trail@`. */
export function placeOfChain(chain: string | undefined): Place {
  const [, account, region, trail] = /^([^/]+)\/([^/]+)\/(.+)@[^@]*$/.exec(chain ?? '') ?? [];
  return { account, region, trail };
}

const FOLDERS_OF_PLACE =
  /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]+\/)?(\d{12})\/CloudTrail(?:-[A-Za-z0-9]+)?(?:\/([^/]*)|$)/;

/** The place of a finding: that of its chain, else that which its evidence or the folders of its object name. */
export function findingPlace({ chain, evidence, object }: Finding): Place {
  if (chain !== undefined) return placeOfChain(chain);
  const [, account, folder = ''] = FOLDERS_OF_PLACE.exec(object.key) ?? [];
  const named: { readonly account?: unknown; readonly region?: unknown; readonly trail?: unknown } = {
    ...(evidence as object),
  };
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    account: text(named.account) ?? account,
    region: text(named.region) ?? (isRegionName(folder) ? folder : undefined),
    trail: text(named.trail),
  };
}

/** A place in a matrix of accounts and Regions, `account/region`; undefined where one of them is not known, or is no such name. */
export function placeName({ account = '', region = '' }: Place): string | undefined {
  return isAccountId(account) && isRegionName(region) ? `${account}/${region}` : undefined;
}

/**
 * What makes a finding the same in two runs, as a SHA-256 in hex: its code, the object's version, the chain and the
 * time, and nothing that changes between runs over the same bytes.
 */
export function findingId(finding: Finding): string {
  const { code, chain, time, object } = finding;
  const facts = [code, object.uri, object.versionId ?? null, chain ?? null, time ?? null];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Findings with the heaviest first, otherwise in the report's order. */
export function heaviestFirst(findings: readonly Finding[]): readonly Finding[] {
  return WEIGHTS.flatMap((weight) => findings.filter((finding) => finding.weight === weight));
}
