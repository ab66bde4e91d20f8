import { Command } from '@commander-js/extra-typings';
import { addVerify, type VerifySettings } from '../../src/cli/commands/verify-options.ts';
import { raisePlainly } from '../../src/cli/options/misuse.ts';

/** What `verify` with these arguments is asked for, without running it. Rejects as the command line does for wrong ones. */
export async function verifySettings(...args: readonly string[]): Promise<VerifySettings> {
  const read: VerifySettings[] = [];
  const program = new Command().configureOutput({ outputError: () => {} });
  addVerify(program, async (settings) => {
    read.push(settings);
  });
  raisePlainly(program);
  await program.parseAsync(['verify', ...args], { from: 'user' });
  const [settings] = read;
  if (settings === undefined) throw new Error('verify was not run');
  return settings;
}
