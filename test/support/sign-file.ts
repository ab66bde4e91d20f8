/** The signature file of a written file, as this tool writes one next to it. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import type { TestParty } from './test-certificates.ts';

/** Signs a file: `report.json.p7s` for `report.json`. */
export async function signFile(file: string, { key, certificate }: TestParty): Promise<void> {
  const task = { sha256: createHash('sha256').update(readFileSync(file)).digest(), at: Date.now() };
  writeFileSync(`${file}.p7s`, await signContent(task, keySigner(key, [certificate])));
}
