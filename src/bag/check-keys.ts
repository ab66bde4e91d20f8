import type { KeyObject } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import { readKeyFile } from '../crypto/key-file.ts';
import type { PublicKey } from '../crypto/key-ring.ts';
import { BAG_KEYS } from './keys.ts';
import { type BagFolderReader, type BagProblem, refusal, unprovenProblem } from './problem.ts';

/** The public keys of a bag by fingerprint, and what is wrong with them. */
export interface BagKeys {
  readonly byFingerprint: ReadonlyMap<string, KeyObject>;
  readonly problems: readonly BagProblem[];
}

const MOST_KEY_BYTES = 64 * 1024;

/**
 * Reads `data/keys/<fingerprint>.pem`: each must be the key of its fingerprint, in the one or the other form that AWS uses.
 * Where `trusted` keys are given, each must be among those.
 */
export async function readBagKeys(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  trusted: readonly PublicKey[] | undefined,
): Promise<BagKeys> {
  const byFingerprint = new Map<string, KeyObject>();
  const problems: BagProblem[] = [];
  for (const detail of new Set((trusted ?? []).flatMap(({ distrust }) => distrust?.detail ?? [])))
    problems.push(unprovenProblem(`keys that are a part of the bag prove nothing of it: ${detail}`));
  for (const file of files) {
    if (!file.startsWith(BAG_KEYS) || !file.endsWith('.pem')) continue;
    const fingerprint = file.slice(BAG_KEYS.length, -'.pem'.length);
    const key = readKey(await folder.read(file, MOST_KEY_BYTES), file, fingerprint);
    if (key === undefined) {
      problems.push(refusal(`${file} is not the key of that fingerprint`));
      continue;
    }
    byFingerprint.set(fingerprint, key);
    if (
      trusted === undefined ||
      trusted.some(
        (one) => one.distrust === undefined && one.fingerprint === fingerprint && one.key.equals(key),
      )
    )
      continue;
    problems.push(unprovenProblem(`the key ${fingerprint} is not among those given with --keys`));
  }
  return { byFingerprint, problems };
}

function readKey(bytes: Uint8Array | undefined, file: string, fingerprint: string): KeyObject | undefined {
  if (bytes === undefined) return undefined;
  try {
    // One key, by the fingerprints of both its forms: openssl would take the first of several.
    const forms = readKeyFile(bytes, file);
    return forms.length === 2 ? forms.find((key) => key.fingerprint === fingerprint)?.key : undefined;
  } catch (error) {
    if (error instanceof TrailVerifyError) return undefined;
    throw error;
  }
}
