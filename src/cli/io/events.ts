/** The export of verified events that a run makes: its folder, its document, and what belongs to it. */
import { copyFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import type { TakeExamined } from '../../chain/list-digests.ts';
import { unwritable } from '../../copy/disk-full.ts';
import { EVENTS_FILE, type EventsDocument, formatEvents } from '../../events/events-document.ts';
import { openEventsExport } from '../../events/export-events.ts';
import { wasInterrupted } from '../../findings/catalogue.ts';
import { reportSha256 } from '../../render/facts/report.ts';
import { countOf } from '../../render/words.ts';
import type { Report } from '../../report/report.ts';
import { inPlace } from '../../source/claimed-folder.ts';
import { type OutputFolder, openOutputFolder } from './output/folder.ts';
import { removeQuietly, writeNewFile } from './output.ts';
import { type ReportSigning, signatureFileOf, signReport, timestampFileOf } from './signing/sign-report.ts';

/** The export that a run makes. */
export interface EventsOutput {
  /** Takes the log files that the run reads. */
  readonly take: TakeExamined;
  /**
   * Ends the export, when the report is written and signed: `events.json`, its signature, and a copy of the report where it is not
   * in the folder. A run that was interrupted leaves a former one's export where that is. Throws as `EventsExport.finish`, and what signing throws.
   */
  seal(report: Report, reportPath: string, signing: ReportSigning | undefined): Promise<SealedEvents>;
  /** Removes everything written so far. */
  discard(): Promise<void>;
}

/** What an export came to, in lines for people (not escaped). */
export interface SealedEvents {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
  /** Whether every intact log file is in it. */
  readonly isWhole: boolean;
}

/**
 * Opens an export in `folder`, which is new or empty, or the folder `output` of the run itself, or below that. Throws CONFIGURATION,
 * OUTPUT_NOT_USABLE.
 */
export async function openEventsOutput(
  folder: string,
  output: OutputFolder | undefined,
  force: boolean = false,
  contents: EventsDocument['contents'] = 'events',
): Promise<EventsOutput> {
  const below = output && (await pathBelow(folder, output.shown(output.path)));
  // In a folder that takes the place of a former run's, the export is made in the new one, and comes with it.
  const place = output === undefined || below === undefined ? folder : path.join(output.path, below);
  const own = below === '' ? undefined : await openFolder(place, force);
  const root = own?.path ?? place;
  let events: Awaited<ReturnType<typeof openEventsExport>>;
  try {
    events = await openEventsExport(root, contents);
  } catch (error) {
    await own?.discard();
    throw notWritten(root, error);
  }
  return {
    take: events.take,
    seal: async (report, reportPath, signing) => {
      if (own?.replaces === true && wasInterrupted(report.findings)) {
        await events.discard();
        await own.discard();
        return {
          ...NOTHING,
          warnings: [`${own.shown(root)} keeps the events of a former run, for this one was interrupted`],
        };
      }
      const made: string[] = [];
      const add = (name: string): string => {
        const file = path.join(root, name);
        made.push(file);
        return file;
      };
      try {
        const document = await events.finish(report, reportSha256(report));
        if (own !== undefined) await copyReport(reportPath, add);
        const file = add(EVENTS_FILE);
        await writeNewFile(file, [formatEvents(document)]);
        if (signing !== undefined) {
          made.push(signatureFileOf(file), timestampFileOf(signatureFileOf(file)));
          const { timestampFailure } = await signReport(file, signing.opened.signer, {
            timestamp: signing.timestamp,
            bundle: false,
          });
          if (timestampFailure !== undefined && signing.timestamp?.optional !== true) throw timestampFailure;
        }
        await own?.publish();
        const shown = below === undefined ? own?.shown(root) : output?.shown(root);
        return sealed(document, shown ?? root);
      } catch (error) {
        // A folder without its document is no export, and half of one helps nobody.
        for (const file of made) await removeQuietly(file);
        await events.discard().catch(() => undefined);
        await own?.discard().catch(() => undefined);
        throw incomplete(notWritten(root, error));
      }
    },
    discard: async () => {
      await events.discard();
      await own?.discard();
    },
  };
}

const NOTHING: SealedEvents = { lines: [], warnings: [], isWhole: false };

/** The path of a folder below another, '' for that itself; undefined where it is elsewhere. Links count for what they lead to. */
async function pathBelow(folder: string, top: string): Promise<string | undefined> {
  const below = path.relative(await realPlace(top), await realPlace(folder));
  const isElsewhere = below === '..' || below.startsWith(`..${path.sep}`) || path.isAbsolute(below);
  return isElsewhere ? undefined : below;
}

/** The real path of a folder, or where one would be that is not there yet. */
async function realPlace(folder: string): Promise<string> {
  const full = path.resolve(folder);
  const above = path.dirname(full);
  return realpath(full).catch(async () =>
    above === full ? full : path.join(await realPlace(above), path.basename(full)),
  );
}

/** As for the run's own output, with hints that name the right option. */
async function openFolder(folder: string, force: boolean): Promise<OutputFolder> {
  try {
    return await openOutputFolder(folder, 0, force);
  } catch (error) {
    if (!(error instanceof TrailVerifyError)) throw error;
    const { code, message, hint, cause } = error;
    throw new TrailVerifyError(code, message, { hint: hint?.replace('--output', '--events'), cause });
  }
}

/** The report and what was signed over it, so that an export can be checked alone. */
async function copyReport(reportPath: string, add: (name: string) => string): Promise<void> {
  const signature = signatureFileOf(reportPath);
  await copyFile(reportPath, add('report.json'));
  for (const file of [signature, timestampFileOf(signature)]) {
    await copyFile(file, add(path.basename(file))).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
  }
}

function sealed({ events, logFiles, unreadable, contents }: EventsDocument, folder: string): SealedEvents {
  const files = countOf(logFiles, 'log file');
  const lines =
    contents === 'manifest'
      ? [`Manifest: ${folder}, ${files}; trail-verify events ddl ${folder} prints its table and view`]
      : [
          `Verified events: ${folder}, ${countOf(events, 'event')} of ${files}; ask them with trail-verify query --events ${folder}`,
        ];
  const [first] = unreadable;
  if (first === undefined) return { lines, warnings: [], isWhole: true };
  const others = unreadable.length === 1 ? '' : `, and ${unreadable.length - 1} more`;
  return {
    lines,
    isWhole: false,
    warnings: [
      `${countOf(unreadable.length, 'intact log file')} without records that can be read: ${first.uri} ${first.problem}${others}; the export has no events of ${unreadable.length === 1 ? 'it' : 'them'}`,
    ],
  };
}

const HINTS = {
  full: 'free some space or give another folder with --events, and run again',
  else: 'give a new or empty folder that you may write to with --events',
};

function notWritten(folder: string, error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const why = messageOf(error);
  return unwritable(`the events cannot be exported to ${inPlace(folder)}: ${why}`, error, HINTS);
}

function incomplete(error: TrailVerifyError): TrailVerifyError {
  const { code, message, hint } = error;
  return new TrailVerifyError(code, `there is no export of events: ${message}`, { hint, cause: error });
}
