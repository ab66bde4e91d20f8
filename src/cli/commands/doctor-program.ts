import { type Command, Option } from 'commander';
import type { Actions } from '../actions.ts';
import { EXAMPLES } from '../examples.ts';
import { addCredentials } from '../options/groups.ts';
import { DOCTOR_FORMATS } from './doctor-options.ts';

/** Adds `doctor`. */
export function addDoctor(program: Command, actions: Actions): void {
  const doctor = program
    .command('doctor')
    .summary('check how a trail and its bucket are set up, and what this caller may do')
    .description(
      "Holds a trail and its bucket against Security Hub's CloudTrail controls and good practice, tries every permission that verification needs, and prints the policy that would grant what is missing. Changes nothing.",
    )
    .argument('<target>', 'a trail ARN, or s3://bucket[/prefix]')
    .addOption(
      new Option('--format <format>', 'what standard output carries')
        .choices([...DOCTOR_FORMATS])
        .default('text'),
    )
    .option(
      '--expect-events <events...>',
      'data events that must be recorded: a resource type, or one resource, for example AWS::S3::Object or AWS::S3::Object=arn:aws:s3:::bucket/',
    )
    .option('--ignore <id...>', 'checks that have no part in the verdict, for example S3.20')
    .addOption(
      new Option('--fail-on <verdict>', 'which verdicts exit non-zero')
        .choices(['failed', 'inconclusive'])
        .default('inconclusive'),
    )
    .option('--output <file>', 'file to write; must not exist yet (default: standard output)')
    .option('--quiet', 'print the verdict only')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.doctor)
    .action(actions.doctor);
  addCredentials(doctor);
}
