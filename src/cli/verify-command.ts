import path from 'node:path';
import {
  coloured,
  fixedClock,
  jsonPieces,
  plain,
  type Report,
  renderEventLine,
  renderingFileName,
  renderMarkdown,
  renderPieces,
  renderProgressLine,
  renderText,
  renderVerdict,
  renderVerdictLine,
  reportSha256,
  systemClock,
  type TrailEvent,
  TrailVerifyError,
  type VerifyOptions,
  verifyTrail,
} from '../index.ts';
import { wantsColour } from './colour.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { readExpectFile } from './expect-file.ts';
import { showFailure } from './failure.ts';
import { interruption } from './interruption.ts';
import { readKeyFiles } from './key-files.ts';
import { openTarget } from './open-target.ts';
import { openOutputFolder } from './output-folder.ts';
import { type ProgressDisplay, progressDisplay } from './progress-display.ts';
import { openSigning, type SigningOutcome, signWritten } from './report-signing.ts';
import type { Terminal } from './terminal.ts';
import type { VerifySettings } from './verify-settings.ts';

/**
 * Verifies, writes report.json, prints what --format asks for, and returns the exit code. Everything that can be
 * wrong with the call is found before the first object is read. Throws TrailVerifyError where the run failed.
 */
export async function verifyCommand(settings: VerifySettings, terminal: Terminal): Promise<number> {
  const keys = await readKeyFiles(settings.keyFiles);
  const expected = settings.expectFile === undefined ? [] : await readExpectFile(settings.expectFile);
  const signing = await openSigning(settings.signing, settings.access, terminal);
  const output = await openOutputFolder(settings.output, Date.now());
  const display = progressDisplay(terminal.error, wantsProgress(settings, terminal), Date.now);
  const interrupted = interruption(terminal, 'a partial report is being written', () => display.clear());
  let report: Report;
  let reportPath: string;
  try {
    const { source, targets, scope, expectations, keyRing, limits } = await openTarget(settings, keys);
    const options: VerifyOptions = {
      source,
      targets,
      keyRing,
      scope,
      ...(settings.from === undefined ? {} : { from: settings.from }),
      ...(settings.to === undefined ? {} : { to: settings.to }),
      expectations: [...expectations, ...expected],
      relocated: settings.relocated,
      logs: settings.logs,
      unlisted: settings.unlisted,
      clock: settings.now === undefined ? systemClock : fixedClock(settings.now),
      signal: interrupted.signal,
      ...(settings.concurrency === undefined ? {} : { concurrency: settings.concurrency }),
      limits,
    };
    report = await verifyTrail(options, eventReader(settings, terminal, display));
    reportPath = await output.write('report.json', jsonPieces(report));
    const hash = settings.also.length === 0 ? '' : reportSha256(report);
    for (const format of settings.also) {
      await output.write(renderingFileName(format), renderPieces(format, report, hash));
    }
  } catch (error) {
    await output.discard();
    throw withOfflineHint(error, settings);
  } finally {
    display.clear();
    interrupted.end();
  }
  const signed: SigningOutcome =
    signing === undefined
      ? { lines: [], failure: undefined }
      : await signWritten(reportPath, signing, shortPath, terminal);
  printReport(report, { reportPath: shortPath(reportPath), signedBy: signed.lines }, settings, terminal);
  const failure = failureOf(report) ?? signed.failure;
  if (failure === undefined) return exitCodeOf(report.verdict, settings.failOn);
  await showFailure(failure, terminal, settings.verbose);
  return report.verdict === 'INVALID' ? EXIT.invalid : EXIT.failed;
}

/** The error that ended the run after it had begun: what was found before is in the report all the same. */
function failureOf(report: Report): TrailVerifyError | undefined {
  for (const { code, evidence } of report.findings) {
    if (code !== 'RUN_INTERRUPTED' || evidence.reason !== 'failed') continue;
    const hint = evidence.hint === undefined ? {} : { hint: evidence.hint };
    return new TrailVerifyError('UNREACHABLE', `the run ended early: ${evidence.detail}`, hint);
  }
  return undefined;
}

/** The path as one would type it here, where that is shorter. */
function shortPath(file: string): string {
  const fromHere = path.relative('', file);
  return fromHere.startsWith('..') ? file : fromHere;
}

function wantsProgress(settings: VerifySettings, terminal: Terminal): boolean | undefined {
  if (settings.quiet) return false;
  // A live line between the lines of results on the same terminal would tear both apart.
  const mixed = settings.format === 'ndjson' && terminal.out.isTerminal;
  return mixed ? (settings.progress ?? false) : settings.progress;
}

function eventReader(
  settings: VerifySettings,
  terminal: Terminal,
  display: ProgressDisplay,
): (event: TrailEvent) => void {
  const began = Date.now();
  return (event) => {
    if (event.type === 'progress') {
      display.update(() => renderProgressLine(event.progress, Date.now() - began));
    } else if (settings.format === 'ndjson') {
      terminal.out.write(renderEventLine(event));
    }
  };
}

function printReport(
  report: Report,
  written: { readonly reportPath: string; readonly signedBy: readonly string[] },
  settings: VerifySettings,
  terminal: Terminal,
): void {
  const { out } = terminal;
  const paint = wantsColour(settings.color, terminal) ? coloured : plain;
  const layout = { columns: out.columns, paint, verbose: settings.verbose, ...written };
  switch (settings.format) {
    case 'text':
      out.write(settings.quiet ? renderVerdict(report, layout) : renderText(report, layout));
      break;
    case 'json':
      for (const piece of jsonPieces(report)) out.write(piece);
      break;
    case 'ndjson':
      out.write(renderVerdictLine(report, written.reportPath));
      break;
    case 'markdown':
      out.write(renderMarkdown(report, reportSha256(report)));
      break;
    case 'none':
      break;
  }
}

/** A folder can be verified without AWS; whoever has no credentials must be told so. */
function withOfflineHint(error: unknown, settings: VerifySettings): unknown {
  const isOffline = settings.place.kind === 'folder' && settings.keyFiles.length === 0;
  if (!isOffline || !(error instanceof TrailVerifyError) || error.code !== 'CREDENTIALS') return error;
  return new TrailVerifyError(error.code, error.message, {
    hint: 'give the public keys of CloudTrail with --keys FILE (saved by trail-verify keys fetch), and no credentials are needed',
    cause: error,
  });
}
