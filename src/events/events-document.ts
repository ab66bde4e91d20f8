/**
 * `events.json`, which makes a folder of Parquet files an export: the report that the rows are proven by, and the hash of every file. It
 * is written last, so that a folder without it is none.
 *
 *     { "schema": "trail-verify/events/v1", "report": { "sha256": "…", "verdict": "VALID", … },
 *       "logFiles": 24, "events": 1310, "files": [{ "path": "events/account=…/part-000001.parquet", "sha256": "…", … }] }
 */
import {
  checkDocument,
  count,
  described,
  documentOf,
  list,
  object,
  oneOf,
  only,
  orNull,
  pattern,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { asciiJson, strictJson } from '../base/json.ts';
import type { WrittenFile } from './event-writer.ts';

/** A log file that is as its digest says, and holds no records that can be read: none of its events is in the export. */
export interface UnreadableLog {
  readonly uri: string;
  /** Of its uncompressed content. */
  readonly sha256: string;
  readonly problem: string;
}

/** What an export is and what it is made of. Hashes are SHA-256 in lower-case hex, times ISO 8601 in UTC. */
export interface EventsDocument {
  readonly schema: 'trail-verify/events/v1';
  readonly tool: { readonly name: 'trail-verify'; readonly version: string };
  readonly report: {
    readonly sha256: string;
    readonly run: string;
    readonly verdict: 'VALID' | 'INVALID' | 'INCONCLUSIVE';
    readonly started: string;
    readonly finished: string;
    readonly window: { readonly from: string | null; readonly to: string };
  };
  /** A manifest alone names the log files, and has no rows of their events. */
  readonly contents: 'events' | 'manifest';
  readonly logFiles: number;
  readonly events: number;
  readonly unreadable: readonly UnreadableLog[];
  readonly files: readonly WrittenFile[];
}

/** The schema `trail-verify/events/v1`, of which the published file is made. */
export const eventsSchema: () => Schema<EventsDocument> = documentOf<EventsDocument>()(() =>
  described(
    object({
      schema: only('trail-verify/events/v1'),
      tool: object({ name: only('trail-verify'), version: text() }),
      report: described(
        object({
          sha256: described(sha256(), 'Of report.json, byte for byte.'),
          run: text(),
          verdict: oneOf(['VALID', 'INVALID', 'INCONCLUSIVE']),
          started: time(),
          finished: time(),
          window: object({ from: orNull(time()), to: time() }),
        }),
        'The report that the log files are proven by.',
      ),
      contents: described(
        oneOf(['events', 'manifest']),
        'A manifest alone names the log files, and has no rows of their events.',
      ),
      logFiles: described(count(), 'Log files whose records are in the export.'),
      events: described(count(), '0 in a manifest alone.'),
      unreadable: described(
        list(object({ uri: text(), sha256: sha256(), problem: text() })),
        'Log files that are intact and hold no records that can be read.',
      ),
      files: list(
        object({
          path: described(
            pattern(/^(?:events|manifest)(?:\/[A-Za-z0-9=_-]+)*\/part-[0-9]+\.parquet$/),
            'Below the folder of events.json, with slashes.',
          ),
          bytes: count(),
          rows: count(),
          sha256: sha256(),
        }),
      ),
    }),
    {
      title: 'trail-verify export of verified events, version 1',
      description: 'Names the report that the exported events are proven by, and the hash of every file.',
    },
  ),
);

/** The name of the document in an export's folder. */
export const EVENTS_FILE = 'events.json';
/** The largest that is read: 300,000 files are some 60 MB. */
export const MOST_EVENTS_BYTES: number = 256 * 1024 * 1024;

/** The document as its file has it: ASCII JSON. */
export function formatEvents(document: EventsDocument): string {
  return `${asciiJson(document, 1)}\n`;
}

/** The document in those bytes; `name` is what errors call it. Throws EVIDENCE_INVALID. */
export function readEvents(bytes: Uint8Array, name: string): EventsDocument {
  const read = strictJson(bytes);
  if ('problem' in read) throw malformed(name, read.problem);
  const checked = checkDocument(eventsSchema(), read.value);
  if ('problem' in checked)
    throw malformed(name, `is no export of trail-verify, version 1: at ${checked.problem}`);
  return checked.value;
}

/** The folders of an export's files: rows of events, and of log files. */
export type FilesFolder = 'events' | 'manifest';

/** The files of one folder. */
export function filesIn(
  { files }: Pick<EventsDocument, 'files'>,
  folder: FilesFolder,
): readonly WrittenFile[] {
  return files.filter(({ path }) => path.startsWith(`${folder}/`));
}

/** The rows of all files of one folder. */
export function rowsIn(document: Pick<EventsDocument, 'files'>, folder: FilesFolder): number {
  return filesIn(document, folder).reduce((sum, { rows }) => sum + rows, 0);
}

/** Throws CONFIGURATION for a manifest alone: no row of it would look as if nothing had happened. */
export function requireEvents({ contents }: Pick<EventsDocument, 'contents'>, folder: string): void {
  if (contents === 'events') return;
  throw new TrailVerifyError('CONFIGURATION', `export ${folder} is a manifest, and holds no events`, {
    hint: 'export the events as well: leave --manifest-only out',
  });
}
