import { availableParallelism } from 'node:os';
import { fixedClock, systemClock } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { type CheckerOptions, openChecker } from '../../checking/check-threads.ts';
import type { OpenChecker } from '../../checking/contract.ts';
import { sha256 } from '../../crypto/hash.ts';
import { wasInterrupted } from '../../findings/catalogue.ts';
import type { Limit, TrailEvent } from '../../findings/event.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { acceptanceWarnings, reportSha256 } from '../../render/facts/report.ts';
import { jsonPieces, renderEventLine } from '../../render/formats/json.ts';
import { ProgressLine } from '../../render/text/progress.ts';
import { countOfCode } from '../../report/findings-beyond.ts';
import { eventByEvent } from '../../report/inventory.ts';
import type { InputFile, Report } from '../../report/report.ts';
import { stateTarget, type VerifyOptions } from '../../verify-options.ts';
import { verifyTrail } from '../../verify-trail.ts';
import { type OpenWalker, openWalker } from '../../walking/walk-threads.ts';
import type { EventsOutput } from '../io/events.ts';
import { codeOfAnswer, EXIT, exitCodeOf, interruption, showFailure } from '../io/exit.ts';
import { isOfItsWriter, liesInside, readTrustedKeys } from '../io/files.ts';
import { openInventoryFile, openOverflowFile } from '../io/line-file.ts';
import { openTarget } from '../io/open-target.ts';
import { type OutputFolder, openOutputFolder } from '../io/output/folder.ts';
import {
  printReport,
  reportInTarget,
  requireMetricsFolder,
  shortPath,
  writeMetricsFile,
} from '../io/output.ts';
import { type ProgressDisplay, progressDisplay, withProgress } from '../io/progress.ts';
import { endpointRegister, runFacts } from '../io/run-facts.ts';
import { askingAt } from '../io/signing/secrets.ts';
import type { SigningOutcome } from '../io/signing/sign-report.ts';
import type { Terminal } from '../io/terminal.ts';
import type { RunRecord } from '../options/added.ts';
import type { VerifySettings } from './verify-options.ts';

/**
 * Verifies, writes report.json, prints what --format asks for, and returns the exit code. Everything that can be
 * wrong with the call is found before the first object is read. Throws TrailVerifyError where the run failed.
 */
export async function verifyCommand(
  asked: VerifySettings,
  outer: Terminal,
  { args, configFile }: RunRecord,
): Promise<number> {
  const display = progressDisplay(outer.error, wantsProgress(asked, outer), Date.now);
  const terminal = withProgress(outer, display);
  const endpoints = endpointRegister();
  const settings = { ...asked, access: { ...askingAt(terminal, asked.access), onEndpoint: endpoints.note } };
  const files: InputFile[] = configFile === undefined ? [] : [configFile];
  if (settings.plan !== undefined) files.push({ role: 'plan', ...settings.plan });
  const noteFile =
    (role: InputFile['role']) =>
    (name: string, bytes: Uint8Array): number =>
      files.push({ role, name, sha256: sha256(bytes) });
  const { acceptFile, expectFile, place } = settings;
  const isPart = async (file: string): Promise<boolean> =>
    place.kind === 'folder' && liesInside(file, place.path);
  const isForeign = async (file: string): Promise<boolean> =>
    place.kind === 'folder' && isOfItsWriter(file, place.path);
  const requireOwn = async (option: string, file: string): Promise<void> => {
    if (await isForeign(file)) throw partOfTarget(option, file);
  };
  if (expectFile !== undefined) await requireOwn('--expect', expectFile);
  if (acceptFile !== undefined) await requireOwn('--accept', acceptFile);
  if (settings.events !== undefined && (await isPart(settings.events)))
    throw outputInTarget('folder', settings.events, '--events');
  // Its folder has a name that ends with the time; the folder above counts.
  if (settings.bag !== undefined && (await isPart(settings.output ?? 'trail-verify')))
    throw outputInTarget('bag', settings.output, '--output');
  const keys = await readTrustedKeys(settings.keyFiles, isForeign, noteFile('keys'));
  const expected =
    expectFile === undefined
      ? []
      : await (await import('../options/expect-accept.ts')).readExpectFile(expectFile, noteFile('expect'));
  const acceptances =
    acceptFile === undefined
      ? []
      : await (await import('../options/expect-accept.ts')).readAcceptFile(acceptFile, noteFile('accept'));
  const unsigned: Limit[] = [];
  const signing =
    settings.signing.signer.kind === 'nobody'
      ? undefined
      : await (await import('../io/signing/sign-report.ts')).openSigning(
          settings.signing,
          settings.access,
          terminal,
          (why) => unsigned.push({ code: 'NOT_SIGNED', text: `This report is not signed: ${why}.` }),
        );
  const shards = await settings.shards?.(signing?.opened.signer, {
    requireOwn,
    note: noteFile('shard-signer'),
  });
  const state =
    settings.state &&
    (await (
      await import('../io/state.ts')
    ).openRunState(settings.state, settings.access, signing?.opened.signer));
  await requireMetricsFolder(settings.metrics);
  if (settings.force === true) await requireApart(settings);
  const output = settings.report
    ? await openOutputFolder(settings.output, Date.now(), settings.force)
    : undefined;
  if (output !== undefined && (await isPart(output.path)))
    terminal.error.write(`warning: ${escapeTerminal(reportInTarget(output.shown(output.path)))}\n`);
  const show = output?.shown ?? shortPath;
  const inventory = output && openInventoryFile(output.path);
  const overflowFindings = output && openOverflowFile(output.path);
  const events = await openEvents(settings, output).catch(async (error: unknown) => {
    await output?.discard();
    throw error;
  });
  const bag =
    settings.bag &&
    output &&
    (await (
      await import('../io/bag.ts')
    )
      .openBagOutput(settings.bag, output.path, show)
      .catch(async (error: unknown) => {
        await events?.discard();
        await output?.discard();
        throw error;
      }));
  let checker: OpenChecker | undefined;
  let walker: OpenWalker | undefined;
  let report: Report;
  let reportPath: string | undefined;
  let isVerified = false;
  const notice = () =>
    isVerified ? 'the report is still being finished' : 'a partial report is being written';
  const interrupted = interruption(terminal, notice, () => display.clear());
  try {
    const opened = await openTarget(settings, keys);
    if (settings.logs) checker = openChecker(checking(settings, terminal));
    const threads = settings.workers ?? availableParallelism();
    walker = openWalker({ threads, native: isNative(terminal) });
    const { source, targets, scope, expectations, keyRing, limits } = opened;
    state?.requireFitting(stateTarget(opened), settings.now ?? Date.now());
    const options: VerifyOptions = {
      source,
      targets,
      keyRing,
      scope,
      from: settings.from,
      to: settings.to,
      expectations: [...expectations, ...expected],
      acceptances,
      relocated: settings.relocated,
      logs: settings.logs,
      unlisted: settings.unlisted,
      queryResultsOnly: settings.queryResultsOnly,
      describeQuery: opened.describeQuery,
      clock: settings.now === undefined ? systemClock : fixedClock(settings.now),
      signal: interrupted.signal,
      concurrency: settings.concurrency,
      checker,
      walker,
      limits: [...limits, ...unsigned],
      onObject: bag?.add,
      onLog: events?.take,
      inventory,
      overflowFindings,
      shards,
      state: state && { ...state.options, trustsEndpointKeys: settings.trustEndpointKeys },
      facts: runFacts(settings, terminal, {
        args,
        files,
        signing: signing?.record ?? null,
        endpoints: endpoints.all,
        ...opened,
      }),
    };
    const showEvent = eventReader(settings, terminal, display);
    report = await verifyTrail(options, (event) => {
      if (event.type === 'finding') bag?.addFinding(event.finding);
      showEvent(event);
    });
    if (bag !== undefined) {
      display.phase('writing the evidence bag');
      report = await bag.sealPayload(report, keyRing);
    }
    if (output !== undefined) display.phase('writing the report');
    reportPath = await output?.write('report.json', jsonPieces(report));
    if (output !== undefined && settings.also.length > 0) {
      const { renderedFiles } = await import('../../render/rendering.ts');
      const hash = reportSha256(report);
      for (const { name, pieces } of settings.also.flatMap(renderedFiles))
        await output.write(name, pieces(report, hash));
    }
  } catch (error) {
    await events?.discard();
    await inventory?.discard();
    await overflowFindings?.discard();
    await output?.discard();
    interrupted.end();
    throw withOfflineHint(error, settings);
  } finally {
    isVerified = true;
    display.clear();
    await checker?.close();
    await walker?.close();
  }
  // To the very end: signers, timestamps and stores may keep a run waiting as well.
  try {
    if (signing !== undefined) display.phase('signing the report');
    const signed: SigningOutcome =
      signing === undefined || reportPath === undefined
        ? { lines: [], signature: undefined, failure: undefined }
        : await (await import('../io/signing/sign-report.ts')).signWritten(
            reportPath,
            signing,
            show,
            terminal,
          );
    if (bag !== undefined) display.phase('sealing the evidence bag');
    const sealed = await outcomeOf(bag?.sealTags(report));
    if (events !== undefined) display.phase('writing the export of events');
    const exported = await outcomeOf(
      reportPath === undefined ? undefined : events?.seal(report, reportPath, signing),
    );
    if (output !== undefined) display.phase('writing the report');
    const published = await outcomeOf(output?.publish(() => interrupted.answered(report.verdict)));
    const signedBy = [...signed.lines, ...(sealed.result ?? []), ...(exported.result?.lines ?? [])];
    let failure =
      failureOf(report) ?? signed.failure ?? sealed.failure ?? exported.failure ?? published.failure;
    // Last of all, and never by a run that failed: the findings are written before the state moves on.
    if (state !== undefined) display.phase('writing the state');
    if (failure === undefined) ({ failure } = await outcomeOf(state?.write()));
    const written = {
      reportPath: reportPath && show(reportPath),
      signedBy,
      stateKept: failure === undefined,
    };
    const metricsFailure = await writeMetricsFile(settings.metrics, report);
    failure ??= metricsFailure;
    display.phase('writing the report');
    const form = settings.format === 'json' || settings.format === 'ndjson' ? settings.format : undefined;
    const isFailed = failure !== undefined && report.verdict !== 'INVALID';
    // One document of JSON: a run that failed says so there, and the report is in its file.
    if (!isFailed || form !== 'json')
      await printReport(report, { ...written, signature: signed.signature }, settings, terminal);
    for (const warning of acceptanceWarnings(report))
      terminal.error.write(`warning: ${escapeTerminal(warning)}\n`);
    for (const warning of exported.result?.warnings ?? [])
      terminal.error.write(`warning: ${escapeTerminal(warning)}\n`);
    if (failure === undefined) {
      const code = exitCodeOf(report.verdict, isWithoutResult(report) ? 'inconclusive' : settings.failOn);
      // Nobody must take an export for all that happened when it is not.
      return code === EXIT.valid && exported.result?.isWhole === false ? EXIT.inconclusive : code;
    }
    await showFailure(failure, terminal, settings.verbose, isFailed || form === 'ndjson' ? form : undefined);
    return codeOfAnswer(report.verdict);
  } finally {
    display.clear();
    interrupted.end();
  }
}

/** Throws OUTPUT_NOT_USABLE where what --force replaces is a part of the target, or holds it: the evidence would be gone. */
async function requireApart({ place, output, events }: VerifySettings): Promise<void> {
  if (place.kind !== 'folder') return;
  for (const [folder, option] of [
    [output, '--output'],
    [events, '--events'],
  ] as const) {
    if (folder === undefined) continue;
    if ((await liesInside(folder, place.path)) || (await liesInside(place.path, folder)))
      throw new TrailVerifyError('OUTPUT_NOT_USABLE', `${folder} is a part of the target, or holds it`, {
        hint: `give another folder with ${option}: --force would replace what is verified`,
      });
  }
}

/** The export of the run's events; undefined where none was asked for. */
async function openEvents(
  { events, isManifestOnly, force }: VerifySettings,
  output: OutputFolder | undefined,
): Promise<EventsOutput | undefined> {
  if (events === undefined) return undefined;
  const { openEventsOutput } = await import('../io/events.ts');
  return openEventsOutput(events, output, force === true, isManifestOnly === true ? 'manifest' : 'events');
}

/** The outputs that are written after the report: an error of them is shown after the verdict, because the report is good. */
async function outcomeOf<Result>(
  work: Promise<Result> | undefined,
): Promise<{ readonly result: Result | undefined; readonly failure: TrailVerifyError | undefined }> {
  try {
    return { result: await work, failure: undefined };
  } catch (error) {
    if (error instanceof TrailVerifyError) return { result: undefined, failure: error };
    throw error;
  }
}

/** The error that ended the run after it had begun: the earlier findings are in the report all the same. */
function failureOf(report: Report): TrailVerifyError | undefined {
  for (const { code, evidence } of report.findings) {
    if (code !== 'RUN_INTERRUPTED' || evidence.reason !== 'failed') continue;
    const { detail, hint } = evidence;
    return new TrailVerifyError('UNREACHABLE', `the run ended early: ${detail}`, { hint });
  }
  return undefined;
}

/** TRAIL_VERIFY_NATIVE=0 turns the native path off, so that users can compare, or can do without it. */
function isNative({ environment }: Terminal): boolean {
  return environment.TRAIL_VERIFY_NATIVE !== '0';
}

function checking({ workers, concurrency, place }: VerifySettings, terminal: Terminal): CheckerOptions {
  // Reading a copy is no request.
  const requests = place.kind === 'folder' ? undefined : concurrency;
  return { threads: workers ?? availableParallelism(), native: isNative(terminal), concurrency: requests };
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
  const line = new ProgressLine();
  return (event) => {
    if (event.type === 'progress') {
      display.update((columns) => line.render(event.progress, Date.now(), columns));
      return;
    }
    if (settings.format === 'ndjson')
      for (const one of eventByEvent(event)) terminal.out.write(renderEventLine(one));
    // What follows is made of all the events at once, and counts nothing.
    if (event.type === 'finished') display.phase('writing the report');
  };
}

/** Whether a run came to no end, in a part of its plan or in all, or to nothing: `--fail-on invalid` lets gaps pass, not that. */
function isWithoutResult(report: Report): boolean {
  if (wasInterrupted(report.findings)) return true;
  return countOfCode(report, 'NOTHING_VERIFIED') + countOfCode(report, 'SHARD_UNPROVEN') > 0;
}

/** A folder can be verified without AWS; a user without credentials must learn so. */
function withOfflineHint(error: unknown, settings: VerifySettings): unknown {
  const isOffline = settings.place.kind === 'folder' && settings.keyFiles.length === 0;
  if (!isOffline || !(error instanceof TrailVerifyError) || error.code !== 'CREDENTIALS') return error;
  return new TrailVerifyError(error.code, error.message, {
    hint: 'give the public keys of CloudTrail with --keys FILE (saved by trail-verify keys fetch), and no credentials are needed',
    cause: error,
  });
}

/** A bag holds digests and log files at other places than their own, an export holds files of no trail: the next run would report them. */
function outputInTarget(what: string, folder: string | undefined, option: string): TrailVerifyError {
  const where = folder === undefined ? `the ${what}` : `${what} ${folder}`;
  return new TrailVerifyError('OUTPUT_NOT_USABLE', `${where} would be in the folder that is verified`, {
    hint: `give a folder next to it with ${option}`,
  });
}

/** The expected chains and the accepted findings are the user's words: a file of the target holds those of its writer. */
function partOfTarget(option: string, file: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `${option} file ${file} is in the folder that is verified`, {
    hint: 'keep it elsewhere: the writer of the folder can have written it',
  });
}
