/**
 * The identity that signs where no other was configured: a key of this user on this machine, in one file with its
 * self-signed certificate, readable by its owner alone. It is made on first use.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import { errorCode, messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { makeFolder } from '../../../copy/make-folder.ts';
import { certificatePem, parseName, readCertificateFile } from '../../../pki/certificate.ts';
import {
  bareSigner,
  makePrivateKey,
  privateKeyPem,
  readPrivateKey,
  selfSignedCertificate,
} from '../../../pki/keys.ts';
import { keySigner, type ReportSigner } from '../../../pki/sign.ts';
import { openGivenFile, readHandle } from '../../../source/given-file.ts';
import { writeNewFile } from '../output.ts';
import { userFolder } from './own-folder.ts';

/** The local identity, opened. */
export interface LocalIdentity {
  readonly signer: ReportSigner;
  /** Its certificate alone, to give to those who check reports. */
  readonly certificateFile: string;
  /** True where it was made just now. */
  readonly isNew: boolean;
}

const IDENTITY_FILE = 'identity.pem';
const CERTIFICATE_FILE = 'certificate.pem';
const TEN_YEARS = 3652 * 86_400_000;
/** Clocks differ: who checks a report at once must not find its certificate of the future. */
const MARGIN = 300_000;
const MAX_FILE_LENGTH = 256 * 1024;
const OTHERS = 0o077;

/**
 * Opens the identity in the user's configuration folder, or makes it; `now` is in milliseconds since the epoch. Throws
 * CONFIGURATION where there is no such folder or others could read the key, KEY_FILE_INVALID for a damaged file,
 * OUTPUT_NOT_USABLE where it cannot be written.
 */
export async function openLocalIdentity(
  environment: Readonly<Record<string, string | undefined>>,
  now: number,
): Promise<LocalIdentity> {
  const folder = configurationFolder(environment);
  const file = path.join(folder, IDENTITY_FILE);
  let bytes = await readOwnFile(file);
  const isNew = bytes === undefined;
  if (bytes === undefined) {
    await makeIdentity(folder, file, now);
    bytes = await readOwnFile(file);
  }
  if (bytes === undefined) throw unusable(`signing identity ${file} has vanished`);
  const certificates = readCertificateFile(bytes, file);
  const signer = keySigner(readPrivateKey(bytes, file), certificates);
  const certificateFile = path.join(folder, CERTIFICATE_FILE);
  await writeNewFile(
    certificateFile,
    certificates.map(({ der }) => certificatePem(der)),
  ).catch(
    // It is there already, or it is a convenience that this disk does not allow: the identity itself is good.
    () => {},
  );
  return { signer, certificateFile, isNew };
}

function configurationFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const folder = userFolder(environment, 'XDG_CONFIG_HOME', '.config');
  if (folder !== undefined) return folder;
  throw unusable(
    'there is no folder for a signing identity: neither XDG_CONFIG_HOME nor HOME names one by its whole path',
  );
}

/** The bytes of a file that only its owner can read; undefined where there is none. */
async function readOwnFile(file: string): Promise<Uint8Array | undefined> {
  try {
    const handle = await openGivenFile(file);
    try {
      const status = await handle.stat();
      const isOwn = process.getuid === undefined || status.uid === process.getuid();
      if (!status.isFile() || status.size > MAX_FILE_LENGTH || !isOwn)
        throw unusable(`signing identity ${file} is not a file of yours`);
      if (process.platform !== 'win32' && (status.mode & OTHERS) !== 0) {
        throw new TrailVerifyError(
          'CONFIGURATION',
          `signing identity ${file} can be read or written by others`,
          {
            hint: 'if nobody had it, chmod 600 it; otherwise remove it, and a new one is made',
          },
        );
      }
      return await readHandle(handle, MAX_FILE_LENGTH);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (error instanceof TrailVerifyError) throw error;
    throw unusable(`signing identity ${file} cannot be read: ${messageOf(error)}`);
  }
}

async function makeIdentity(folder: string, file: string, now: number): Promise<void> {
  await makeFolder(folder, 0o700).catch((cause: unknown) => {
    throw unusable(`folder ${folder} cannot be made: ${messageOf(cause)}`);
  });
  const key = makePrivateKey('rsa-3072');
  // A host name may hold characters that a name's grammar reserves.
  const host =
    hostname()
      .replace(/[^A-Za-z0-9.-]/g, '-')
      .slice(0, 40) || 'this machine';
  const validity = { notBefore: now - MARGIN, notAfter: now + TEN_YEARS };
  const der = await selfSignedCertificate(bareSigner(key), parseName(`CN=trail-verify on ${host}`), validity);
  await writeNewFile(file, [privateKeyPem(key), certificatePem(der)], 'owner').catch((error: unknown) => {
    // Another run was faster: its identity counts.
    const { cause } = error instanceof Error ? error : {};
    if (errorCode(cause) !== 'EEXIST') throw error;
  });
}

function unusable(message: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, {
    hint: 'give a key with --sign-key and --sign-cert (trail-verify keygen makes them), or --no-sign',
  });
}
