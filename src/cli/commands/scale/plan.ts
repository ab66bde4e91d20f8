import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { TrailVerifyError } from '../../../base/errors.ts';
import { VERSION } from '../../../base/version.ts';
import { makeFolder } from '../../../copy/make-folder.ts';
import { sha256 } from '../../../crypto/hash.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { countOf } from '../../../render/words.ts';
import { makePlan, type Settled } from '../../../scale/make-plan.ts';
import { isUnfinished, noteFolder, settle } from '../../../source/unfinished.ts';
import { readSince } from '../../../state/plan-review.ts';
import { stateTarget } from '../../../verify-options.ts';
import { EXIT } from '../../io/exit.ts';
import { isOfItsWriter, readTrustedKeys } from '../../io/files.ts';
import { openTarget } from '../../io/open-target.ts';
import { askedOf, openPlanStore, requireApart, requireOtherBucket, writePlan } from '../../io/plan.ts';
import { askingAt } from '../../io/signing/secrets.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { PlanSettings } from './plan-options.ts';

/** Lists a target, and writes the plan of its shards; returns the exit code. Throws TrailVerifyError as `verify` does of the same target. */
export async function planCommand(asked: PlanSettings, terminal: Terminal): Promise<number> {
  const { lines } = await writeNewPlan(asked, terminal);
  for (const line of lines) terminal.out.write(`${line}\n`);
  return EXIT.valid;
}

/** A plan that was written: the hash of its plan.json, and what there is to say of it. */
export interface NewPlan {
  readonly sha256: string;
  readonly lines: readonly string[];
}

/** Lists a target, and writes the plan of its shards. Throws as `planCommand` does. */
export async function writeNewPlan(asked: PlanSettings, terminal: Terminal): Promise<NewPlan> {
  const settings = { ...asked, access: askingAt(terminal, asked.access) };
  const { place, output, now = Date.now(), from, to } = settings;
  await requireApart(output, place, 'OUTPUT_NOT_USABLE');
  const isForeign = async (file: string): Promise<boolean> =>
    place.kind === 'folder' && isOfItsWriter(file, place.path);
  const keys = await readTrustedKeys(settings.keyFiles, isForeign);
  const { source, targets, scope, expectations } = await openTarget(settings, keys);
  if (source.kind === 's3')
    requireOtherBucket(output, [
      ...targets.map(({ bucket }) => bucket),
      ...settings.relocated.flatMap(({ from, to }) => [bucketOf(from), bucketOf(to)]),
    ]);
  const { document, refused, ...files } = await makePlan({
    source,
    targets,
    scope,
    expectations,
    relocated: settings.relocated,
    window: { from, to: to ?? now },
    now,
    logs: settings.logs,
    unlisted: settings.unlisted,
    settled: await settledBy(settings, { targets, scope }),
    count: settings.shards,
    asked: askedOf(settings),
    tool: VERSION,
    run: randomBytes(16).toString('hex'),
  });
  const made = output.kind === 'folder' ? await makeResults(output.path) : [];
  const store = openPlanStore(output, settings.access);
  try {
    await writePlan(store, files);
  } finally {
    for (const folder of made) settle(folder);
  }
  const { shards } = document;
  if (refused > 0)
    terminal.error.write(
      `warning: ${countOf(refused, 'listing')} refused: what is in there belongs to no shard, and is left to the merge\n`,
    );
  const hash = sha256(Buffer.from(files.plan, 'latin1'));
  const lines = [
    `${countOf(shards.count, 'shard')} of ${countOf(shards.digests, 'digest')} in ${escapeTerminal(store.location)}`,
    `plan.json has SHA-256 ${hash}`,
    ...(shards.count === 0 ? ['no digest is listed: trail-verify merge says what is missing'] : []),
  ];
  return { sha256: hash, lines };
}

/**
 * What a state proves, by anybody's word: the merge asks who signed it, and reads what it does not believe. Throws STATE_INVALID, and as
 * its place does.
 */
async function settledBy(
  { state, access, from, to, now = Date.now() }: PlanSettings,
  of: Parameters<typeof stateTarget>[0],
): Promise<Settled | undefined> {
  if (state === undefined) return undefined;
  const { openRunState } = await import('../../io/state.ts');
  const settings = { place: state, signerFiles: [], sample: undefined, required: undefined, relist: true };
  const { options, requireFitting } = await openRunState(settings, access, undefined);
  requireFitting(stateTarget(of), now);
  const checkpoint = options.previous?.checkpoint;
  return (place, chain) => checkpoint && readSince(checkpoint, place, { from, to: to ?? now }, chain);
}

/** The bucket of a relocation's place: `bucket/prefix`. */
function bucketOf(place: string): string {
  return place.split('/')[0] ?? '';
}

/** Makes the folder of results, and returns the folders that are noted until the plan is whole. */
async function makeResults(folder: string): Promise<readonly string[]> {
  const results = path.join(folder, 'results');
  try {
    const noted = noteFolder(results, await makeFolder(results));
    if (isUnfinished(folder)) return noted;
    return [...noted, ...noteFolder(folder, undefined)];
  } catch (cause) {
    throw new TrailVerifyError('OUTPUT_NOT_USABLE', `folder ${folder} cannot be made, or written to`, {
      hint: 'give another folder with --output',
      cause,
    });
  }
}
