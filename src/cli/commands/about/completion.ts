import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { commandTree } from '../../completion/command-tree.ts';
import { completionScript } from '../../completion/scripts.ts';
import { EXIT } from '../../io/exit.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { CompletionSettings } from './completion-options.ts';

/** Prints the completion script of `program` for a shell. */
export async function completionCommand(
  { shell }: CompletionSettings,
  program: CommandUnknownOpts,
  terminal: Terminal,
): Promise<number> {
  terminal.out.write(completionScript(commandTree(program), shell));
  return EXIT.valid;
}
