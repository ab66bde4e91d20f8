import { availableParallelism } from 'node:os';
import { fixedClock, systemClock } from '../../../base/clock.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import { VERSION } from '../../../base/version.ts';
import { openChecker } from '../../../checking/check-threads.ts';
import { sha256 } from '../../../crypto/hash.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { countOf } from '../../../render/words.ts';
import { windowOf } from '../../../scale/plan.ts';
import { type ReadShard, readShard } from '../../../scale/read-shard.ts';
import { inflateResult, MOST_RESULT } from '../../../scale/result.ts';
import type { PlanStore } from '../../../source/state/plan-store.ts';
import { EXIT, interruption } from '../../io/exit.ts';
import { isOfItsWriter, readTrustedKeys } from '../../io/files.ts';
import { openTarget } from '../../io/open-target.ts';
import { openPlanStore, readStoredPlan, resultName, settingsOf } from '../../io/plan.ts';
import { askingAt } from '../../io/secrets.ts';
import type { Terminal } from '../../io/terminal.ts';
import { indexOf, type RunShardSettings } from './run-shard-options.ts';

/**
 * Reads one shard and writes its result; returns the exit code. Throws TrailVerifyError where the plan cannot be used, the target
 * cannot be read, or the result cannot be written: then there is none.
 */
export async function runShardCommand(asked: RunShardSettings, terminal: Terminal): Promise<number> {
  const access = askingAt(terminal, asked.access);
  const index = indexOf(asked.index, terminal.environment);
  const store = openPlanStore(asked.plan, access);
  const plan = await readStoredPlan(store, asked.plan);
  const shard = plan.shards[index];
  if (shard === undefined)
    throw new TrailVerifyError(
      'CONFIGURATION',
      `the plan has no shard ${index}: it has ${plan.shards.length}`,
      {
        hint: plan.shards.length === 0 ? 'merge it' : `give --index 0 to ${plan.shards.length - 1}`,
      },
    );
  const settings = settingsOf(plan, { ...asked, access }, asked.now);
  const { place, keyFiles, workers, concurrency } = settings;
  const isForeign = async (file: string): Promise<boolean> =>
    place.kind === 'folder' && isOfItsWriter(file, place.path);
  const { source, keyRing } = await openTarget(settings, await readTrustedKeys(keyFiles, isForeign));
  const threads = workers ?? availableParallelism();
  const native = terminal.environment.TRAIL_VERIFY_NATIVE !== '0';
  const requests = place.kind === 'folder' ? undefined : concurrency;
  const checker = settings.logs ? openChecker({ threads, native, concurrency: requests }) : undefined;
  const interrupted = interruption(
    terminal,
    () => 'no result is written',
    () => {},
  );
  try {
    const read = await readShard(shard, {
      source,
      keyRing,
      relocated: settings.relocated,
      window: windowOf(plan.document),
      clock: settings.now === undefined ? systemClock : fixedClock(settings.now),
      signal: interrupted.signal,
      concurrency,
      checker,
      plan: plan.sha256,
      tool: VERSION,
    });
    return await keep(store, index, read, terminal);
  } finally {
    interrupted.end();
    await checker?.close();
  }
}

/** Writes the result where there is none; one that differs from it is kept next to it. */
async function keep(store: PlanStore, index: number, read: ReadShard, terminal: Terminal): Promise<number> {
  const { digests, logs, findings } = read.summary;
  const found = Object.entries(findings).map(([code, count]) => `${count} ${code}`);
  const what = `shard ${index}: ${countOf(digests, 'digest')}, ${countOf(logs.agree, 'log file')} that ${logs.agree === 1 ? 'agrees' : 'agree'}, ${logs.left} left to the merge`;
  const name = resultName(index);
  if (await store.create(name, read.file)) {
    terminal.out.write(`${what}\n`);
    if (found.length > 0) terminal.out.write(`found: ${escapeTerminal(found.join(', '))}\n`);
    return EXIT.valid;
  }
  const first = await store.read(name, MOST_RESULT);
  const lines = first && inflateResult(first);
  if (lines instanceof Uint8Array && sha256(lines) === read.sha256) {
    terminal.out.write(`${what}; the same result was there already\n`);
    return EXIT.valid;
  }
  const other = resultName(index, read.sha256);
  await store.create(other, read.file);
  terminal.out.write(
    `${what}; another result was there already and differs: this one is ${escapeTerminal(other)}\n`,
  );
  return EXIT.inconclusive;
}
