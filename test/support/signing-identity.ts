import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { certificatePem, parseName } from '../../src/pki/certificate.ts';
import { bareSigner, makePrivateKey, privateKeyPem, selfSignedCertificate } from '../../src/pki/keys.ts';
import { TEST_VALIDITY } from './test-certificates.ts';

let made: Promise<string> | undefined;

/** A configuration folder (XDG_CONFIG_HOME) with a signing identity in it, one for the whole process, removed at its end. */
export function identityFolder(): Promise<string> {
  made ??= makeFolder();
  return made;
}

async function makeFolder(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-identity-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const key = makePrivateKey('ecdsa-p256');
  const der = await selfSignedCertificate(bareSigner(key), parseName('CN=test identity'), TEST_VALIDITY);
  const own = path.join(folder, 'trail-verify');
  mkdirSync(own, { mode: 0o700 });
  writeFileSync(path.join(own, 'identity.pem'), privateKeyPem(key) + certificatePem(der), { mode: 0o600 });
  writeFileSync(path.join(own, 'certificate.pem'), certificatePem(der));
  return folder;
}
