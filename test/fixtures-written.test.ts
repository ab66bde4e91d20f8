import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMITTED_COPIES, copyFolder, keyFiles } from '../fixtures/committed.ts';
import { loadScenario } from '../fixtures/scenarios.ts';
import { SIDECAR_SUFFIX, writeFolder } from '../fixtures/write-folder.ts';

const temporary = mkdtempSync(join(tmpdir(), 'trail-verify-fixtures-'));
afterAll(() => rmSync(temporary, { recursive: true }));

/** All files below a folder, sorted, as paths below it. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/**
 * What a file says, whatever this machine's zlib makes of it when it compresses: inflated where it is sound gzip,
 * a sidecar without the size of the compressed object.
 */
function content(path: string): unknown {
  const bytes = readFileSync(path);
  if (!path.endsWith(SIDECAR_SUFFIX)) return gunzipSync(bytes).toString();
  const { size, ...sidecar } = JSON.parse(bytes.toString());
  expect(size).toBe(readFileSync(path.slice(0, -SIDECAR_SUFFIX.length)).length);
  return sidecar;
}

describe('committed files are what the scenarios write', () => {
  test.each(COMMITTED_COPIES)('%s/copy', async (name) => {
    const fresh = join(temporary, name);
    const written = writeFolder((await loadScenario(name)).build().store, fresh, { metadata: true });
    const committed = filesBelow(copyFolder(name));
    expect(committed).toEqual(filesBelow(fresh));
    expect(committed).toEqual([...written].sort());
    expect(committed.length).toBeLessThan(150);
    for (const path of committed)
      expect(content(join(copyFolder(name), path))).toEqual(content(join(fresh, path)));
  });

  test.each([...keyFiles()])('keys/%s', (name, text) => {
    expect(readFileSync(new URL(`../fixtures/keys/${name}`, import.meta.url), 'utf8')).toBe(text);
  });
});

test('a bare folder holds the same objects and no metadata', async () => {
  const fresh = join(temporary, 'bare');
  const { store } = (await loadScenario('digest-missing')).build();
  const written = writeFolder(store, fresh, { metadata: false });
  expect([...written].sort()).toEqual(
    store
      .keys('example-trail-logs')
      .map((key) => `example-trail-logs/${key}`)
      .sort(),
  );
});
