import type { Command } from 'commander';
import type { Actions } from '../actions.ts';
import { EXAMPLES } from '../examples.ts';
import { addCredentials } from '../options/groups.ts';

/** Adds `recover`. */
export function addRecover(program: Command, actions: Actions): void {
  const recover = program
    .command('recover')
    .summary('copy out older versions of missing or changed objects that still have the signed hash')
    .description(
      "Looks up the versions of every object that a report calls missing or changed, and copies the one whose content has the hash that AWS signed into a folder, with its S3 metadata; and so on with the log files and the earlier digest that a recovered digest names, where they are not in their place. Writes nothing to the bucket. The hashes are the report's: check it first with report verify.",
    )
    .argument('<report.json>', 'a report that verify wrote of a bucket')
    .argument('<folder>', 'new or empty folder for what is recovered, as <bucket>/<key>')
    .option('--format <format>', 'what standard output carries: text or json', 'text')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.recover)
    .action(actions.recover);
  addCredentials(recover);
}
