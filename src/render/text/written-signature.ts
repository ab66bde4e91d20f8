import { isoTime } from '../../base/clock.ts';
import { escapeMarkdown } from '../escape.ts';
import { asciiJson } from '../formats/json.ts';

/** The signature beside a report that was just written: files as they are told to people, certificates by SHA-256 (hex). */
export interface WrittenSignature {
  readonly file: string;
  readonly signer: string;
  readonly certificateSha256: string;
  readonly algorithm: string;
  /** `time` is in milliseconds since the epoch; `file` is the signature's own where the timestamp is in that. */
  readonly timestamp?: { readonly file: string; readonly time: number; readonly authority: string };
  /** The Sigstore bundle that says the same. */
  readonly bundle?: string;
}

/** The line of JSON in a stream of events that tells of the signature; it stands before the one that tells the verdict. */
export function renderSignedLine({ timestamp, ...signature }: WrittenSignature): string {
  const at = timestamp === undefined ? null : { ...timestamp, time: isoTime(timestamp.time) };
  return `${asciiJson({ type: 'signed', ...signature, timestamp: at })}\n`;
}

/**
 * What was written beside a report, as the last section of its Markdown: a report cannot itself tell of a signature that is
 * made over it. `lines` are for people, not escaped; none give ''.
 */
export function renderWrittenSection(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `\n### Written beside it\n\n${lines.map((line) => `- ${escapeMarkdown(line)}\n`).join('')}`;
}
