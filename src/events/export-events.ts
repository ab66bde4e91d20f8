/** The export of a run's verified events: it takes the log files that agree with their digests, from the very bytes that were judged. */
import { createHash } from 'node:crypto';
import { lstat, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../base/errors.ts';
import { isAccountId, isRegionName } from '../base/names.ts';
import { VERSION } from '../base/version.ts';
import type { ExaminedLog, ExaminedObject } from '../chain/list-digests.ts';
import { gunzipOrPlain, sha256 } from '../crypto/hash.ts';
import { dayOfPath } from '../digest/digest-key.ts';
import { MAX_LOG_CONTENT } from '../logs/check-log.ts';
import { readRecords } from '../logs/records.ts';
import type { Report } from '../report/report.ts';
import { objectUri } from '../source/source.ts';
import { NO_DAY } from './columns.ts';
import { isFullDisk, problemLine } from './database.ts';
import { type EventWriter, openEventWriter, type WrittenFile } from './event-writer.ts';
import {
  EVENTS_FILE,
  type EventsDocument,
  formatEvents,
  rowsIn,
  type UnreadableLog,
} from './events-document.ts';

/** Takes a run's objects, and ends as an export. */
export interface EventsExport {
  /** Takes one examined object; all but log files that agree are left out. Never rejects: `finish` has the first error. */
  readonly take: (object: ExaminedObject) => Promise<void>;
  /**
   * Ends the Parquet files, and returns the document that makes them an export of `report`, whose file has that hash. Throws
   * OUTPUT_NOT_WRITTEN where the disk is full, OUTPUT_NOT_USABLE where else a file could not be written, INTERNAL where the rows are
   * not those of the report.
   */
  finish(report: Report, reportSha256: string): Promise<EventsDocument>;
  /** Removes everything written so far. */
  discard(): Promise<void>;
}

/**
 * Opens an export into a folder that is there and holds none. Throws CONFIGURATION where DuckDB is not installed, OUTPUT_NOT_USABLE
 * and OUTPUT_NOT_WRITTEN where the folder cannot be written to or holds an export.
 */
export async function openEventsExport(
  folder: string,
  contents: EventsDocument['contents'] = 'events',
): Promise<EventsExport> {
  await requireNone(folder);
  try {
    return new OpenExport(folder, contents, await openEventWriter(folder, path.join(folder, SPILL)));
  } catch (error) {
    throw notWritten(folder, error);
  }
}

const SPILL = '.spill';

/** An export that fails is removed: it must never be another one. */
async function requireNone(folder: string): Promise<void> {
  if ((await lstat(folder).catch(() => undefined))?.isFile() !== false)
    throw new TrailVerifyError('OUTPUT_NOT_USABLE', `there is no folder ${folder === '' ? "''" : folder}`, {
      hint: 'make an empty folder, and give that',
    });
  for (const name of ['events', 'manifest', EVENTS_FILE, 'report.json', SPILL]) {
    if ((await lstat(path.join(folder, name)).catch(() => undefined)) === undefined) continue;
    throw new TrailVerifyError('OUTPUT_NOT_USABLE', `folder ${folder} holds ${name} already`, {
      hint: 'give a new or empty folder',
    });
  }
}

/** Writes an export's two documents, the one that makes it an export last. Throws OUTPUT_NOT_WRITTEN, OUTPUT_NOT_USABLE. */
export async function writeDocuments(
  folder: string,
  report: Iterable<string>,
  document: EventsDocument,
): Promise<void> {
  const files = [
    ['report.json', report],
    [EVENTS_FILE, [formatEvents(document)]],
  ] as const;
  const written: string[] = [];
  try {
    for (const [name, pieces] of files) {
      const file = path.join(folder, name);
      await writeFile(file, pieces, { flag: 'wx', flush: true });
      written.push(file);
    }
  } catch (error) {
    for (const file of written) await rm(file, { force: true });
    throw notWritten(folder, error);
  }
}

/** Characters of a name's hash that distinguish log files: 96 bits, for a million names. */
const NAME_HASH = 16;

class OpenExport implements EventsExport {
  readonly #folder: string;
  readonly #contents: EventsDocument['contents'];
  readonly #writer: EventWriter;
  readonly #seen = new Set<string>();
  readonly #unreadable: UnreadableLog[] = [];
  #taken = 0;
  #logFiles = 0;
  #events = 0;
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  constructor(folder: string, contents: EventsDocument['contents'], writer: EventWriter) {
    this.#folder = folder;
    this.#contents = contents;
    this.#writer = writer;
  }

  readonly take = async (object: ExaminedObject): Promise<void> => {
    if (object.kind !== 'log' || object.outcome !== 'valid' || this.#failure !== undefined) return;
    try {
      await this.#takeLog(object);
    } catch (error) {
      // The verdict is worth more than the export: the run goes on, and says at its end that there is none.
      this.#failure ??= { error };
    }
  };

  async finish(report: Report, reportSha256: string): Promise<EventsDocument> {
    try {
      if (this.#failure !== undefined) throw this.#failure.error;
      const files = await this.#writer.close();
      this.#isClosed = true;
      this.#balance(report, files);
      return {
        schema: 'trail-verify/events/v1',
        tool: { name: 'trail-verify', version: VERSION },
        report: {
          sha256: reportSha256,
          run: report.run.id,
          verdict: report.verdict,
          started: report.run.started,
          finished: report.run.finished,
          window: report.window.requested,
        },
        contents: this.#contents,
        logFiles: this.#logFiles,
        events: this.#events,
        unreadable: this.#unreadable.toSorted((a, b) => (a.uri < b.uri ? -1 : 1)),
        files,
      };
    } catch (error) {
      // What cannot be removed either, as on a full disk, must not hide why.
      await this.discard().catch(() => undefined);
      throw notWritten(this.#folder, error);
    }
  }

  async discard(): Promise<void> {
    if (!this.#isClosed) await this.#writer.discard();
    this.#isClosed = true;
    for (const made of ['events', 'manifest'])
      await rm(path.join(this.#folder, made), { recursive: true, force: true, maxRetries: 3 });
  }

  async #takeLog({ ref, stored, listed, chain, digest }: ExaminedLog): Promise<void> {
    this.#taken += 1;
    // A file that two digests name is one file.
    const name = createHash('sha256').update(objectUri(ref)).digest('base64').slice(0, NAME_HASH);
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    const { content } = gunzipOrPlain(stored.bytes, MAX_LOG_CONTENT);
    if (content === undefined || content.trailingBytes > 0 || sha256(content.bytes) !== listed.sha256)
      throw new TrailVerifyError('INTERNAL', `${objectUri(ref)} was handed on other than it was judged`);
    const uri = objectUri(ref);
    const records = this.#contents === 'events' ? this.#recordsOf(content.bytes, uri, listed.sha256) : [];
    if (records === undefined) return;
    this.#logFiles += 1;
    this.#events += records.length;
    await this.#writer.take({
      uri,
      versionId: stored.versionId,
      etag: stored.etag,
      sha256: listed.sha256,
      storedSha256: sha256(stored.bytes),
      size: stored.bytes.length,
      chain,
      digestUri: objectUri(digest),
      ...placeOf(listed.key, chain),
      records: this.#contents === 'events' ? records : undefined,
    });
  }

  /** The texts of its records; undefined after it was noted that they cannot be read. */
  #recordsOf(content: Uint8Array, uri: string, hash: string): readonly string[] | undefined {
    const read = readRecords(content);
    if (read.records === undefined) this.#unreadable.push({ uri, sha256: hash, problem: read.problem });
    return read.records;
  }

  /** Holds the rows against the report: a log file that was lost on its way would be an event that did not happen. */
  #balance({ totals }: Report, files: readonly WrittenFile[]): void {
    const found = [this.#taken, rowsIn({ files }, 'events'), rowsIn({ files }, 'manifest')];
    const due = [totals.logs.valid, this.#events, this.#logFiles];
    if (found.some((count, at) => count !== due[at])) {
      throw new TrailVerifyError(
        'INTERNAL',
        `the export does not agree with the report: log files, events and rows are ${found.join(', ')} in place of ${due.join(', ')}`,
      );
    }
  }
}

const DAY_FOLDERS = 5;

/**
 * The account, Region and day of a log file by its own folders, `…/111122223333/CloudTrail/us-east-1/2026/11/20/name`, or else those of
 * its chain.
 */
function placeOf(
  key: string,
  chain: string,
): { readonly account: string; readonly region: string; readonly day: string } {
  const [account = '', , region = '', ...rest] = key.split('/').slice(-DAY_FOLDERS - 2);
  const [year, month, day] = rest;
  if (isAccountId(account) && isRegionName(region) && dayOfPath(rest.join('/')) !== undefined)
    return { account, region, day: `${year}-${month}-${day}` };
  const [ofAccount = '', ofRegion = ''] = chain.split('/');
  return { account: ofAccount, region: ofRegion, day: NO_DAY };
}

/** What DuckDB says where the disk is full: it has no code for that. */

function notWritten(folder: string, cause: unknown): TrailVerifyError {
  if (cause instanceof TrailVerifyError) return cause;
  const isFull = isFullDisk(cause);
  return new TrailVerifyError(
    isFull ? 'OUTPUT_NOT_WRITTEN' : 'OUTPUT_NOT_USABLE',
    `the events cannot be exported to ${folder}: ${problemLine(cause)}`,
    {
      hint: isFull ? 'free some space or give another folder with --events, and run again' : undefined,
      cause,
    },
  );
}
