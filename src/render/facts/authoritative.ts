import { createHash } from 'node:crypto';
import type { Report } from '../../report/report.ts';
import { jsonPieces } from '../formats/json.ts';

/** The SHA-256 (hex) of `report.json` as `jsonPieces` writes it. */
export function reportSha256(report: Report): string {
  const hash = createHash('sha256');
  for (const piece of jsonPieces(report)) hash.update(piece);
  return hash.digest('hex');
}

/** What every rendering says of itself: that it is none, and how to know the file that is. */
export function authoritativeSentence(sha256: string): string {
  return `This is a rendering. The authoritative result is report.json with SHA-256 ${sha256}.`;
}
