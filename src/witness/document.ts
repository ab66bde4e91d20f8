/**
 * `corroboration.json`: what a witness said of the times that a report lacks. Signed as a report is.
 *
 *     { "schema": "trail-verify/corroboration/v1", "report": { "sha256": "…", "verdict": "INVALID", … }, "result": "recovered",
 *       "witnesses": [{ "kind": "event-history", "events": 31, "matched": 17, "recovered": 14, … }], "recovered": { "file": "recovered.jsonl", … } }
 */
import {
  count,
  described,
  documentOf,
  flag,
  list,
  object,
  oneOf,
  only,
  optional,
  orNull,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import { asciiJson } from '../base/json.ts';
import type { Limit } from '../findings/event.ts';
import type { Span } from '../findings/finding.ts';
import type { FieldDifference } from './compare.ts';
import { WITNESSES, type WitnessKind } from './kinds.ts';

/** Events of a witness. `matched` are in proven log files, and the same there or `differing`; the others are in none. */
export interface WitnessCounts {
  readonly events: number;
  readonly matched: number;
  readonly same: number;
  readonly differing: number;
  /** Of times that the report lacks. */
  readonly recovered: number;
  /** Of times that proven digests cover. */
  readonly unlogged: number;
  /** Of those that no proven log file holds: the trail's selectors, as they are now, leave them out. */
  readonly leftOut: number;
  /** Of proven log files and of the times that were asked about, which the witness should have and did not give. */
  readonly lacking: number;
  /** Not believed: not to be read, of another account or time, or another thing than the first of the same id. */
  readonly refused: number;
}

/** What one witness said, in all and by account and Region. */
export interface WitnessRecord extends WitnessCounts {
  readonly kind: WitnessKind;
  readonly places: readonly PlaceRecord[];
}

/** What one account and Region was asked, and what came of it. */
export interface PlaceRecord extends Omit<WitnessCounts, 'refused'> {
  readonly account: string;
  readonly region: string;
  readonly asked: readonly Span[];
  /** False where some of it was refused, or is before the time that the witness remembers. */
  readonly answered: boolean;
  readonly refusal?: string | undefined;
}

/** The time or the file that a recovered event belongs to. */
export type CauseRecord = Span & { readonly chain: string } & (
    | { readonly kind: 'uncovered'; readonly reason: string }
    | { readonly kind: 'finding'; readonly code: string; readonly uri: string }
  );

/** One event in which the witness and the proven log files do not agree. Both are unproven, and neither changes the verdict of the report. */
export interface WitnessFinding {
  /** A proven log file has it otherwise; or none has it, though its time is covered. */
  readonly code: 'EVENT_DIFFERS' | 'EVENT_UNLOGGED';
  readonly witness: WitnessKind;
  readonly account: string;
  readonly region: string;
  readonly eventId: string;
  readonly time: string;
  readonly eventName: string;
  readonly eventSource: string;
  /** The proven log file. */
  readonly log?: string | undefined;
  readonly fields?: readonly FieldDifference[] | undefined;
  /** Whether more fields differ than are named. */
  readonly further?: boolean | undefined;
  /** The trail's selectors, as they are now, leave the event out: that no log file holds it is no surprise. */
  readonly explainedBy?: 'selectors' | undefined;
}

/** A file of lines in the folder of the document. */
export interface LinesRecord {
  readonly file: string;
  readonly sha256: string;
  readonly lines: number;
  /** Events in it: two witnesses may have the same. */
  readonly events: number;
}

/** `unproven` where the witness and proven log files do not agree, `incomplete` where not all was answered or given, else whether anything was recovered. */
export type CorroborationResult =
  | 'unproven'
  | 'incomplete'
  | 'recovered'
  | 'nothing-recovered'
  | 'nothing-to-ask';

/** What a witness said of a report. Hashes are SHA-256 in lower-case hex, times ISO 8601 in UTC. */
export interface CorroborationDocument {
  readonly schema: 'trail-verify/corroboration/v1';
  readonly tool: { readonly name: 'trail-verify'; readonly version: string };
  readonly made: string;
  readonly report: {
    readonly sha256: string;
    readonly run: string;
    readonly verdict: 'VALID' | 'INVALID' | 'INCONCLUSIVE';
    readonly window: { readonly from: string | null; readonly to: string };
  };
  /** The times that the report lacks, or all of its window. */
  readonly asked: 'lacking' | 'all';
  readonly result: CorroborationResult;
  readonly witnesses: readonly WitnessRecord[];
  readonly findings: readonly WitnessFinding[];
  /** Findings beyond those that are named. */
  readonly furtherFindings?: number | undefined;
  readonly recovered?: LinesRecord | undefined;
  readonly unlogged?: LinesRecord | undefined;
  readonly limits: readonly Limit[];
}

const counts = () => ({
  events: count(),
  matched: described(count(), 'In proven log files.'),
  same: described(count(), 'Of these, the same in every field.'),
  differing: count(),
  recovered: described(count(), 'In no proven log file, and of a time that the report lacks.'),
  unlogged: described(count(), 'In no proven log file, and of a time that proven digests cover.'),
  leftOut: described(count(), "Of both: those that the trail's selectors, as they are now, leave out."),
  lacking: described(count(), 'In proven log files, and not given, though the witness should have them.'),
});

const lines = () =>
  object({
    file: text(),
    sha256: sha256(),
    lines: count(),
    events: described(count(), 'Two witnesses may have the same.'),
  });

/** The schema `trail-verify/corroboration/v1`, of which the published file is made. */
export const corroborationSchema: () => Schema<CorroborationDocument> = documentOf<CorroborationDocument>()(
  () =>
    described(
      object({
        schema: only('trail-verify/corroboration/v1'),
        tool: object({ name: only('trail-verify'), version: text() }),
        made: time(),
        report: described(
          object({
            sha256: described(sha256(), 'Of report.json.'),
            run: text(),
            verdict: oneOf(['VALID', 'INVALID', 'INCONCLUSIVE']),
            window: object({ from: orNull(time()), to: time() }),
          }),
          'The report that it belongs to.',
        ),
        asked: described(oneOf(['lacking', 'all']), 'The times that the report lacks, or all of its window.'),
        result: described(
          oneOf(['unproven', 'incomplete', 'recovered', 'nothing-recovered', 'nothing-to-ask']),
          'unproven: the witness and proven log files do not agree. incomplete: not all was answered, or given.',
        ),
        witnesses: list(
          object({
            kind: oneOf(WITNESSES),
            ...counts(),
            refused: described(
              count(),
              'Not believed: not to be read, of another account or time, or not what the first of the same id said.',
            ),
            places: list(
              object({
                account: text(),
                region: text(),
                asked: list(object({ from: time(), to: time() })),
                answered: described(
                  flag(),
                  'False where some was refused, or is before what the witness remembers.',
                ),
                refusal: optional(text()),
                ...counts(),
              }),
            ),
          }),
        ),
        findings: described(
          list(
            object({
              code: oneOf(['EVENT_DIFFERS', 'EVENT_UNLOGGED']),
              witness: oneOf(WITNESSES),
              account: text(),
              region: text(),
              eventId: text(),
              time: time(),
              eventName: text(),
              eventSource: text(),
              log: optional(described(text(), 'The proven log file that has the event otherwise.')),
              fields: optional(
                list(object({ path: text(), verified: orNull(text()), witness: orNull(text()) })),
              ),
              further: optional(described(flag(), 'Whether more fields differ than are named.')),
              explainedBy: optional(
                described(only('selectors'), "The trail's selectors, as they are now, leave the event out."),
              ),
            }),
          ),
          'Events in which the witness and proven log files do not agree: unproven, whatever the verdict of the report.',
        ),
        furtherFindings: optional(count()),
        recovered: optional(lines()),
        unlogged: optional(lines()),
        limits: list(object({ code: text(), text: text() })),
      }),
      {
        title: 'trail-verify corroboration of a report by a witness, version 1',
        description: 'Says what a second copy of the events holds of the times that a report lacks.',
      },
    ),
);

/** The document as its file has it: ASCII JSON of two spaces' indentation. */
export function formatCorroboration(document: CorroborationDocument): string {
  return `${asciiJson(document, 2)}\n`;
}
