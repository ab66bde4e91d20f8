import { type Command, Option } from 'commander';

/** Adds the options that say how AWS is reached. */
export function addCredentials(command: Command): Command {
  return command
    .option('--endpoint-url <url>', 'another endpoint in place of that of AWS')
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .option('--role-arn <arn>', 'role to assume first');
}

/** Adds the option of commands that ask CloudTrail for its public keys. */
export function addKeyTrust(command: Command): Command {
  return command.option(
    '--trust-endpoint-keys',
    "let public keys count that come from an endpoint which is not AWS's own (emulators, tests)",
  );
}

/** The option that says how a folder is read. */
export function layoutOption(): Option {
  return new Option(
    '--layout <layout>',
    'what the folder is: sync (a copy of one bucket), collect (a folder for each bucket) or bag (an evidence bag)',
  ).choices(['sync', 'collect', 'bag']);
}

/** The values of an option that may be repeated, one more each time: for commander's argument parser. */
export function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
