import { findingObject } from './chain/finding-object.ts';
import type { Relocator } from './digest/relocation.ts';
import type { Finding } from './findings/finding.ts';
import type { Source } from './source/source.ts';

/**
 * What a copy holds beside the objects of its buckets: trees and files of CloudTrail outside them, and keys that stand in it
 * twice. Told whatever the scope, for none of it was looked into.
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
  if (!aside.complete) {
    const object = findingObject({ bucket: source.description, key: '' }, moves);
    const evidence = { foldersListed: aside.folders };
    findings.push({ code: 'DISCOVERY_INCOMPLETE', weight: 'unproven', object, evidence });
  }
  return findings;
}
