import { readFile } from 'node:fs/promises';
import {
  fixedKeyRing,
  openFolder,
  placeProver,
  readKeyFile,
  relocator,
  verifyTrail,
} from '../../src/index.ts';

/** Verifies a folder that mirrors a bucket, and tells every object that contradicts AWS's signatures. */
export async function tamperedObjects(folder: string, keyFile: string, to: Date): Promise<readonly string[]> {
  const keyRing = fixedKeyRing(readKeyFile(await readFile(keyFile), keyFile));
  const source = await openFolder(folder, { prove: placeProver(keyRing, relocator([])) });
  const report = await verifyTrail(
    { source, targets: source.targets, keyRing, to: to.getTime() },
    (event) => {
      if (event.type === 'progress') console.error(`${event.progress.digestsDone} digests`);
    },
  );
  console.error(report.verdict, report.window.verifiedThrough);
  return report.findings.filter(({ weight }) => weight === 'violation').map(({ object }) => object.uri);
}
