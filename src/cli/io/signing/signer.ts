import { spawn } from 'node:child_process';
import { openKmsKey } from '../../../aws/kms.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import { type Certificate, readCertificateFile } from '../../../pki/certificate.ts';
import type { SignatureAlgorithm } from '../../../pki/der.ts';
import { isEncryptedKey, readPrivateKey } from '../../../pki/keys.ts';
import {
  algorithmFor,
  keySigner,
  type ReportSigner,
  requireValidSigner,
  signerChain,
} from '../../../pki/sign.ts';
import type { AccessSettings } from '../../options/access.ts';
import type { SignerSettings } from '../../options/signing.ts';
import { readGiven } from '../files.ts';
import { openSession } from '../open-target.ts';
import type { Terminal } from '../terminal.ts';
import { openLocalIdentity } from './identity.ts';
import { readPassphrase } from './secrets.ts';

/** Who signs, and the file of the local identity's certificate where that was made for this run. */
export interface OpenedSigner {
  readonly signer: ReportSigner;
  readonly newIdentity: string | undefined;
}

const MAX_FILE_LENGTH = 4 * 1024 * 1024;

/**
 * Opens the signer, before the run: a wrong passphrase must not cost an hour of work. Undefined with --no-sign. Throws
 * KEY_FILE_INVALID, CONFIGURATION or USAGE for keys and certificates that cannot sign a report now.
 */
export async function openSigner(
  settings: SignerSettings,
  access: AccessSettings,
  terminal: Terminal,
): Promise<OpenedSigner | undefined> {
  const now = Date.now();
  if (settings.signer.kind === 'nobody') return undefined;
  if (settings.signer.kind === 'local') {
    if (settings.algorithm === 'ecdsa-sha256') {
      throw new TrailVerifyError(
        'USAGE',
        'the local signing identity is an RSA key, which makes no ECDSA signatures',
        {
          hint: 'make an ECDSA key with trail-verify keygen --key-type ecdsa-p256, and give it with --sign-key',
        },
      );
    }
    const { signer, certificateFile, isNew } = await openLocalIdentity(terminal.environment, now);
    requireValidSigner(signer, now);
    return { signer, newIdentity: isNew ? certificateFile : undefined };
  }
  const signer = await openConfigured(settings, access, terminal);
  requireValidSigner(signer, now);
  return { signer, newIdentity: undefined };
}

async function openConfigured(
  { signer: choice, algorithm, passphrase }: SignerSettings,
  access: AccessSettings,
  terminal: Terminal,
): Promise<ReportSigner> {
  switch (choice.kind) {
    case 'key': {
      const file = await readSigningFile(choice.file, true);
      const secret = isEncryptedKey(file)
        ? await readPassphrase(passphrase, choice.file, terminal)
        : undefined;
      const key = readPrivateKey(file, choice.file, secret);
      const certificates = choice.certificateFile ?? choice.file;
      return keySigner(key, await readCertificates(certificates), algorithm);
    }
    case 'p12': {
      const file = await readSigningFile(choice.file, true);
      const secret = await readPassphrase(passphrase, choice.file, terminal);
      const { readPkcs12 } = await import('../../../pki/keys.ts');
      const { key, certificates } = readPkcs12(file, choice.file, secret ?? '');
      return keySigner(key, certificates, algorithm);
    }
    case 'kms': {
      const certificates = await readCertificates(choice.certificateFile);
      const key = await openKmsKey(openSession(access, undefined), choice.arn);
      const signer = certificates.find((one) => holdsKey(one, key.publicKey));
      if (signer === undefined) {
        throw new TrailVerifyError(
          'CONFIGURATION',
          `no certificate in ${choice.certificateFile} is for the KMS key ${choice.arn}`,
          { hint: 'make one with trail-verify keygen --sign-kms ARN, or give another with --sign-cert' },
        );
      }
      const alg = algorithmFor(signer, algorithm);
      return { chain: signerChain(signer, certificates), alg, sign: (tbs) => key.sign(tbs, alg) };
    }
    case 'command': {
      const certificates = await readCertificates(choice.certificateFile);
      const [signer] = certificates;
      if (signer === undefined)
        throw new TrailVerifyError('INTERNAL', 'a certificate file was read as empty');
      const alg = algorithmFor(signer, algorithm);
      const sign = (tbs: Uint8Array): Promise<Uint8Array> => signByCommand(choice.command, alg, tbs);
      return { chain: signerChain(signer, certificates), alg, sign };
    }
    default:
      throw new TrailVerifyError('INTERNAL', `there is no signer of the kind ${choice.kind}`);
  }
}

function holdsKey(certificate: Certificate, publicKey: Uint8Array): boolean {
  return certificate.key.export({ type: 'spki', format: 'der' }).equals(publicKey);
}

/** The certificates of a file. Throws KEY_FILE_INVALID where it cannot be read or holds none. */
export async function readCertificates(
  file: string,
  note: (file: string, bytes: Uint8Array) => void = () => {},
): Promise<readonly Certificate[]> {
  const bytes = await readSigningFile(file);
  note(file, bytes);
  return readCertificateFile(bytes, file);
}

/** The certificates of several files, in their order; `note` is handed each file. Throws as `readCertificates` does. */
export async function readAllCertificates(
  files: readonly string[],
  note?: (file: string, bytes: Uint8Array) => void,
): Promise<readonly Certificate[]> {
  const certificates: Certificate[] = [];
  for (const file of files) certificates.push(...(await readCertificates(file, note)));
  return certificates;
}

function readSigningFile(file: string, isSecret = false): Promise<Uint8Array> {
  return readGiven(file, { what: 'file', most: MAX_FILE_LENGTH, code: 'KEY_FILE_INVALID', isSecret });
}

/** The longest RSA signature in use is 2 KiB. */
const MAX_SIGNATURE = 64 * 1024;
const MAX_WORDS = 4096;
/** A person may have to type a PIN or touch a key. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * The signature that a command of the user's gives. The text to sign goes to its standard input; the signature in raw bytes
 * comes from its standard output (for ECDSA as DER, or the two numbers one behind the other). The command runs in the shell,
 * with the algorithm in TRAIL_VERIFY_ALGORITHM. Throws SIGNING_FAILED.
 */
function signByCommand(
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
