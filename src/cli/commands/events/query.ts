import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../../../base/errors.ts';
import { checkExport, type ExportCheck, renderExportCheck } from '../../../events/check-export.ts';
import { EVENTS_FILE, type EventsDocument } from '../../../events/events-document.ts';
import { wasStopped } from '../../../findings/catalogue.ts';
import type { Certificate } from '../../../pki/certificate.ts';
import { type Answerable, openVerifiedEvents, requireAnswerable } from '../../../query/apart/ask-apart.ts';
import { fillNamedQuery, NAMED_QUERIES } from '../../../query/named/fill.ts';
import type { QueryParameter } from '../../../query/named/query.ts';
import { type OpenedEvents, questionInterrupted } from '../../../query/opened-events.ts';
import { LONGEST_STATEMENT, readStatement } from '../../../query/statement.ts';
import { TABLES, TABLES_WITH_WITNESS } from '../../../query/tables.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { wrapText } from '../../../render/words.ts';
import type { Report } from '../../../report/report.ts';
import { makeOwnFolder } from '../../../source/own-folder.ts';
import { removeTemporaryFolder } from '../../../source/unfinished.ts';
import { openAnswerOutput } from '../../io/answer.ts';
import { EXIT, exitCodeOf, exitCodeOfCheck, interruption, showFailure } from '../../io/exit.ts';
import { liesInside, readWholeFile } from '../../io/files.ts';
import { askingAt } from '../../io/signing/secrets.ts';
import { readAllCertificates } from '../../io/signing/signer.ts';
import type { Terminal } from '../../io/terminal.ts';
import {
  type GivenCorroboration,
  openCorroborationFolder,
  orRefused,
} from '../../io/witness/corroboration-folder.ts';
import type { RunRecord } from '../../options/added.ts';
import { verifyCommand } from '../verify.ts';
import { RUN_FOR_EVENTS } from '../verify-options.ts';
import { type AskedQuestion, answerFile, giveAnswer } from './give-answer.ts';
import type { Asked, QuerySettings, Question } from './query-options.ts';

/** Opens the events of an export for one question. */
type Open = typeof openVerifiedEvents;

/** The export that is asked, once it was checked. */
interface Checked {
  readonly folder: string;
  readonly check: ExportCheck;
  readonly document: EventsDocument;
  readonly report: Report;
}

/**
 * Answers one question from an export, or from a target that is verified first, and returns the exit code of the verification that
 * the events are from. Throws TrailVerifyError for a question that cannot be asked or answered.
 */
export async function queryCommand(
  settings: QuerySettings,
  terminal: Terminal,
  record: RunRecord,
): Promise<number> {
  // What is wrong with the question is found before hours of verification.
  const { asked: of } = settings;
  const hasWitness = of.kind === 'export' && of.corroboration !== undefined;
  const asked = await readQuestion(
    settings.question,
    settings.now,
    hasWitness ? TABLES_WITH_WITNESS : TABLES,
  );
  const answerable = await requireAnswerable(asked.asRun, settings.now ?? Date.now(), {
    hasWitness,
    asParquet: settings.form === 'parquet',
  });
  if (of.kind === 'export') {
    try {
      const ask = (): Promise<number> => askExport(asked, of, answerable, settings, terminal);
      return await orRefused(ask, terminal, settings.verbose);
    } finally {
      await answerable.close();
    }
  }
  // A verification may take hours; another process asks then.
  await answerable.close();
  const folder = makeOwnFolder('trail-verify-events-');
  try {
    const output = path.join(folder, 'run');
    const code = await verifyCommand(
      {
        ...RUN_FOR_EVENTS,
        ...of.target,
        now: settings.now,
        output,
        events: output,
        format: 'none',
        signing: settings.signing,
        force: false,
        quiet: false,
        verbose: settings.verbose,
        progress: undefined,
        color: settings.color,
      },
      terminal,
      record,
    );
    // Why there is no export was said.
    if (code === EXIT.failed || !(await isThere(path.join(output, EVENTS_FILE)))) return code;
    const checked = await check(output, [], settings, terminal);
    if (typeof checked === 'number') return EXIT.failed;
    if (wasStopped(checked.report.findings)) throw questionInterrupted();
    return await answer(asked, checked, openVerifiedEvents, settings, terminal);
  } finally {
    await removeTemporaryFolder(folder);
  }
}

async function askExport(
  asked: AskedQuestion,
  of: Extract<Asked, { readonly kind: 'export' }>,
  answerable: Answerable,
  settings: QuerySettings,
  terminal: Terminal,
): Promise<number> {
  const open: Open = (options) => answerable.open(options);
  if (settings.output !== undefined && (await liesInside(settings.output, of.folder)))
    throw inExport(settings.output);
  const trust = await readAllCertificates(of.trustFiles);
  const checked = await check(of.folder, trust, settings, terminal);
  if (typeof checked === 'number') return checked;
  const { corroboration } = of;
  if (corroboration === undefined) return answer(asked, checked, open, settings, terminal);
  const signers = { trust, now: settings.now ?? Date.now() };
  const { report, document } = checked;
  const read = { report, sha256: document.report.sha256 };
  const given = await openCorroborationFolder(corroboration, read, signers);
  const [unproven] = given.unproven;
  if (unproven === undefined) return answer(asked, checked, open, settings, terminal, given);
  // As of an export: where somebody is to be trusted, that must be proven.
  terminal.error.write(`trail-verify: UNPROVEN: ${escapeTerminal(`${corroboration}: ${unproven}`)}\n`);
  return EXIT.inconclusive;
}

async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined;
}

async function readQuestion(
  question: Question,
  now: number | undefined,
  tables: readonly string[],
): Promise<AskedQuestion> {
  if (question.kind === 'named') {
    const { sql, query, parameters } = fillNamedQuery(question.name, question.parameters, now);
    return { ...readStatement(sql, tables), named: { query, parameters } };
  }
  if (question.kind === 'text') return readStatement(question.sql, tables);
  const bytes = await readWholeFile(
    question.file,
    LONGEST_STATEMENT,
    'question',
    'give a file that holds one SELECT',
  );
  try {
    return readStatement(new TextDecoder('utf-8', { fatal: true }).decode(bytes), tables);
  } catch (error) {
    if (error instanceof TrailVerifyError) throw error;
    throw new TrailVerifyError('CONFIGURATION', `question ${question.file} is not UTF-8`, { cause: error });
  }
}

/** An export with another file in it is not the one that was signed. */
function inExport(output: string): TrailVerifyError {
  return new TrailVerifyError('OUTPUT_NOT_USABLE', `folder ${output} would be in the export that is asked`, {
    hint: 'give a folder elsewhere with --output',
  });
}

/** The export, if it is what it says; the exit code after its faults were printed. Where trust was asked for, it must be proven. */
async function check(
  folder: string,
  trust: readonly Certificate[],
  settings: QuerySettings,
  terminal: Terminal,
): Promise<Checked | number> {
  const found = await checkExport({ folder, trust, now: settings.now ?? Date.now() });
  const { document, report } = found;
  const isGood = trust.length === 0 ? found.verdict !== 'INVALID' : found.verdict === 'VALID';
  if (isGood && document !== undefined && report !== undefined)
    return { folder, check: found, document, report };
  if (!isGood || document === undefined) {
    terminal.error.write(`trail-verify: ${escapeTerminal(renderExportCheck(found, folder))}\n`);
    terminal.error.write(
      `hint: no answer is given from it; see trail-verify events check ${escapeTerminal(folder)}\n`,
    );
    return exitCodeOfCheck(found.verdict, undefined);
  }
  throw new TrailVerifyError(
    'TARGET_NOT_FOUND',
    `folder ${folder} has no report.json, which says what its events are worth`,
    {
      hint: 'put the report of the same run next to events.json',
    },
  );
}

async function answer(
  asked: AskedQuestion,
  { folder, check: found, document, report }: Checked,
  open: Open,
  settings: QuerySettings,
  terminal: Terminal,
  corroboration?: GivenCorroboration | undefined,
): Promise<number> {
  const { from, to, output: wanted, form } = settings;
  const now = settings.now ?? Date.now();
  const signing =
    wanted === undefined || settings.signing.signer.kind === 'nobody'
      ? undefined
      : await (await import('../../io/signing/sign-report.ts')).openSigning(
          settings.signing,
          askingAt(terminal, settings.access),
          terminal,
        );
  const output =
    wanted === undefined ? undefined : await openAnswerOutput(wanted, answerFile(form), settings.force);
  let isWhole = false;
  const notice = (): string => (isWhole ? 'the answer is still being shown' : 'the question is given up');
  const interrupted = interruption(terminal, notice, () => {});
  const onWhole = (): void => {
    isWhole = true;
    interrupted.answered(report.verdict);
  };
  let events: OpenedEvents | undefined;
  try {
    const witness =
      corroboration &&
      (async (take: (line: string) => void): Promise<void> => {
        await corroboration.readLists(take);
      });
    const { marks } = found;
    events = await open({ folder, document, marks, from, to, now, witness, target: output?.file });
    const stop = (): void => events?.interrupt();
    interrupted.signal.addEventListener('abort', stop, { once: true });
    if (interrupted.signal.aborted) throw questionInterrupted();
    const undated = isOfTime(asked, settings) ? await events.undated() : 0;
    const about = { check: found, document, report, range: { from, to }, now, undated, corroboration };
    const failure = await giveAnswer({ asked, about, events, output, signing, onWhole }, settings, terminal);
    if (failure !== undefined) return await showFailure(failure, terminal, settings.verbose);
    const code = exitCodeOf(report.verdict, 'inconclusive');
    // As verify has it: nobody must take the events for all that happened when they are not.
    return code === EXIT.valid && document.unreadable.length > 0 ? EXIT.inconclusive : code;
  } catch (error) {
    await output?.discard();
    throw error;
  } finally {
    interrupted.end();
    await events?.close();
  }
}

/** Whether a range of time is asked about, by an option or a parameter. What a statement itself says of times is not looked at. */
function isOfTime({ named }: AskedQuestion, { from, to }: QuerySettings): boolean {
  if (from !== undefined || to !== undefined) return true;
  return (
    named?.query.parameters.some(
      ({ name, type }) => (type === 'time' || type === 'date') && named.parameters[name] !== undefined,
    ) ?? false
  );
}

/** Prints the named queries, for people. */
export function queryListCommand(terminal: Terminal): number {
  const { out } = terminal;
  const width = Math.min(out.columns, 100) - INDENT.length;
  for (const { name, answers, parameters } of NAMED_QUERIES) {
    const words = parameters.map((one) => `${one.name} (${parameterWords(one)})`);
    out.write(`${name}\n${wrapText(answers, width, INDENT)}\n`);
    out.write(`${wrapText(`--param: ${words.join(', ')}`, width, INDENT)}\n\n`);
  }
  out.write('docs/query.md has where each is from.\n');
  return EXIT.valid;
}

const INDENT = '  ';

function parameterWords({ type, required, default: preset, choices }: QueryParameter): string {
  const what = choices === undefined ? type : Object.keys(choices).join(' | ');
  if (required) return `${what}, required`;
  return preset === undefined || choices !== undefined ? what : `${what}, else ${preset}`;
}
