import { asciiJson } from '../base/json.ts';
import { sha256 } from '../crypto/sha256.ts';
import { type ReportSigner, signContent } from '../pki/sign.ts';
import type { Checkpoint } from './checkpoint.ts';

/** A checkpoint to be written: the bytes of its line, and their SHA-256 (hex), which is its name. */
export interface NextCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly line: Uint8Array;
  readonly sha256: string;
}

/** The line of a checkpoint, and its name. */
export function formatCheckpoint(checkpoint: Checkpoint): NextCheckpoint {
  const line = Buffer.from(`${asciiJson(checkpoint)}\n`, 'ascii');
  return { checkpoint, line, sha256: sha256(line) };
}

/** The bytes of a state file, signed by `signer` at `at` (milliseconds since the epoch), or by nobody. Throws as `signContent`. */
export async function stateFileBytes(
  next: NextCheckpoint,
  signer: ReportSigner | undefined,
  at: number,
): Promise<Uint8Array> {
  const signature =
    signer === undefined
      ? null
      : Buffer.from(await signContent({ sha256: Buffer.from(next.sha256, 'hex'), at }, signer)).toString(
          'base64',
        );
  return Buffer.concat([next.line, Buffer.from(`${JSON.stringify({ signature })}\n`, 'ascii')]);
}
