/** Answers of an interrupted run, as a command opens them: whose they are, what it says of them, and when they go. */
import type { Stats } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { EventDataStore } from '../../../aws/event-data-store.ts';
import { type CallerIdentity, callerIdentity } from '../../../aws/identity.ts';
import type { AwsSession } from '../../../aws/session.ts';
import { DAY } from '../../../base/clock.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import { maskedUrl } from '../../../base/masked-url.ts';
import type { Limit } from '../../../findings/event.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { countOf } from '../../../render/words.ts';
import type { WitnessKind } from '../../../witness/kinds.ts';
import { openSession } from '../open-target.ts';
import { OWN_USER, whyNotOwn } from '../signing/own-file.ts';
import { openStateFolder } from '../signing/own-folder.ts';
import type { Terminal } from '../terminal.ts';
import { type AskedAccess, KEPT_NAME, type KeptAnswers, openKeptAnswers } from './resume.ts';
import type { WitnessAccess } from './sessions.ts';

/** A run whose answers are kept, and that takes those of the one before it. */
export interface KeptRun extends Omit<WitnessAccess, 'now'> {
  /** The whole path of the folder of the answer. */
  readonly output: string;
  readonly report: { readonly sha256: string };
  readonly witnesses: readonly WitnessKind[];
  readonly all: boolean;
  readonly eventDataStore: EventDataStore | undefined;
  /** What --now says, in milliseconds since the epoch; undefined for the machine's clock. */
  readonly givenNow: number | undefined;
}

/** Answers that nobody came back for go after so long (milliseconds). */
const KEPT_FOR = 14 * DAY;

/**
 * Answers of an interrupted run into the same folder. A line says that they are used, or why none can be kept, and what helps; undefined
 * then, and where all that is asked is at hand. Throws OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function keptAnswers(run: KeptRun, terminal: Terminal): Promise<KeptAnswers | undefined> {
  const { report, output, all, eventDataStore, givenNow } = run;
  if (run.witnesses.every((kind) => kind === 'lake' && eventDataStore === undefined)) return undefined;
  const access = await accessOf(run);
  const warn = (text: string): void => terminal.error.write(`warning: ${escapeTerminal(text)}\n`);
  try {
    const folder = await openStateFolder(terminal.environment);
    await removeOld(folder, Date.now() - KEPT_FOR);
    const answers = await openKeptAnswers(folder, {
      reportSha256: report.sha256,
      all,
      output,
      store: eventDataStore?.arn,
      now: givenNow,
      access,
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

/** The services that witnesses are, and the one that gives roles. */
const SERVICES = ['CLOUDTRAIL', 'CLOUDWATCH_LOGS', 'STS'] as const;

async function accessOf({ access, memberRole }: KeptRun): Promise<AskedAccess> {
  const { profile, roleArn } = access;
  const session: AwsSession = openSession(access, undefined);
  const endpoints: Record<string, string> = {};
  for (const service of SERVICES) {
    const endpoint = await session.endpointOf(service);
    if (endpoint !== undefined) endpoints[service] = maskedUrl(endpoint.url);
  }
  return { caller: nameOf(await callerIdentity(session)), profile, roleArn, memberRole, endpoints };
}

/** A role's session has another name each time, so that it is left out: arn:aws:sts::111122223333:assumed-role/Auditor. */
function nameOf(caller: CallerIdentity | undefined): string | undefined {
  return caller?.arn.replace(/^(arn:[^:]*:sts::\d{12}:assumed-role\/[^/]+)\/.*$/, '$1');
}

/** Removes files of answers that are older than a time (milliseconds since the epoch): the user's own, by their names. */
async function removeOld(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!KEPT_NAME.test(name)) continue;
    const file = path.join(folder, name);
    const status: Stats | undefined = await lstat(file).catch(() => undefined);
    if (status === undefined || whyNotOwn(status, OWN_USER) !== undefined || status.mtimeMs >= before)
      continue;
    await rm(file, { force: true }).catch(() => undefined);
  }
}
