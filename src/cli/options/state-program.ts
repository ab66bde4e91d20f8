import type { Command } from 'commander';

/** Adds the options of runs that remember. */
export function addState(command: Command): void {
  command
    .option('--state <place>', 'file or s3://bucket/key that remembers what was proven, from run to run')
    .option(
      '--state-signer <file...>',
      'certificates that may have signed the state (default: this run’s own)',
    )
    .option('--recheck-sample <percent>', 'share of the old, unchanged days to read again, such as 1%')
    .option('--recheck-seed <word>', 'draw the same days as the run whose report tells this seed')
    .option(
      '--require-checkpoint <hash|time>',
      'the state must be this checkpoint or a later one, or not older than the time',
    )
    .option('--no-relist', 'do not list the days before the checkpoint again');
}
