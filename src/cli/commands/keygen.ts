import { createPublicKey } from 'node:crypto';
import { openKmsKey } from '../../aws/kms.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { certificatePem, parseName, pemText, readCertificate } from '../../pki/certificate.ts';
import {
  type BareSigner,
  bareSigner,
  certificateRequest,
  makePrivateKey,
  privateKeyPem,
  selfSignedCertificate,
} from '../../pki/keys.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { noteUnfinished, settle } from '../../source/unfinished.ts';
import { EXIT } from '../io/exit.ts';
import { openSession } from '../io/open-target.ts';
import { removeQuietly, writeNewFile } from '../io/output.ts';
import { askingAt, readPassphrase } from '../io/signing/secrets.ts';
import type { Terminal } from '../io/terminal.ts';
import type { KeygenSettings } from './keygen-options.ts';

const DAY = 86_400_000;
/** Clocks differ: a certificate must not be of the future for who uses it at once. */
const MARGIN = 300_000;
const SHORTEST_PASSPHRASE = 8;

/**
 * Makes a key and its self-signed certificate, or a certificate request; with a key of KMS the latter only. Files are
 * readable by their owner alone, and none that exists is replaced. Throws USAGE for a name that is none,
 * CONFIGURATION, OUTPUT_NOT_USABLE.
 */
export async function keygenCommand(settings: KeygenSettings, terminal: Terminal): Promise<number> {
  const subject = parseName(settings.subject);
  const { signer, keyPem } = await openKey(settings, terminal);
  const lines: string[] = [];
  const now = Date.now();
  const keyFile = `${settings.output}.key.pem`;
  if (keyPem !== undefined) {
    await writeNewFile(keyFile, [keyPem], 'owner');
    noteUnfinished(keyFile);
    const encrypted = settings.passphrase === undefined ? ', not encrypted' : ', encrypted';
    lines.push(`key          ${escapeTerminal(keyFile)} (${signer.alg}${encrypted})`);
  }
  try {
    if (settings.isRequest) {
      const file = `${settings.output}.csr.pem`;
      const request = await certificateRequest(signer, subject);
      await writeNewFile(file, [pemText('CERTIFICATE REQUEST', request)], 'owner');
      lines.push(`request      ${escapeTerminal(file)}: have an authority sign it`);
    } else {
      const file = `${settings.output}.cert.pem`;
      const validity = { notBefore: now - MARGIN, notAfter: now + settings.days * DAY };
      const der = await selfSignedCertificate(signer, subject, validity);
      await writeNewFile(file, [certificatePem(der)], 'owner');
      const { name, fingerprint } = readCertificate(der, 'the new certificate');
      lines.push(
        `certificate  ${escapeTerminal(file)} (${escapeTerminal(name)})`,
        `SHA-256      ${fingerprint}`,
      );
    }
  } catch (error) {
    // A key without its certificate would only be in the way of the next attempt.
    if (keyPem !== undefined) await removeQuietly(keyFile);
    throw error;
  } finally {
    settle(keyFile);
  }
  terminal.out.write(`${lines.join('\n')}\n`);
  return EXIT.valid;
}

async function openKey(
  settings: KeygenSettings,
  terminal: Terminal,
): Promise<{ readonly signer: BareSigner; readonly keyPem: string | undefined }> {
  if (settings.kmsArn !== undefined) {
    const key = await openKmsKey(
      openSession(askingAt(terminal, settings.access), undefined),
      settings.kmsArn,
    );
    const [alg = 'rsa-pkcs1-sha256'] = key.algorithms;
    const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'spki' });
    return { signer: { publicKey, alg, sign: (tbs) => key.sign(tbs, alg) }, keyPem: undefined };
  }
  const passphrase =
    settings.passphrase === undefined
      ? undefined
      : await readPassphrase(settings.passphrase, settings.output, terminal);
  if (passphrase !== undefined && passphrase.length < SHORTEST_PASSPHRASE) {
    throw new TrailVerifyError(
      'CONFIGURATION',
      `the passphrase is shorter than ${SHORTEST_PASSPHRASE} characters`,
      {
        hint: 'give a longer one',
      },
    );
  }
  const key = makePrivateKey(settings.keyKind);
  return { signer: bareSigner(key), keyPem: privateKeyPem(key, passphrase) };
}
