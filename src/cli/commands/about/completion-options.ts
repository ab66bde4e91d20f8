import type { Command } from '@commander-js/extra-typings';
import type { Shell } from '../../completion/scripts.ts';
import { lastGroup, type Run } from '../../options/common.ts';

/** The settings of `completion`. */
export interface CompletionSettings {
  readonly shell: Shell;
}

const EXAMPLES = `
Examples:
  trail-verify completion bash > ~/.local/share/bash-completion/completions/trail-verify
  trail-verify completion zsh > ~/.zfunc/_trail-verify
  trail-verify completion fish > ~/.config/fish/completions/trail-verify.fish
  trail-verify completion powershell >> $PROFILE
`;

/** Adds `completion`. */
export function addCompletion(program: Command, run: Run<CompletionSettings>): void {
  const command = program
    .command('completion')
    .summary('print the script that completes command lines in a shell')
    .description(
      'Prints a script by which a shell completes commands, options, their choices and files. The script runs nothing of this program.',
    )
    .addArgument(
      // As in SHELLS, which is not loaded for this; a test holds them together.
      program.createArgument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish', 'powershell'] as const),
    )
    .addHelpText('after', EXAMPLES);
  lastGroup(command);
  command.action((shell) => run({ shell }));
}
