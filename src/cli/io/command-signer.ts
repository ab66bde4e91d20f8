import { spawn } from 'node:child_process';
import { TrailVerifyError } from '../../base/errors.ts';
import type { SignatureAlgorithm } from '../../pki/der.ts';

/** The longest RSA signature in use is 2 KiB. */
const MAX_SIGNATURE = 64 * 1024;
const MAX_WORDS = 4096;
/** A person may have to type a PIN or touch a key. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * The signature that a command of the user's gives: what is to be signed goes to its standard input, the signature in raw bytes
 * comes from its standard output (for ECDSA as DER, or the two numbers one behind the other). The command runs in the
 * shell, with the algorithm in TRAIL_VERIFY_ALGORITHM. Throws SIGNING_FAILED.
 */
export function signByCommand(
  command: string,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
): Promise<Uint8Array> {
  return new Promise((settle, refuse) => {
    const child = spawn(command, {
      shell: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      env: { ...process.env, TRAIL_VERIFY_ALGORITHM: algorithm },
    });
    const signature: Buffer[] = [];
    let length = 0;
    let words = '';
    const fail = (why: string, cause?: unknown): void => {
      const said = words.trim().split('\n').at(-1) ?? '';
      refuse(
        new TrailVerifyError('SIGNING_FAILED', `the signer command ${why}${said === '' ? '' : `: ${said}`}`, {
          hint: 'it must read what to sign from standard input and write the bare signature to standard output',
          cause,
        }),
      );
    };
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_SIGNATURE) signature.push(chunk);
      else child.kill();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-MAX_WORDS);
    });
    // A command that ends without reading everything is judged by its exit code.
    child.stdin.on('error', () => {});
    child.on('error', (error) => fail(`cannot be run (${error.message})`, error));
    child.on('close', (code, signal) => {
      if (length > MAX_SIGNATURE) fail(`wrote more than ${MAX_SIGNATURE} bytes`);
      else if (code !== 0) fail(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
      else if (length === 0) fail('wrote nothing');
      else settle(Buffer.concat(signature));
    });
    child.stdin.end(data);
  });
}
