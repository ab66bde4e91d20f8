/** The shell of examples/nightly.sh, run with a stand-in for the command that notes its arguments. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.ts';
import { ROOT } from './support/yaml-scripts.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(path.join(folder, 'bin'));
  const notes = `const { writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
writeFileSync(process.env.NOTES, JSON.stringify(args));
process.exit(Number(process.env.CODE ?? 0));
`;
  writeFileSync(path.join(folder, 'bin/trail-verify.js'), notes);
  const command = path.join(folder, 'bin/trail-verify');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${folder}/bin/trail-verify.js" "$@"\n`);
  chmodSync(command, 0o755);
});

describe('examples/nightly.sh', () => {
  const run = (code: string, target = 's3://my-trail-bucket') =>
    spawnSync('sh', [`${ROOT}examples/nightly.sh`, target], {
      encoding: 'utf8',
      env: {
        PATH: `${folder}/bin:${process.env.PATH ?? ''}`,
        TRAIL_VERIFY_HOME: folder,
        TRAIL_VERIFY_METRICS: `${folder}/trail.prom`,
        NOTES: `${folder}/notes`,
        CODE: code,
      },
    });
  const hasFlock = spawnSync('flock', ['--version']).error === undefined;
  if (!hasFlock) console.log('examples/nightly.sh is not run, for there is no flock here');

  test('takes no option for a trail: help would end with 0', () => {
    for (const option of ['--help', '-V'])
      expect(run('0', option)).toMatchObject({ status: 2, stderr: expect.stringContaining('not an option') });
    expect(existsSync(`${folder}/notes`)).toBe(false);
  });

  test.runIf(hasFlock)('verifies with state and metrics, and exits as verify does', () => {
    expect(run('1')).toMatchObject({ status: 1, stderr: '' });
    const args = JSON.parse(readFileSync(`${folder}/notes`, 'utf8')) as readonly string[];
    expect(args.slice(0, 6)).toEqual([
      'verify',
      's3://my-trail-bucket',
      '--state',
      `${folder}/state.json`,
      '--metrics',
      `${folder}/trail.prom`,
    ]);
  });

  test.runIf(hasFlock)('a run beside another one ends at once, and says why', () => {
    const locked = `flock "${folder}/lock" env TRAIL_VERIFY_HOME="${folder}" sh "${ROOT}examples/nightly.sh" s3://b; echo "code $?"`;
    const out = execFileSync('sh', ['-c', locked], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(out).toBe('code 4\n');
  });
});

test('the image takes what the package holds, and all that the command loads', () => {
  const recipe = readFileSync(`${ROOT}Containerfile`, 'utf8');
  const copied = [...recipe.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' ').map((place) => place.replace('/build/', '')),
  );
  const { files, bin }: { readonly files: readonly string[]; readonly bin: object } = JSON.parse(
    readFileSync(`${ROOT}package.json`, 'utf8'),
  );
  // Made while it is built: all of `dist` that the command loads, with what it needs of other packages.
  const made = new Set(['dist/command']);
  expect(copied.filter((place) => !made.has(place) && !existsSync(`${ROOT}${place}`))).toEqual([]);
  // Documents, what npm runs as it installs, and the sources of the native file, which itself is there.
  const left = files.filter((place) => !copied.includes(place === 'dist' ? 'dist/command' : place));
  expect(left.filter((place) => place !== 'docs' && !place.endsWith('.md'))).toEqual([
    'build/prepare.mjs',
    'native',
  ]);
  expect(copied).toContain('native/prebuilt');
  const ran = [...recipe.matchAll(/\/opt\/trail-verify\/(bin\/\S+)/g)].map(([, file]) => file);
  expect(ran).toEqual(Object.values(bin));
});
