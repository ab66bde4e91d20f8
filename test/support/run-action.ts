/** The GitHub Action from its sources as a process of its own; TEST_COMMAND is the file of the command that it runs. */
import { act } from '../../src/action/act.ts';

process.exitCode = await act({
  environment: process.env,
  command: process.env.TEST_COMMAND ?? '',
  write: (text) => process.stdout.write(text),
  wait: () => Promise.resolve(),
  host: process,
});
