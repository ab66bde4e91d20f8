import { findingObject } from '../chain/check-digest.ts';
import type { Relocator } from '../digest/digest-key.ts';
import type { Finding } from '../findings/finding.ts';
import type { Source } from '../source/source.ts';

/** As much of a key as S3 has: the path of a folder that is too deep to be read may be of any length. */
const LONGEST_KEY = 1_024;
const HALF_A_CHARACTER = /[\ud800-\udbff]$/;

/**
 * What a copy holds beside the objects of its buckets: trees and files of CloudTrail outside them, keys that stand in it
 * twice, and folders that could not be read. Told whatever the scope, for none of it was looked into.
 */
export async function asideFindings(source: Source, moves: Relocator): Promise<readonly Finding[]> {
  const aside = await source.aside?.();
  if (aside === undefined) return [];
  const findings: Finding[] = [];
  for (const { kind, path } of aside.outside) {
    // As if the copy's first-level folders were buckets, for it belongs to none.
    const slash = path.indexOf('/');
    const cut = slash === -1 ? path.length : slash;
    const object = findingObject({ bucket: path.slice(0, cut), key: path.slice(cut + 1) }, moves);
    findings.push({ code: 'OUTSIDE_TARGET', weight: 'unproven', object, evidence: { kind, path } });
  }
  for (const { bucket, key, own } of aside.twins) {
    const object = findingObject({ bucket, key }, moves);
    findings.push({ code: 'OBJECT_TWICE', weight: 'unproven', object, evidence: { other: own } });
  }
  for (const { bucket, key, reason } of aside.unread) {
    const path =
      key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY).replace(HALF_A_CHARACTER, '')}…` : key;
    const object = findingObject({ bucket, key: path }, moves);
    const evidence = { kind: 'unread', path: path === '' ? bucket : path, reason } as const;
    findings.push({ code: 'OUTSIDE_TARGET', weight: 'unproven', object, evidence });
  }
  if (!aside.complete) {
    const object = findingObject({ bucket: source.description, key: '' }, moves);
    const evidence = { foldersListed: aside.folders };
    findings.push({ code: 'DISCOVERY_INCOMPLETE', weight: 'unproven', object, evidence });
  }
  return findings;
}
