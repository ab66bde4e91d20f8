import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { proxyName, readNetwork, wayTo } from '../../src/aws/network/network.ts';
import { certificatePem } from '../../src/pki/certificate.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testParty } from '../support/test-certificates.ts';

const nothing = async () => undefined;
const read = (environment: NodeJS.ProcessEnv, bundle?: string) =>
  readNetwork(async () => bundle, environment);

async function proxyOf(environment: NodeJS.ProcessEnv, url: string): Promise<string | undefined> {
  return wayTo(await read(environment), new URL(url))?.proxy;
}

test('proxies by the protocol of the server, lower case before upper case', async () => {
  const both = { HTTPS_PROXY: 'http://one:3128', HTTP_PROXY: 'two:3129' };
  expect(await proxyOf(both, 'https://s3.amazonaws.com')).toBe('http://one:3128/');
  expect(await proxyOf(both, 'http://127.0.0.1:9000')).toBe('http://two:3129/');
  expect(await proxyOf({ HTTP_PROXY: 'http://two' }, 'https://s3.amazonaws.com')).toBeUndefined();
  expect(await proxyOf({ ...both, https_proxy: 'https://three' }, 'https://x.example')).toBe(
    'https://three/',
  );
  expect(await proxyOf({ ...both, https_proxy: '' }, 'https://x.example')).toBe('http://one:3128/');
  expect(await proxyOf({}, 'https://x.example')).toBeUndefined();
  expect(proxyName('http://user:secret@one:3128/')).toBe('http://one:3128');
});

test.each([
  ['example.com', 'https://example.com', true],
  ['example.com', 'https://s3.example.com', true],
  ['.example.com', 'https://S3.Example.com', true],
  ['*.example.com', 'https://s3.example.com', true],
  ['example.com', 'https://badexample.com', false],
  ['other, example.com', 'https://example.com:8443', true],
  ['example.com:443', 'https://example.com', true],
  ['example.com:443', 'https://example.com:8443', false],
  ['127.0.0.1', 'http://127.0.0.1:9000', true],
  ['127.0.0.1:9001', 'http://127.0.0.1:9000', false],
  ['0.1', 'http://127.0.0.1:9000', false],
  ['10.0.0.0/8', 'http://10.20.30.40', true],
  ['10.0.0.0/8', 'http://11.20.30.40', false],
  ['10.0.0.0/99', 'http://10.20.30.40', false],
  ['10.0.0.0/8', 'http://ten.example', false],
  ['::1', 'http://[::1]:9000', true],
  ['[::1]:9000', 'http://[::1]:9000', true],
  ['fd00::/8', 'http://[fd00::7]', true],
  ['*', 'https://anything.example', true],
  ['.', 'https://anything.example', false],
])('NO_PROXY=%s for %s: %s', async (entries, url, direct) => {
  const environment = { HTTPS_PROXY: 'http://proxy', HTTP_PROXY: 'http://proxy', NO_PROXY: entries };
  expect((await proxyOf(environment, url)) === undefined).toBe(direct);
});

test.each([
  'http://',
  'http://user:pass word@',
  'http://secret@host:99999',
  'http://a%zz:secret@host',
  'socks5://secret@host',
])('a proxy that is none, %s, is refused without its text', async (text) => {
  for (const name of ['HTTPS_PROXY', 'http_proxy']) {
    const refused = read({ [name]: text });
    await expect(refused).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(name),
    });
    await expect(refused).rejects.not.toThrow(/secret|pass word/);
  }
});

test('authorities of the environment, else of the profile, for servers over TLS alone', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'ca.pem');
  const pem = certificatePem(testParty({ name: 'CN=TEST KEY authority', isAuthority: true }).certificate.der);
  writeFileSync(
    file,
    `# a comment\n${pem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${pem}`,
  );
  for (const network of [await read({ AWS_CA_BUNDLE: file }, '/nowhere'), await read({}, file)]) {
    expect(network.authorities?.pem.match(/BEGIN/g)).toHaveLength(2);
    expect(wayTo(network, new URL('https://x.example'))).toMatchObject({ proxy: undefined });
    expect(wayTo(network, new URL('http://x.example'))).toBeUndefined();
  }
  expect((await read({ AWS_CA_BUNDLE: '' }, file)).authorities?.source).toBe('ca_bundle');
  expect((await readNetwork(nothing, {})).authorities).toBeUndefined();
  writeFileSync(path.join(folder, 'empty.pem'), 'no certificate');
  for (const [name, why] of [
    ['empty.pem', /holds no certificate/],
    ['absent.pem', /cannot be read: ENOENT/],
    ['.', /is no regular file/],
  ] as const) {
    const refused = read({ AWS_CA_BUNDLE: path.join(folder, name) });
    await expect(refused).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringMatching(why),
    });
  }
  await expect(read({}, folder)).rejects.toThrow('the file of ca_bundle');
});
