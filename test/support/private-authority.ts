/** An authority of nobody's for tests, a certificate of 127.0.0.1 by it, and servers that speak TLS with that in front of others. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { openssl } from './openssl.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The files of a private authority, made for one test: its certificate, and key and certificate of 127.0.0.1 and localhost. */
export interface PrivateAuthority {
  /** The authority's own certificate, PEM. */
  readonly file: string;
  readonly key: string;
  readonly certificate: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes a private authority whose certificates are valid from now on. Its keys are test keys, and go with the test. */
export function privateAuthority(): PrivateAuthority {
  const folder = temporaryFolder();
  const run = (...args: readonly string[]): void => {
    const { code, text } = openssl(folder, args);
    if (code !== 0) throw new Error(text);
  };
  const authority = ['-subj', '/O=TEST KEY/CN=Test authority', '-days', '7000'];
  run('req', '-x509', ...CURVE, '-keyout', 'test-ca.key', '-out', 'test-ca.pem', ...authority);
  run(
    'req',
    '-new',
    ...CURVE,
    '-keyout',
    'test.key',
    '-out',
    'test.csr',
    '-subj',
    '/O=TEST KEY/CN=127.0.0.1',
  );
  writeFileSync(path.join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const signer = ['-CA', 'test-ca.pem', '-CAkey', 'test-ca.key', '-CAcreateserial'];
  run('x509', '-req', '-in', 'test.csr', ...signer, '-out', 'test.pem', '-days', '7000', '-extfile', 'names');
  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
  return { file: path.join(folder, 'test-ca.pem'), key: read('test.key'), certificate: read('test.pem') };
}

/** A server that speaks TLS in front of another until the current test ends; its URL, and what was asked of it. */
export async function tlsFront(
  url: string,
  { key, certificate }: PrivateAuthority,
): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer({ key, cert: certificate }, (incoming, answer) => {
    asked.push(incoming.url ?? '');
    const { method, headers } = incoming;
    const passed = request(new URL(incoming.url ?? '', url), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `https://127.0.0.1:${address.port}`, asked };
}
