/**
 * `answer.json`: what was asked, of which events, and the hash of the file that holds the answer. Signed as a report is, so that a
 * reader needs openssl and sha256sum alone to know that this is the answer that was given to this question.
 *
 *     { "schema": "trail-verify/answer/v1", "question": { "asGiven": "SELECT …", "asRun": "SELECT …" },
 *       "result": { "file": "result.csv", "sha256": "…", "rows": 3, … }, "events": { "sha256": "…" }, "report": { "sha256": "…" } }
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
  record,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import { asciiJson } from '../base/json.ts';
import type { Span } from '../findings/family.ts';

/** Time in the question's range that no proven digest covers, and why. */
export interface UncoveredTime extends Span {
  readonly chain: string;
  readonly reason: string;
}

/** A question and its answer. Hashes are SHA-256 in lower-case hex, times ISO 8601 in UTC. */
export interface AnswerDocument {
  readonly schema: 'trail-verify/answer/v1';
  readonly tool: { readonly name: 'trail-verify'; readonly version: string };
  /** When it was asked, which is also what `now()` was. */
  readonly asked: string;
  readonly question: {
    readonly asGiven: string;
    readonly asRun: string;
    /** The named query that it is made of, and its parameters. */
    readonly name?: string | undefined;
    readonly parameters?: Readonly<Record<string, string>> | undefined;
  };
  readonly result: {
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly rows: number;
    /** False where there are more rows than were asked for. */
    readonly complete: boolean;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
  };
  readonly events: { readonly sha256: string; readonly logFiles: number; readonly events: number };
  readonly report: {
    readonly sha256: string;
    readonly run: string;
    readonly verdict: 'VALID' | 'INVALID' | 'INCONCLUSIVE';
  };
  /** The corroboration of that report that was asked as well: the events that a witness recovered, unsigned. */
  readonly corroboration?:
    | {
        readonly sha256: string;
        readonly recovered: number;
        /** Who signed that document; null where nobody did. */
        readonly signer: {
          readonly name: string;
          readonly certificateSha256: string;
          readonly trusted: boolean;
        } | null;
      }
    | undefined;
  /** The time that was asked about: that of events, or else the window of the report. Null for everything that was found. */
  readonly range: { readonly from: string | null; readonly to: string };
  readonly uncovered: readonly UncoveredTime[];
  readonly warnings: readonly string[];
}

const span = { from: time(), to: time() };

/** The schema `trail-verify/answer/v1`, of which the published file is made. */
export const answerSchema: () => Schema<AnswerDocument> = documentOf<AnswerDocument>()(() =>
  described(
    object({
      schema: only('trail-verify/answer/v1'),
      tool: object({ name: only('trail-verify'), version: text() }),
      asked: described(time(), 'When it was asked, which is also what now() was.'),
      question: object({
        asGiven: text(),
        asRun: described(text(), "In DuckDB's words, over the views of the export."),
        name: optional(described(text(), 'The named query that it is made of.')),
        parameters: optional(record(text())),
      }),
      result: described(
        object({
          file: described(text(), 'In the folder of this document.'),
          sha256: sha256(),
          bytes: count(),
          rows: count(),
          complete: described(flag(), 'False where there are more rows than --limit let in.'),
          columns: list(object({ name: text(), type: text() })),
        }),
        'The file that holds the answer.',
      ),
      events: described(
        object({ sha256: described(sha256(), 'Of events.json.'), logFiles: count(), events: count() }),
        'The export that was asked.',
      ),
      report: described(
        object({
          sha256: described(sha256(), 'Of report.json.'),
          run: text(),
          verdict: oneOf(['VALID', 'INVALID', 'INCONCLUSIVE']),
        }),
        'The report that the export is proven by.',
      ),
      corroboration: optional(
        described(
          object({
            sha256: described(sha256(), 'Of corroboration.json.'),
            recovered: count(),
            signer: described(
              orNull(
                object({
                  name: text(),
                  certificateSha256: sha256(),
                  trusted: described(flag(), 'False where no certificate was given with --trust.'),
                }),
              ),
              'Who signed corroboration.json, by the certificate in its signature. Null where nobody did.',
            ),
          }),
          'The corroboration of that report that was asked as well. Its events are unsigned, and in the table witness_events alone.',
        ),
      ),
      range: described(
        object({ from: orNull(time()), to: time() }),
        'The time that was asked about: of events, by eventTime, or else the window of the report. Null for everything that was found.',
      ),
      uncovered: described(
        list(object({ ...span, chain: text(), reason: text() })),
        'Time in that range, and in the hour after it, that no proven digest covers: what happened then may be missing from the answer.',
      ),
      warnings: list(text()),
    }),
    {
      title: 'trail-verify answer of one question, version 1',
      description: 'Binds a question, its answer and the verified events that it was asked of.',
    },
  ),
);

/** The document as its file has it: ASCII JSON of two spaces' indentation. */
export function formatAnswer(document: AnswerDocument): string {
  return `${asciiJson(document, 2)}\n`;
}
