/** Writes one state after another into the file named on the command line, until it is killed. */
import { openStateFile } from '../../src/source/state/store.ts';
import { stateNumber } from './numbered-state.ts';

const store = openStateFile(process.argv[2] ?? '', 1024 * 1024);
for (;;) {
  const present = await store.read();
  const number =
    present === undefined ? 0 : JSON.parse(Buffer.from(present.bytes).toString().split('\n')[0] ?? '').number;
  await store.write(stateNumber(number + 1), present?.version);
  process.stdout.write('.');
}
