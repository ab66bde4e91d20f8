import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { DAY, HOUR } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { wasStopped } from '../../findings/catalogue.ts';
import type { Verdict } from '../../findings/finding.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { countOf, formatDuration } from '../../render/words.ts';
import type { Report } from '../../report/report.ts';
import { MOST_REPORT_BYTES, type ReadReport, readReport } from '../../report/report-schema.ts';
import { inPlace } from '../../source/claimed-folder.ts';
import { makeOwnFolder } from '../../source/own-folder.ts';
import { removeTemporaryFolder } from '../../source/unfinished.ts';
import { interruptible } from '../../source/wrappers.ts';
import type { AskingProgress, Corroboration, EventList } from '../../witness/contract.ts';
import { corroborate } from '../../witness/corroborate.ts';
import { type CorroborationDocument, formatCorroboration } from '../../witness/document.ts';
import { CORROBORATION_FILE, RECOVERED_FILE, UNLOGGED_FILE } from '../../witness/read.ts';
import { renderCorroboration } from '../../witness/render.ts';
import { codeOfAnswer, EXIT, exitCodeOf, interruption, showFailure } from '../io/exit.ts';
import { liesInside, readWholeFile } from '../io/files.ts';
import { openEventLines } from '../io/line-file.ts';
import { type OutputFolder, openOutputFolder } from '../io/output/folder.ts';
import { reportInTarget, writeNewFile } from '../io/output.ts';
import { type ProgressDisplay, progressDisplay, withProgress } from '../io/progress.ts';
import {
  folderOfObjects,
  openInventoryOf,
  openSourceOf,
  type ReportPlaces,
  readSoundReport,
} from '../io/report-objects.ts';
import { askingAt } from '../io/signing/secrets.ts';
import type { ReportSigning } from '../io/signing/sign-report.ts';
import type { Terminal } from '../io/terminal.ts';
import { orRefused } from '../io/witness/corroboration-folder.ts';
import { keptAnswers, resumedLimit } from '../io/witness/kept-answers.ts';
import { KeptEvents } from '../io/witness/kept-events.ts';
import { documentOf } from '../io/witness/made-document.ts';
import { openWitnesses } from '../io/witness/open.ts';
import type { KeptAnswers } from '../io/witness/resume.ts';
import type { RunRecord } from '../options/added.ts';
import type { CorroborateSettings } from './corroborate-options.ts';
import { verifyCommand } from './verify.ts';
import { RUN_FOR_EVENTS } from './verify-options.ts';

/**
 * Asks witnesses what a report lacks, says what came of it, and returns the exit code: 5 for a report that contradicts itself or is not
 * as it was signed, and for an inventory or a log file that is not the report's. Throws TrailVerifyError where nothing can be asked or written.
 */
export async function corroborateCommand(
  settings: CorroborateSettings,
  terminal: Terminal,
  record: RunRecord,
): Promise<number> {
  const { asked } = settings;
  if (asked.kind === 'report') return corroborateReport({ ...settings, ...asked }, terminal);
  const code = await verifyCommand(
    {
      ...RUN_FOR_EVENTS,
      ...asked.target,
      now: settings.now,
      output: asked.folder,
      events: undefined,
      format: 'text',
      signing: settings.signing,
      force: undefined,
      quiet: false,
      verbose: settings.verbose,
      progress: settings.progress,
      color: true,
    },
    terminal,
    record,
  );
  const reportFile = path.join(asked.folder, 'report.json');
  if (code === EXIT.failed || !(await isThere(reportFile))) return code;
  const { report } = readReport(await readWholeFile(reportFile, MOST_REPORT_BYTES, 'report'), reportFile);
  if (wasStopped(report.findings)) return code;
  terminal.out.write('\n');
  const { place, layout } = asked.target;
  const places = {
    reportFile,
    inventoryFile: undefined,
    source: undefined,
    layout: place.kind === 'folder' ? layout : NO_LAYOUT,
  };
  const output = path.join(asked.folder, WITNESS_FOLDER);
  // The report is an answer of its own, before a witness is asked and while.
  const end = terminal.onInterrupt(() => {
    terminal.error.write('trail-verify: interrupted: the report is whole, and no witness is asked\n');
    terminal.kill(codeOfAnswer(report.verdict));
  });
  try {
    return await corroborateReport({ ...settings, ...places, output }, terminal, report.verdict);
  } finally {
    end();
  }
}

/** The folder of the answer in that of a report that was made for it. */
const WITNESS_FOLDER = 'witness';
const NO_LAYOUT = { layout: undefined, bucket: undefined, copyOf: undefined };

async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined;
}

/** Throws REPORT_INVALID for a report of a run that read no log files, CONFIGURATION for a present before the report. */
function requireAsked({ limits, window }: Report, now: number): void {
  if (limits.some(({ code }) => code === 'LOGS_NOT_CHECKED'))
    throw new TrailVerifyError('REPORT_INVALID', 'the run of the report read no log files (--no-logs)', {
      hint: 'verify without --no-logs, and give the report of that',
    });
  if (now < Date.parse(window.requested.to) - HOUR)
    throw new TrailVerifyError(
      'CONFIGURATION',
      `--now is before ${window.requested.to}, the end of the report's window`,
      {
        hint: 'leave --now out, or give the time of the report',
      },
    );
}

/** A report that is asked about, and how. */
interface ReportSettings extends CorroborateSettings, ReportPlaces {}

/** `made` is the verdict of the report where this very command has made it. */
function corroborateReport(given: ReportSettings, terminal: Terminal, made?: Verdict): Promise<number> {
  return orRefused(() => askAndWrite(given, terminal, made), terminal, given.verbose);
}

async function askAndWrite(
  given: ReportSettings,
  terminal: Terminal,
  made: Verdict | undefined,
): Promise<number> {
  const { reportFile, output: wanted, format } = given;
  const now = given.now ?? Date.now();
  const settings = { ...given, now };
  const report = await readSoundReport(reportFile, now);
  if (report.report.objects === undefined)
    throw new TrailVerifyError(
      'REPORT_INVALID',
      'the report binds no inventory, so no log file of it can be read',
      {
        hint: 'give a report that trail-verify verify wrote together with its inventory.jsonl.gz',
      },
    );
  requireAsked(report.report, now);
  const access = askingAt(terminal, settings.access);
  const signing =
    settings.signing.signer.kind === 'nobody'
      ? undefined
      : await (await import('../io/signing/sign-report.ts')).openSigning(settings.signing, access, terminal);
  const output = wanted === undefined ? undefined : await openOutputFolder(wanted, now);
  const copy = folderOfObjects(given, report.report);
  if (output !== undefined && copy !== undefined && (await liesInside(output.path, copy)))
    terminal.error.write(`warning: ${escapeTerminal(reportInTarget(output.shown(output.path)))}\n`);
  const folder = output?.path ?? makeOwnFolder('trail-verify-witness-');
  const lists = {
    recovered: new KeptEvents(openEventLines(folder, RECOVERED_FILE)),
    unlogged: new KeptEvents(openEventLines(folder, UNLOGGED_FILE)),
  };
  const display = progressDisplay(terminal.error, settings.progress, Date.now);
  let answers: KeptAnswers | undefined;
  let isAsked = false;
  const notice = (): string => {
    if (isAsked) return 'the answer is still being written';
    return hasAnswers(answers) ? 'what was answered is kept' : 'nothing is written';
  };
  const interrupted = interruption(terminal, notice, () => display.clear());
  if (made !== undefined) interrupted.answered(made);
  try {
    // The answer itself is signed by requests that go on.
    const asked = { ...settings, access: { ...access, signal: interrupted.signal } };
    const kept = { ...asked, givenNow: given.now, report };
    answers = output && (await keptAnswers({ ...kept, output: inPlace(output.path) }, terminal));
    const asking = { settings: asked, report, lists, terminal, answers };
    const found = await ask(asking, display, interrupted.signal);
    isAsked = true;
    const limits = [...found.limits, ...resumedLimit(answers)];
    const document = await documentOf({ ...found, limits }, settings, report, lists);
    const written =
      output &&
      (await writeAnswer(document, output, signing, terminal, () =>
        interrupted.answered(report.report.verdict),
      ));
    await answers?.discard();
    const lines =
      format === 'json' ? [formatCorroboration(document)] : [shownOf(document), ...(written?.lines ?? [])];
    for (const line of lines) terminal.out.write(line);
    if (written?.failure !== undefined) return await showFailure(written.failure, terminal, settings.verbose);
    return exitCodeOfCorroboration(document);
  } catch (error) {
    for (const { file } of Object.values(lists)) await file.discard();
    await output?.discard();
    const isContradiction = error instanceof TrailVerifyError && error.code === 'EVIDENCE_INVALID';
    if (isContradiction || answers?.known === 0) await answers?.discard();
    throw error;
  } finally {
    display.clear();
    interrupted.end();
    for (const { file } of Object.values(lists)) await file.close();
    await answers?.close();
    if (output === undefined) await removeTemporaryFolder(folder);
  }

  function shownOf(document: CorroborationDocument): string {
    return renderCorroboration(document, lists.recovered.first, { columns: terminal.out.columns });
  }
}

/** Whether any question was answered whole: of others nothing is kept. */
function hasAnswers(answers: KeptAnswers | undefined): answers is KeptAnswers {
  return answers !== undefined && answers.known > 0;
}

/** Writes the document, signs it, and puts its folder in place; gives the lines that say so. */
async function writeAnswer(
  document: CorroborationDocument,
  output: OutputFolder,
  signing: ReportSigning | undefined,
  terminal: Terminal,
  onWhole: () => void,
): Promise<{ readonly lines: readonly string[]; readonly failure: TrailVerifyError | undefined }> {
  const show = (one: string): string => output.shown(path.join(output.path, path.basename(one)));
  const file = path.join(output.path, CORROBORATION_FILE);
  await writeNewFile(file, [formatCorroboration(document)]);
  const lists = [document.recovered, document.unlogged].flatMap((one) => one?.file ?? []);
  const signed =
    signing &&
    (await (
      await import('../io/signing/sign-report.ts')
    ).signWritten(file, signing, show, terminal, 'the corroboration'));
  await output.publish(onWhole);
  const said = [
    `Record: ${show(file)}`,
    ...lists.map((name) => `Events: ${show(name)}`),
    ...(signed?.lines ?? []),
  ];
  return { lines: said.map((line) => `${escapeTerminal(line)}\n`), failure: signed?.failure };
}

/** The verdict of the report; where that is VALID, a witness that does not agree, or did not answer, leaves something unproven. */
function exitCodeOfCorroboration({ report, result }: CorroborationDocument): number {
  const code = exitCodeOf(report.verdict, 'inconclusive');
  return code === EXIT.valid && (result === 'unproven' || result === 'incomplete') ? EXIT.inconclusive : code;
}

interface Asking {
  readonly settings: ReportSettings & { readonly now: number };
  readonly report: ReadReport;
  readonly lists: Readonly<Record<EventList, KeptEvents>>;
  readonly terminal: Terminal;
  /** Undefined where nothing is kept of an interrupted run. */
  readonly answers: KeptAnswers | undefined;
}

async function ask(
  { settings, report: { report }, lists, terminal, answers }: Asking,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<Corroboration> {
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const say = (text: string): void =>
    withProgress(terminal, display).error.write(`trail-verify: ${escapeTerminal(text)}\n`);
  try {
    const source = interruptible(await openSourceOf(settings, report, terminal), signal);
    const opened = await openWitnesses(settings.witnesses, { ...settings, report, source, say, signal });
    const found = await corroborate({
      report,
      openInventory: () => openInventoryOf(settings, report),
      source,
      ...opened,
      witnesses: opened.witnesses.map((one) => answers?.keeping(one) ?? one),
      all: settings.all,
      now: settings.now,
      elapsed,
      keep: (list, kept) => lists[list].keep(kept),
      onQuestions: ({ places, time }) => {
        const kept = answers === undefined ? '' : '; ctrl-C keeps what was answered';
        if (time > LONG) say(`${estimate(places, time)}${kept}`);
      },
      onProgress: (progress) => display.update(() => progressLine(progress, elapsed())),
      signal,
    });
    // What was said of an interruption must be so, even where it came after the last answer.
    signal.throwIfAborted();
    return found;
  } catch (error) {
    if (signal.aborted)
      throw new TrailVerifyError('INTERRUPTED', 'the questions were interrupted', {
        hint: hasAnswers(answers)
          ? `what was answered is in ${answers.file}: run the same command again to go on`
          : undefined,
      });
    throw error;
  } finally {
    display.clear();
  }
}

/** Time in all that is worth a word before it is asked about. */
const LONG = 2 * DAY;

/** How long it may take is known when events come: nobody says before how many there are. */
function estimate(places: number, time: number): string {
  const where = countOf(places, 'account and Region', 'accounts and Regions');
  return `asking about ${formatDuration(time)} in ${where}; the event history gives 100 events a second for each, so that a million take three hours`;
}

function progressLine({ share, events, recovered, standing }: AskingProgress, elapsed: number): string {
  const left = share > 0 && share < 1 ? `, ${formatDuration((elapsed / share) * (1 - share))} left` : '';
  const done = `${Math.floor(share * 100)} % of the time asked, ${events} events, ${recovered} recovered`;
  if (standing === undefined) return `${done}${left}`;
  const { witness, account, region, pages } = standing;
  return `${done}; ${pages} pages of ${witness} about ${account}/${region} brought nothing new`;
}
