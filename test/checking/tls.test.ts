import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { useAws } from '../aws/aws-fixture.ts';
import { openssl, opensslAbsence } from '../support/openssl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Threads have connections of their own: they must trust and mistrust as the thread that asks does. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const aws = useAws();
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A test certificate of 127.0.0.1 that nobody but its own file vouches for. */
function certificate(): { readonly folder: string; readonly file: string } {
  const folder = temporaryFolder();
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'test.key'];
  const { code, text } = openssl(folder, [
    'req',
    '-x509',
    ...key,
    '-out',
    'test.pem',
    '-days',
    '7000',
    ...subject,
  ]);
  if (code !== 0) throw new Error(text);
  return { folder, file: join(folder, 'test.pem') };
}

/** A server that speaks TLS in front of another; counts the log files that were asked for, by connection. */
async function inFrontOf(url: string, folder: string): Promise<{ url: string; sockets: Set<unknown> }> {
  const sockets = new Set<unknown>();
  const server = createServer(
    { key: readFileSync(join(folder, 'test.key')), cert: readFileSync(join(folder, 'test.pem')) },
    (incoming, answer) => {
      if (/CloudTrail\/.*json\.gz/.test(incoming.url ?? '')) sockets.add(incoming.socket);
      const { method, headers } = incoming;
      const passed = request(new URL(incoming.url ?? '', url), { method, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 500, reply.headers);
        reply.pipe(answer);
      });
      incoming.pipe(passed);
    },
  );
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `https://127.0.0.1:${address.port}`, sockets };
}

/** Verifies in a process of its own, whose certificates are those of `environment`. */
async function verify(url: string, now: number, environment: Record<string, string>) {
  const program = `
    const { readFileSync } = await import('node:fs');
    const { fixedClock, fixedKeyRing, openAwsSession, openChecker, openS3, readKeyFile, verifyTrail } = await import('./src/index.ts');
    const keys = readKeyFile(readFileSync('fixtures/keys/public-keys.jsonl'), 'keys');
    const checker = openChecker({ threads: 2, after: 0 });
    let together = 0;
    try {
      const { verdict, totals } = await verifyTrail({
        source: openS3(openAwsSession({ endpointUrl: ${JSON.stringify(url)}, maxAttempts: 1 })),
        checker, keyRing: fixedKeyRing(keys), clock: fixedClock(${now}),
        targets: [{ bucket: 'example-trail-logs', prefix: '' }],
      }, (event) => { if (event.type === 'logs') together += event.count; });
      console.log(JSON.stringify({ verdict, valid: totals.logs.valid, together }));
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }
    await checker.close();
  `;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return JSON.parse(stdout);
}

describe.skipIf(opensslAbsence() !== undefined)('over TLS', () => {
  test('threads read with the certificates that the process trusts, and none without', async () => {
    const { store, trail } = auditTrail();
    trail.hours(4, { logs: 20 });
    const { now } = scenarioOf(store, trail);
    const plain = await aws.start({ store });
    const { folder, file } = certificate();
    const { url, sockets } = await inFrontOf(plain.url, folder);
    expect(await verify(url, now, {})).toMatchObject({ message: expect.stringMatching(/certificate/i) });
    expect(sockets.size).toBe(0);
    const trusting = await verify(url, now, { NODE_EXTRA_CA_CERTS: file });
    expect(trusting).toEqual({ verdict: 'VALID', valid: 80, together: 80 });
    expect(sockets.size).toBeGreaterThan(0);
  }, 60_000);
});
