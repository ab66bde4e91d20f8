import { createHash } from 'node:crypto';
import type { Finding } from '../../findings/finding.ts';

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
  return (['violation', 'unproven', 'note'] as const).flatMap((weight) =>
    findings.filter((finding) => finding.weight === weight),
  );
}
