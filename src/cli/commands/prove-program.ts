import type { Command } from 'commander';
import type { Actions } from '../actions.ts';
import { EXAMPLES } from '../examples.ts';
import { addCredentials, layoutOption } from '../options/groups.ts';

/** Adds `prove` and `proof verify`. */
export function addProofs(program: Command, actions: Actions): void {
  const prove = program
    .command('prove')
    .summary('prove one object or event of a verified trail, in a file small enough to mail')
    .description(
      'Writes a proof that a report counted an object: its line of the inventory, its path to the Merkle root in the report, and the digest file that names it with the signature of AWS; for an event its bytes and its log file as well. Digest files, and the log file of an event, are read once more; the inventory is held against the report.',
    )
    .argument('[what]', 's3://bucket/key of a digest file or log file, or the id of an event')
    .requiredOption('--report <file>', 'report.json that verify wrote')
    .option('--inventory <file>', 'its inventory (default: inventory.jsonl.gz beside it)')
    .option('--event <id>', 'prove the event with that eventID (or write the id in place of the object)')
    .option('--log <file or uri>', 'the log file that holds the event: a file as stored, or s3://bucket/key')
    .option('--without-log', 'leave the log file out of the proof of an event')
    .option('--source <folder>', 'copy or evidence bag to read from (default: where the report found them)')
    .addOption(layoutOption())
    .option(
      '--bucket <name>',
      'the bucket that the folder is a copy of, or the one of its folders that is meant',
    )
    .option('--output <file>', 'file to write; must not exist yet (default: standard output)')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.prove)
    .action(actions.prove);
  addCredentials(prove);
  program
    .command('proof')
    .summary('check a proof')
    .description('Works on proofs that prove has written.')
    .command('verify')
    .summary('check a proof against its report')
    .description(
      "Checks that the report counted the object, that AWS signed the digest file that names it with that very content, and that the event stands where the proof says. Needs no network and no inventory. The report's own signature is checked by report verify; whether AWS's key is AWS's, only --keys from another source shows: without it the answer is INCONCLUSIVE.",
    )
    .argument('<proof>', 'the proof')
    .requiredOption('--report <file>', 'the report that it is of')
    .option(
      '--log <file>',
      'the log file as stored: it must be the proven one, and stands in where the proof does not hold it',
    )
    .option('--keys <file...>', "public keys of CloudTrail from elsewhere, which the proof's must be among")
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.proofVerify)
    .action(actions.proofVerify);
}
