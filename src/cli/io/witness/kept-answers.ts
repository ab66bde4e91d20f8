/** Answers of an interrupted run, as a command opens them: and what it says of them. */
import type { EventDataStore } from '../../../aws/event-data-store.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import type { Limit } from '../../../findings/event.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { countOf } from '../../../render/words.ts';
import type { WitnessKind } from '../../../witness/kinds.ts';
import { openStateFolder } from '../signing/own-folder.ts';
import type { Terminal } from '../terminal.ts';
import { type KeptAnswers, openKeptAnswers } from './resume.ts';

/** A run whose answers are kept, and that takes those of the one before it. */
export interface KeptRun {
  /** The whole path of the folder of the answer. */
  readonly output: string;
  readonly report: { readonly sha256: string };
  readonly witnesses: readonly WitnessKind[];
  readonly all: boolean;
  readonly eventDataStore: EventDataStore | undefined;
}

/**
 * Answers of an interrupted run into the same folder. A line says that they are used, or why none can be kept, and what helps; undefined
 * then, and where all that is asked is at hand. Throws OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function keptAnswers(run: KeptRun, terminal: Terminal): Promise<KeptAnswers | undefined> {
  const { report, output, all, eventDataStore } = run;
  if (run.witnesses.every((kind) => kind === 'lake' && eventDataStore === undefined)) return undefined;
  const warn = (text: string): void => terminal.error.write(`warning: ${escapeTerminal(text)}\n`);
  try {
    const folder = await openStateFolder(terminal.environment);
    const answers = await openKeptAnswers(folder, {
      reportSha256: report.sha256,
      all,
      output,
      store: eventDataStore?.arn,
    });
    if (answers.damaged > 0)
      warn(
        `${countOf(answers.damaged, 'line')} of ${answers.file} ${answers.damaged === 1 ? 'is' : 'are'} damaged: what these were a part of is asked again`,
      );
    if (answers.known > 0)
      terminal.error.write(
        `trail-verify: ${countOf(answers.known, 'question')} answered before the interruption\n`,
      );
    return answers;
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || error.code === 'OUTPUT_NOT_WRITTEN') throw error;
    const { message, hint } = error;
    warn(
      `no answer is taken over, and an interrupted run cannot go on later: ${message}${hint === undefined ? '' : `; ${hint}`}`,
    );
    return undefined;
  }
}

/** That answers are of another run, which may have asked at another time. */
export function resumedLimit(answers: KeptAnswers | undefined): readonly Limit[] {
  const given = answers?.given ?? 0;
  if (given === 0) return [];
  return [
    {
      code: 'WITNESS_RESUMED',
      text: `${countOf(given, 'answer')} ${given === 1 ? 'is' : 'are'} of an interrupted run, as the folder of the user on this machine kept ${given === 1 ? 'it' : 'them'}.`,
    },
  ];
}
