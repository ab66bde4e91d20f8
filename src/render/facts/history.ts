import type { FindingOf, ObjectHistory } from '../../findings/finding.ts';
import { countOf } from '../words.ts';

/** What an object's versions say became of it, in short phrases. Not escaped: a version's id comes from the storage. */
export function historyFacts(history: ObjectHistory): readonly string[] {
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
export function expiryFacts(evidence: FindingOf<'EVIDENCE_MAY_EXPIRE'>['evidence']): readonly string[] {
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
