/** A folder as `corroborate` writes it, with events of any content. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../src/crypto/hash.ts';
import { type CorroborationDocument, formatCorroboration } from '../../src/witness/document.ts';

/** One line of recovered.jsonl. */
export interface RecoveredLine {
  readonly witness: string;
  readonly account: string;
  readonly region: string;
  readonly eventId: string;
  readonly time: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly belongsTo: readonly {
    readonly kind: string;
    readonly chain: string;
    readonly [name: string]: string;
  }[];
  readonly event: unknown;
}

/** A recovered event of a chain; `changes` are of its line. */
export function recoveredLine(
  chain: string,
  time: string,
  changes: Partial<RecoveredLine> = {},
): RecoveredLine {
  const [account = '', region = ''] = chain.split('/');
  const { eventName = 'RunInstances', eventSource = 'ec2.amazonaws.com', eventId = `at-${time}` } = changes;
  return {
    witness: 'event-history',
    account,
    region,
    eventId,
    time,
    eventName,
    eventSource,
    belongsTo: [{ kind: 'uncovered', chain, from: time, to: time, reason: 'CHAIN_RESTARTED' }],
    event: {
      eventID: eventId,
      eventTime: time,
      eventName,
      eventSource,
      userIdentity: { arn: `arn:aws:iam::${account}:user/ada` },
    },
    ...changes,
  };
}

/** The text of recovered.jsonl. */
export function recoveredText(lines: readonly RecoveredLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** The document about a report of that SHA-256 and those lines. */
export function corroborationOf(
  reportSha256: string,
  text: string,
  changes: Partial<CorroborationDocument> = {},
): CorroborationDocument {
  const lines = text.split('\n').length - 1;
  const counts = {
    events: lines,
    matched: 0,
    same: 0,
    differing: 0,
    recovered: lines,
    unlogged: 0,
    leftOut: 0,
    lacking: 0,
  };
  const place = { account: '111122223333', region: 'us-east-1', asked: [], answered: true, ...counts };
  return {
    schema: 'trail-verify/corroboration/v1',
    tool: { name: 'trail-verify', version: '0.0.0' },
    made: '2026-11-20T19:00:00Z',
    report: {
      sha256: reportSha256,
      run: 'run',
      verdict: 'INCONCLUSIVE',
      window: { from: null, to: '2026-11-20T19:00:00Z' },
    },
    asked: 'lacking',
    result: 'recovered',
    witnesses: [{ kind: 'event-history', ...counts, refused: 0, places: [place] }],
    findings: [],
    ...(lines === 0
      ? {}
      : { recovered: { file: 'recovered.jsonl', sha256: sha256(Buffer.from(text)), lines, events: lines } }),
    limits: [],
    ...changes,
  };
}

/** Writes such a folder about a report, whose bytes are given. */
export function writeCorroboration(
  folder: string,
  report: Uint8Array,
  lines: readonly RecoveredLine[],
  changes: Partial<CorroborationDocument> = {},
): void {
  const text = recoveredText(lines);
  mkdirSync(folder, { recursive: true });
  const document = corroborationOf(sha256(report), text, changes);
  writeFileSync(path.join(folder, 'corroboration.json'), formatCorroboration(document));
  if (lines.length > 0) writeFileSync(path.join(folder, 'recovered.jsonl'), text);
}
