/** What the user says must not come from what is verified: lists of expectations and acceptances that lie in the folder. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;

beforeEach(() => {
  stubAwsEnvironment();
  folder = temporaryFolder();
  mkdirSync(join(folder, 'copy/AWSLogs'), { recursive: true });
});

test.each([
  ['--expect', '{}'],
  ['--accept', '[]'],
])('%s is refused from the folder that is verified, and through a link in it', async (option, text) => {
  writeFileSync(join(folder, 'copy/words.json'), text);
  writeFileSync(join(folder, 'elsewhere.json'), text);
  symlinkSync(join(folder, 'elsewhere.json'), join(folder, 'copy/link.json'));
  for (const name of ['words.json', 'link.json']) {
    const run = await runCommand(['verify', join(folder, 'copy'), option, join(folder, 'copy', name)]);
    expect(run.exitCode).toBe(2);
    expect(run.error).toContain(`${option} file`);
    expect(run.error).toContain('is in the folder that is verified');
  }
});
