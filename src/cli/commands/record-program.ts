import type { Command } from 'commander';

/** Adds the options that say who examines what, and why. */
export function addRecord(command: Command): void {
  command
    .option('--examiner <name>', 'who examines, for the report')
    .option('--organisation <name>', 'for whom')
    .option('--case <reference>', 'case or matter that the report belongs to')
    .option('--supersedes <id>', 'id of the report that this one replaces');
}
