/**
 * What a check of a document comes to, be it a signed report, a proof or an evidence bag: its problems in words, a verdict by
 * the heaviest of them, and one line that says so.
 */
import { TrailVerifyError } from '../base/errors.ts';
import { type Verdict, verdictOf } from '../findings/finding.ts';

/** One thing wrong with a document: a violation shows forgery or damage, what is unproven shows neither. */
export interface Problem<Code extends string | undefined = string | undefined> {
  readonly weight: 'violation' | 'unproven';
  /** In words, not yet escaped for any output. */
  readonly text: string;
  /** Its stable name, where the document's problems have names. */
  readonly code?: Code | undefined;
}

/** Takes a problem that was found, or none. */
export type NoteProblem<Of extends Problem = Problem> = (found: Of | undefined) => void;

/** What a check came to, with what it read on its way. */
export type Check<Facts, Of extends Problem = Problem> = Facts & {
  readonly verdict: Verdict;
  readonly problems: readonly Of[];
};

/** A problem without a name that shows forgery or damage. */
export function violation(text: string): Problem<undefined> {
  return { weight: 'violation', text };
}

/** A problem without a name that leaves the document unproven. */
export function unproven(text: string): Problem<undefined> {
  return { weight: 'unproven', text };
}

/** The check of these problems, with its facts; the verdict is that of the heaviest. */
export function conclude<Facts, Of extends Problem>(problems: readonly Of[], facts: Facts): Check<Facts, Of> {
  return { verdict: verdictOf(problems.map(({ weight }) => weight)), problems, ...facts };
}

/** Errors that say that a file is not what it must be; every other one is of the run. */
const OF_THE_FILES: ReadonlySet<string> = new Set(['EVIDENCE_INVALID', 'CONTENT_CHANGED', 'REPORT_INVALID']);

/** What `read` returns, or undefined after `note` has the reason why the file is not what it must be. Throws every other error. */
export function attempt<Value>(
  read: () => Value,
  note: (error: TrailVerifyError) => void,
): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || !OF_THE_FILES.has(error.code)) throw error;
    note(error);
    return undefined;
  }
}

/** Violations that one line names; of what is unproven it names all, for each is a thing to do. */
const MOST_NAMED = 5;

/** What is said of a document that was checked. Its own verdict on a trail has other words, so that nobody takes one for the other. */
const WORDS: Readonly<Record<Verdict, string>> = {
  VALID: 'GENUINE',
  INVALID: 'REFUSED',
  INCONCLUSIVE: 'UNPROVEN',
};

/**
 * One line without its end on a check of `name`: what `proven` says where the document is genuine, else what is wrong. What shows forgery comes alone, since what is merely unproven adds nothing to it. Not escaped.
 */
export function checkLine({ verdict, problems }: Check<unknown>, name: string, proven: () => string): string {
  if (verdict === 'VALID') return `${WORDS.VALID}: ${proven()}`;
  const heaviest = verdict === 'INVALID' ? 'violation' : 'unproven';
  const texts = problems.filter(({ weight }) => weight === heaviest).map(({ text }) => text);
  const named = verdict === 'INVALID' ? texts.slice(0, MOST_NAMED) : texts;
  const left = texts.length - named.length;
  return `${WORDS[verdict]}: ${name}: ${[...named, ...(left === 0 ? [] : [`and ${left} more`])].join('; ')}`;
}
