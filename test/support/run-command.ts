/** The command as a process of its own, for tests: the arguments are those of trail-verify. */
import { main } from '../../src/cli/main.ts';

await main(process.argv.slice(2));
