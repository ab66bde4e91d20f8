import { escapeTerminal } from '../../../render/escape.ts';
import { EXIT, interruption } from '../../io/exit.ts';
import { openPlanStore, readStoredPlan, requireNotInPlan } from '../../io/plan.ts';
import { noShard, openShards, wordsOfShard } from '../../io/shard.ts';
import { askingAt } from '../../io/signing/secrets.ts';
import type { Terminal } from '../../io/terminal.ts';
import { indexOf, type RunShardSettings } from './run-shard-options.ts';

/**
 * Reads one shard and writes its result; returns the exit code. Throws TrailVerifyError where the plan cannot be used, the target
 * cannot be read, or the result cannot be written: then there is none.
 */
export async function runShardCommand(asked: RunShardSettings, terminal: Terminal): Promise<number> {
  const access = askingAt(terminal, asked.access);
  const index = indexOf(asked.index, terminal.environment);
  await requireNotInPlan(asked.plan, asked);
  const store = openPlanStore(asked.plan, access);
  const plan = await readStoredPlan(store, asked.plan, asked.planHash);
  if (index >= plan.shards.length) throw noShard(index, plan.shards.length);
  const shards = await openShards(store, plan, { ...asked, access }, terminal);
  const interrupted = interruption(
    terminal,
    () => 'no result is written',
    () => {},
  );
  try {
    const kept = await shards.run(index, interrupted.signal);
    for (const line of wordsOfShard(kept)) terminal.out.write(`${escapeTerminal(line)}\n`);
    return kept.kept === 'differs' ? EXIT.inconclusive : EXIT.valid;
  } finally {
    interrupted.end();
    await shards.close();
  }
}
