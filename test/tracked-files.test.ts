/** What no file of the repository may hold, whatever it is for. */
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from './support/yaml-scripts.ts';

/** What git leaves in a file that two sides changed. A heading underlined by seven equal signs has to take eight. */
const MERGE_MARKER = /^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$/m;

const listed = spawnSync('git', ['-C', ROOT, 'ls-files', '-z'], { encoding: 'utf8', maxBuffer: 1 << 26 });
// The bundle of the action holds texts of other packages as they are, and is made anew rather than merged.
const isOurs = (file: string): boolean => file !== '' && !file.startsWith('action/');
const files = (listed.stdout ?? '').split('\0').filter(isOurs);
const isCheckout = listed.status === 0 && files.includes('test/tracked-files.test.ts');
if (!isCheckout) console.log('no file is searched for merge markers, for this is no checkout of git');

test('a marker is known in every form that git writes', () => {
  const [ours, base, theirs] = ['<', '|', '>'].map((sign) => sign.repeat(7));
  for (const line of [`${ours} HEAD`, `${base} 1234abc`, '='.repeat(7), `${theirs} branch`, ours])
    expect(`text\n${line}\ntext\n`).toMatch(MERGE_MARKER);
  for (const line of ['='.repeat(8), `a ${ours}`, `${ours}a`, '=='])
    expect(`text\n${line}\n`).not.toMatch(MERGE_MARKER);
});

test.runIf(isCheckout)('no file holds a leftover of a merge', () => {
  const marked = files.filter((file) => {
    const isFile = lstatSync(`${ROOT}${file}`, { throwIfNoEntry: false })?.isFile() === true;
    return isFile && MERGE_MARKER.test(readFileSync(`${ROOT}${file}`, 'latin1'));
  });
  expect(marked).toEqual([]);
});
