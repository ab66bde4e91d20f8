/** `npm run measures`: the measures of the source beside their targets; with a folder, what is counted there. */
import { countSource, measuresOf } from '../test/law/measures.ts';
import { SRC } from '../test/law/read-imports.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  const rows = measuresOf(countSource(SRC)).map(({ name, target, actual, isReached }) => [
    name,
    target,
    isReached === undefined ? '' : isReached ? 'ok' : 'not yet',
    actual,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) console.log(row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
} else console.log(JSON.stringify(countSource(folder), null, 2));
