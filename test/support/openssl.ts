import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { certificatePem } from '../../src/pki/certificate.ts';
import { privateKeyPem } from '../../src/pki/keys.ts';
import type { TestParty } from './test-certificates.ts';

/** Why openssl cannot be used here; undefined where it can. */
export function opensslAbsence(): string | undefined {
  return spawnSync('openssl', ['version']).error?.message;
}

/** Runs openssl in `folder`; the exit code and everything it said. */
export function openssl(
  folder: string,
  args: readonly string[],
): { readonly code: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  return { code: status, text: stdout + stderr };
}

const CONFIGURATION = `[tsa]
default_tsa = tsa1
[tsa1]
serial = ./tsa-serial
crypto_device = builtin
signer_cert = ./tsa.pem
certs = ./tsa-root.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.55555.1.1
other_policies = 1.3.6.1.4.1.55555.1.2
digests = sha256, sha384, sha512
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

/** A timestamp authority: openssl ts behind an HTTP server. Its files go to `folder`, its root's certificate to tsa-root.pem there. */
export async function startTimestampAuthority(
  folder: string,
  { tsa, root }: { readonly tsa: TestParty; readonly root: TestParty },
): Promise<{ readonly url: string; close(): Promise<void> }> {
  writeFileSync(path.join(folder, 'tsa.cnf'), CONFIGURATION);
  writeFileSync(path.join(folder, 'tsa-serial'), '01\n');
  writeFileSync(path.join(folder, 'tsa.pem'), certificatePem(tsa.certificate.der));
  writeFileSync(path.join(folder, 'tsa.key'), privateKeyPem(tsa.key));
  writeFileSync(path.join(folder, 'tsa-root.pem'), certificatePem(root.certificate.der));
  const reply = [
    'ts',
    '-reply',
    '-config',
    'tsa.cnf',
    '-section',
    'tsa1',
    '-queryfile',
    'q.tsq',
    '-out',
    'r.tsr',
  ];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      writeFileSync(path.join(folder, 'q.tsq'), Buffer.concat(chunks));
      execFile('openssl', reply, { cwd: folder }, (error) => {
        if (error !== null) response.writeHead(500).end(error.message);
        else {
          response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
          response.end(readFileSync(path.join(folder, 'r.tsr')));
        }
      });
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((settle) => server.close(() => settle())),
  };
}
