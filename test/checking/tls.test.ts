import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { useAws } from '../aws/aws-fixture.ts';
import { startTestProxy } from '../support/connect-proxy.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { privateAuthority, tlsFront } from '../support/private-authority.ts';

/** Threads have connections of their own: they must trust and mistrust as the thread that asks does. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const aws = useAws();

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
  const own = Object.entries(process.env).filter(([name]) => !/_proxy$|_CA_(?:BUNDLE|CERTS)$/i.test(name));
  const env = { ...Object.fromEntries(own), ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return JSON.parse(stdout);
}

/** A server over TLS with four hours of a trail, twenty log files each. */
async function trailOverTls() {
  const { store, trail } = auditTrail();
  trail.hours(4, { logs: 20 });
  const { now } = scenarioOf(store, trail);
  const plain = await aws.start({ store });
  const authority = privateAuthority();
  return { now, plain, authority, front: await tlsFront(plain.url, authority) };
}

const isLog = (path: string): boolean => /CloudTrail\/.*json\.gz/.test(path);
const WHOLE = { verdict: 'VALID', valid: 80, together: 80 };

describe.skipIf(opensslAbsence() !== undefined)('over TLS', () => {
  test('threads read with the certificates that the process trusts, and none without', async () => {
    const { now, authority, front } = await trailOverTls();
    expect(await verify(front.url, now, {})).toMatchObject({
      message: expect.stringMatching(/certificate/i),
    });
    expect(front.asked).toEqual([]);
    const trusting = await verify(front.url, now, { NODE_EXTRA_CA_CERTS: authority.file });
    expect(trusting).toEqual(WHOLE);
    expect(front.asked.filter(isLog)).toHaveLength(80);
  }, 180_000);

  test('threads read through the proxy, with the authorities of AWS_CA_BUNDLE', async () => {
    const { now, authority, front } = await trailOverTls();
    const proxy = await startTestProxy({ user: 'us:er', password: 'p@ss/word' });
    onTestFinished(() => proxy.close());
    const environment = { AWS_CA_BUNDLE: authority.file, HTTPS_PROXY: proxy.url };
    expect(await verify(front.url, now, environment)).toEqual(WHOLE);
    expect(front.asked.filter(isLog)).toHaveLength(80);
    const { host } = new URL(front.url);
    expect(new Set(proxy.tunnels)).toEqual(new Set([host]));
    // The thread that asks has two kinds of connections, and each of the two threads has its own.
    expect(proxy.tunnels.length).toBeGreaterThan(2);
    const before = proxy.tunnels.length;
    expect(await verify(front.url, now, { ...environment, no_proxy: '127.0.0.0/8' })).toEqual(WHOLE);
    expect(proxy.tunnels).toHaveLength(before);
  }, 180_000);

  test('threads read through a proxy that passes on what is without TLS', async () => {
    const { now, plain } = await trailOverTls();
    const proxy = await startTestProxy({ user: 'user', password: '' });
    onTestFinished(() => proxy.close());
    expect(await verify(plain.url, now, { http_proxy: proxy.url })).toEqual(WHOLE);
    expect(proxy.passed.filter(isLog)).toHaveLength(80);
    expect(proxy.passed).toHaveLength(plain.requests.length);
  }, 180_000);
});
