/** What the action tells GitHub's runner: outputs, the summary of the job, and annotations. */
import { randomUUID } from 'node:crypto';
import { appendFileSync, statSync } from 'node:fs';
import type { Environment } from './inputs.ts';

/** A summary of one step holds so many bytes (GitHub, "Workflow commands", job summaries); a larger one is dropped whole. */
const MOST_SUMMARY = 1024 * 1024;
const CUT = '\n\n… The rest is in the report.\n';

/** The runner of a job; what it does not ask for, as outside of GitHub, is not written. */
export interface Runner {
  /** Sets an output. A line break in it would be read as the next one: it is left out. */
  output(name: string, value: string): void;
  /** Adds to the summary as much as it holds. */
  summary(text: string): void;
  error(text: string): void;
  notice(text: string): void;
}

/** The runner that the environment names; `write` takes the lines that it reads from standard output. */
export function openRunner(environment: Environment, write: (line: string) => void): Runner {
  const { GITHUB_OUTPUT = '', GITHUB_STEP_SUMMARY = '' } = environment;
  const annotate = (kind: 'error' | 'notice', text: string): void =>
    write(`::${kind} title=trail-verify::${escapeCommand(text)}\n`);
  return {
    output: (name, value) => {
      if (GITHUB_OUTPUT === '') return;
      // Nobody can end a value early who does not know its end.
      const end = `end-${randomUUID()}`;
      appendFileSync(GITHUB_OUTPUT, `${name}<<${end}\n${value.replace(/[\r\n]/g, '')}\n${end}\n`);
    },
    summary: (text) => {
      if (GITHUB_STEP_SUMMARY === '') return;
      const used = statSync(GITHUB_STEP_SUMMARY, { throwIfNoEntry: false })?.size ?? 0;
      appendFileSync(GITHUB_STEP_SUMMARY, fitting(text, MOST_SUMMARY - used));
    },
    error: (text) => annotate('error', text),
    notice: (text) => annotate('notice', text),
  };
}

/** As many whole lines of a text as fit into so many bytes. */
function fitting(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  const room = most - Buffer.byteLength(CUT);
  if (room < 0) return '';
  const part = Buffer.from(text).subarray(0, room).toString('utf8');
  return part.slice(0, part.lastIndexOf('\n') + 1) + CUT;
}

/** The message of a workflow command is one line, and `%` begins an escape in it. */
function escapeCommand(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
