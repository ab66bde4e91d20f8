/** Gives the answer of one question: on standard output, or in a folder with a signed record of it. */
import { isoTime } from '../../../base/clock.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import { VERSION } from '../../../base/version.ts';
import type { ExportCheck } from '../../../events/check-export.ts';
import type { EventsDocument } from '../../../events/events-document.ts';
import { answerWarnings, coverageOf, type Range } from '../../../query/answer-context.ts';
import type { AnswerDocument } from '../../../query/answer-document.ts';
import type { NamedQuery } from '../../../query/named/query.ts';
import type { OpenedEvents, Rows, Value } from '../../../query/opened-events.ts';
import type { Statement } from '../../../query/statement.ts';
import { type Answer, caveats } from '../../../render/answer/answer.ts';
import { answerPieces } from '../../../render/answer/render.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { coloured, plain } from '../../../render/text/terminal.ts';
import { countAccepted } from '../../../report/findings-beyond.ts';
import type { Report } from '../../../report/report.ts';
import type { AnswerOutput } from '../../io/answer.ts';
import type { ReportSigning } from '../../io/signing/sign-report.ts';
import { type Terminal, wantsColour } from '../../io/terminal.ts';
import type { GivenCorroboration } from '../../io/witness/corroboration-folder.ts';
import type { AnswerForm, QuerySettings } from './query-options.ts';

/** A question as it is asked, and the named query that it is made of. */
export interface AskedQuestion extends Statement {
  readonly named?:
    | { readonly query: NamedQuery; readonly parameters: Readonly<Record<string, string>> }
    | undefined;
}

/** A question, and all that its answer comes from and goes to. */
export interface Giving {
  readonly asked: AskedQuestion;
  readonly about: {
    readonly check: ExportCheck;
    readonly document: EventsDocument;
    readonly report: Report;
    readonly range: Range;
    /** What now() is, in milliseconds since the epoch. */
    readonly now: number;
    /** Events that the range leaves out because they have no time in CloudTrail's form. */
    readonly undated: number;
    /** What a witness recovered, where it can be asked as well. */
    readonly corroboration: Pick<GivenCorroboration, 'document' | 'sha256' | 'signer'> | undefined;
  };
  readonly events: OpenedEvents;
  /** Undefined for standard output alone. */
  readonly output: AnswerOutput | undefined;
  readonly signing: ReportSigning | undefined;
  /** Called when the answer's folder stays, however the process ends. */
  readonly onWhole: () => void;
}

const EXTENSIONS: Readonly<Record<AnswerForm, string>> = {
  text: 'txt',
  csv: 'csv',
  ndjson: 'jsonl',
  markdown: 'md',
  html: 'html',
  parquet: 'parquet',
};

/** The name of the file that holds an answer of that form. */
export function answerFile(form: AnswerForm): string {
  return `result.${EXTENSIONS[form]}`;
}

/** Rows that the screen shows of an answer that goes to a folder. */
const SHOWN = 1000;

type Head = Omit<Answer, 'rows' | 'isCut'>;
type Row = readonly Value[];

/** Gives the answer; returns the error for which its record lacks a signature or timestamp, undefined where it lacks none. */
export async function giveAnswer(
  giving: Giving,
  settings: QuerySettings,
  terminal: Terminal,
): Promise<TrailVerifyError | undefined> {
  const { output } = giving;
  try {
    return await (output === undefined
      ? giveOnScreen(giving, settings, terminal)
      : giveFolder({ ...giving, output }, settings, terminal));
  } catch (error) {
    throw isTooLong(error) ? tooLong(settings) : error;
  }
}

/** Whether a text would have become longer than V8 holds any (some 512 MB). */
function isTooLong(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Invalid string length';
}

function tooLong({ form }: QuerySettings): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `the answer is too long for --format ${form}`, {
    hint: 'ask for fewer rows or columns (--limit), or take --format csv, ndjson or parquet, which have any length',
  });
}

async function giveOnScreen(
  giving: Giving,
  settings: QuerySettings,
  terminal: Terminal,
): Promise<TrailVerifyError | undefined> {
  const { asked, events } = giving;
  const { form, limit } = settings;
  const rows = await events.ask(asked.asRun);
  const head = headOf(giving, settings, rows);
  if (form === 'csv' || form === 'ndjson') {
    // The rows are for a program; what they lack is for the one who runs it.
    for (const line of caveats(head.context)) terminal.error.write(`${escapeTerminal(line)}\n`);
    const taken = new Taken(rows, limit, 0);
    for await (const piece of streamed(form, head, taken.batches())) {
      terminal.out.write(piece);
      await terminal.out.drained?.();
      // As before `head`: the rest of an answer without end is for nobody.
      if (terminal.out.isClosed === true) return undefined;
    }
    if (taken.isCut)
      terminal.error.write(`warning: these are the first ${taken.count} rows, and there are more\n`);
    return undefined;
  }
  const taken = new Taken(rows, limit, limit);
  await taken.drain();
  printAnswer(form === 'parquet' ? 'text' : form, { ...head, ...taken.kept() }, settings, terminal);
  return undefined;
}

/** Writes the answer and its record, and shows the beginning of it. */
async function giveFolder(
  giving: Giving & { readonly output: AnswerOutput },
  settings: QuerySettings,
  terminal: Terminal,
): Promise<TrailVerifyError | undefined> {
  const { asked, events, output, signing } = giving;
  const { form, limit } = settings;
  const hasMore = form === 'parquet' && (await events.write(asked.asRun, limit));
  const rows = form === 'parquet' ? await events.written() : await events.ask(asked.asRun);
  const head = headOf(giving, settings, rows);
  const isWhole = form === 'csv' || form === 'ndjson' || form === 'parquet';
  const taken = new Taken(rows, form === 'parquet' ? undefined : limit, isWhole ? SHOWN : limit, hasMore);
  if (form === 'csv' || form === 'ndjson') await output.write(streamed(form, head, taken.batches()));
  else {
    await taken.drain();
    if (form !== 'parquet') await output.write(later(answerPieces(form, { ...head, ...taken.kept() })));
  }
  const written = await output.close();
  const document = documentOf(giving, head, { ...written, rows: taken.count, isWhole: !taken.isCut });
  const signed = await output.record(document, signing, terminal, giving.onWhole);
  printAnswer('text', { ...head, ...taken.kept() }, settings, terminal);
  for (const line of [
    `Answer: ${output.shown(written.file)}`,
    `Record: ${output.shown('answer.json')}`,
    ...signed.lines,
  ])
    terminal.out.write(`${escapeTerminal(line)}\n`);
  return signed.failure;
}

function printAnswer(
  form: Exclude<AnswerForm, 'parquet'>,
  answer: Answer,
  settings: QuerySettings,
  terminal: Terminal,
): void {
  const paint = wantsColour(settings.color, terminal) ? coloured : plain;
  for (const piece of answerPieces(form, answer, { columns: terminal.out.columns, paint }))
    terminal.out.write(piece);
}

/** Rows as they are taken from the database: so many at most, and the first of them kept. */
class Taken {
  readonly #rows: Rows;
  readonly #limit: number;
  readonly #keep: number;
  readonly #kept: Row[] = [];
  count = 0;
  /** Whether there are more rows than were taken. */
  isCut: boolean;

  constructor(rows: Rows, limit = Number.POSITIVE_INFINITY, keep = Number.POSITIVE_INFINITY, isCut = false) {
    this.isCut = isCut;
    this.#rows = rows;
    this.#limit = limit;
    this.#keep = keep;
  }

  async *batches(): AsyncGenerator<readonly Row[]> {
    for await (const batch of this.#rows.batches) {
      const room = this.#limit - this.count;
      const taken = batch.length > room ? batch.slice(0, room) : batch;
      const isOver = batch.length > room;
      this.isCut ||= isOver;
      this.count += taken.length;
      for (const row of taken.slice(0, Math.max(0, this.#keep - this.#kept.length))) this.#kept.push(row);
      if (taken.length > 0) yield taken;
      if (isOver) return;
    }
  }

  async drain(): Promise<void> {
    for await (const _ of this.batches());
  }

  /** The kept rows, for a rendering. */
  kept(): Pick<Answer, 'rows' | 'isCut'> {
    return { rows: this.#kept, isCut: this.isCut || this.count > this.#kept.length };
  }
}

/** Rows that are written at a time. */
const AT_ONCE = 64;

/** An answer of any length as lines, the header once. */
async function* streamed(
  form: 'csv' | 'ndjson',
  head: Head,
  batches: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  const render = (rows: readonly Row[]): readonly string[] => [
    ...answerPieces(form, { ...head, rows, isCut: false }),
  ];
  const header = render([]).length;
  yield render([]).join('');
  for await (const rows of batches) {
    // Rows may be long, and together too long for one text.
    for (let at = 0; at < rows.length; at += AT_ONCE)
      yield render(rows.slice(at, at + AT_ONCE))
        .slice(header)
        .join('');
  }
}

async function* later(pieces: Iterable<string>): AsyncGenerator<string> {
  yield* pieces;
}

function headOf({ asked, about }: Giving, settings: QuerySettings, rows: Rows): Head {
  const { check, document, report, range, undated, corroboration } = about;
  return {
    title: asked.named?.query.title,
    sql: asked.asGiven,
    columns: rows.columns,
    chart: chartOf(asked, settings),
    context: {
      verdict: report.verdict,
      accepted: countAccepted(report),
      reportSha256: document.report.sha256,
      events: document.events,
      logFiles: document.logFiles,
      window: report.window.requested,
      signer: signerOf(check),
      warnings: answerWarnings(document, report, check.signed !== undefined, undated, corroboration),
      recovered: corroboration && linesIn(corroboration),
      ...coverageOf(report, range),
    },
  };
}

function linesIn({ document }: Pick<GivenCorroboration, 'document'>): number {
  return document.recovered?.lines ?? 0;
}

function signerRecord({
  signer,
}: Pick<GivenCorroboration, 'signer'>): NonNullable<AnswerDocument['corroboration']>['signer'] {
  if (signer === undefined) return null;
  return { name: signer.name, certificateSha256: signer.certificate, trusted: signer.isTrusted };
}

/** Who signed the export, and whether anybody asked if that signer is trusted. */
function signerOf({ signed, verdict }: ExportCheck): string | undefined {
  if (signed === undefined) return undefined;
  const { name } = signed.signer;
  return verdict === 'VALID' ? name : `${name} (give the certificate with --trust to have that checked)`;
}

function chartOf({ named }: AskedQuestion, { chart }: QuerySettings): Answer['chart'] {
  if (chart === undefined) return undefined;
  return { label: chart.label, value: chart.value ?? named?.query.chart?.value };
}

function documentOf(
  { asked, about }: Giving,
  { columns, context }: Head,
  {
    isWhole,
    ...result
  }: {
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly rows: number;
    readonly isWhole: boolean;
  },
): AnswerDocument {
  const { check, document, report, range, now, corroboration } = about;
  const time = (one: number | undefined): string | null => (one === undefined ? null : isoTime(one));
  return {
    schema: 'trail-verify/answer/v1',
    tool: { name: 'trail-verify', version: VERSION },
    asked: isoTime(now),
    question: {
      asGiven: asked.asGiven,
      asRun: asked.asRun,
      name: asked.named?.query.name,
      parameters: asked.named?.parameters,
    },
    result: { ...result, complete: isWhole, columns },
    events: { sha256: check.sha256, logFiles: document.logFiles, events: document.events },
    report: { sha256: document.report.sha256, run: document.report.run, verdict: report.verdict },
    corroboration: corroboration && {
      sha256: corroboration.sha256,
      recovered: linesIn(corroboration),
      signer: signerRecord(corroboration),
    },
    range: {
      from: time(range.from) ?? report.window.requested.from,
      to: time(range.to) ?? report.window.requested.to,
    },
    uncovered: context.uncovered,
    warnings: context.warnings,
  };
}
