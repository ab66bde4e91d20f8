import type { Command } from '@commander-js/extra-typings';
import { type Run, verboseOption } from '../../options/common.ts';

/** The settings of `version`. */
export interface VersionSettings {
  readonly format: 'text' | 'json';
}

const EXAMPLES = `
Examples:
  trail-verify version
  trail-verify version --format json
`;

/** Adds `version`. */
export function addVersion(program: Command, run: Run<VersionSettings>): void {
  const command = program
    .command('version')
    .summary('say which program this is, down to the SHA-256 of its files')
    .description(
      'Says which version this is, of which commit, on which Node and OpenSSL it runs, whether it hashes natively, and the SHA-256 of its files. A report names the same build SHA-256.',
    )
    .addHelpText('after', EXAMPLES);
  const options = command.addOption(
    command
      .createOption('--format <format>', 'form of the answer')
      .choices(['text', 'json'] as const)
      .default('text' as const),
  );
  verboseOption(command);
  command.action(() => run({ format: options.opts().format }));
}
