import { readFile } from 'node:fs/promises';
import { fixedKeyRing, openFolder, readKeyFile, verifyTrail } from '../../src/index.ts';

/** Verifies a folder that mirrors a bucket, and tells every object that contradicts AWS's signatures. */
export async function tamperedObjects(folder: string, keyFile: string, to: Date): Promise<readonly string[]> {
  const source = await openFolder(folder);
  const keyRing = fixedKeyRing(readKeyFile(await readFile(keyFile), keyFile));
  const report = await verifyTrail(
    { source, targets: source.targets, keyRing, to: to.getTime() },
    (event) => {
      if (event.type === 'progress') console.error(`${event.progress.digestsDone} digests`);
    },
  );
  console.error(report.verdict, report.window.verifiedThrough);
  return report.findings.filter(({ weight }) => weight === 'violation').map(({ object }) => object.uri);
}
