/** Before all tests: bundles the programs of threads and processes, as the command has them. From sources one takes ten times as long to start. */
import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { bundlePrograms } from '../../build/bundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the programs. */
    readonly threads: string;
  }
}

/** Makes the programs in a folder two levels below the package's own, and returns what removes them. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(fileURLToPath(new URL('../../node_modules/.threads-', import.meta.url)));
  await bundlePrograms(folder);
  provide('threads', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
