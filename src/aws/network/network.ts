/**
 * How servers are reached from this machine: the proxies and the certificate authorities that its environment names.
 *
 *     HTTPS_PROXY=http://user:password@proxy.example.com:3128      for servers over TLS: a tunnel through the proxy
 *     HTTP_PROXY=http://proxy.example.com:3128                     for servers without TLS: the proxy passes requests on
 *     NO_PROXY=.internal.example.com,10.0.0.0/8,minio:9000         reached without a proxy
 *     AWS_CA_BUNDLE=/etc/company-ca.pem                            trusted besides the authorities that Node.js trusts
 *
 * All of it is plain data, so that threads read by it as well. A proxy may cost a user and a password: they are in no message.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { TrailVerifyError } from '../../base/errors.ts';

/** The proxies and authorities that are set. */
export interface Network {
  /** URLs with user and password, by the protocol of the servers that they are for. */
  readonly proxies: Readonly<Partial<Record<string, string>>>;
  /** The hosts that are reached without a proxy: the entries of NO_PROXY. */
  readonly direct: readonly string[];
  readonly authorities: Authorities | undefined;
}

/** The certificates of a file that is trusted for all servers, besides those that Node.js trusts. */
export interface Authorities {
  readonly file: string;
  readonly source: AuthoritySource;
  /** Certificates as PEM, one behind the other. */
  readonly pem: string;
}

/** Where a file of authorities was named: in the environment, or in a profile of the shared configuration. */
export type AuthoritySource = 'AWS_CA_BUNDLE' | 'ca_bundle';

/** How one server is reached where that is not the plain way; at least one is set. */
export interface Way {
  /** The URL of the proxy, with user and password. */
  readonly proxy: string | undefined;
  /** Certificates as PEM that are trusted besides those that Node.js trusts. */
  readonly authorities: string | undefined;
}

/** Some 150 authorities are 250 kB. */
const MOST_AUTHORITIES = 8 * 1024 * 1024;
const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/**
 * The proxies and authorities of the environment; `profileBundle` finds the `ca_bundle` of the profile, and is only asked where the
 * environment names none. Throws CONFIGURATION where a proxy or a file is none that can be used.
 */
export async function readNetwork(
  profileBundle: () => Promise<string | undefined>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Network> {
  const proxies: Record<string, string> = {};
  for (const protocol of ['http', 'https'] as const) {
    const [name, text] = variable(environment, `${protocol}_proxy`);
    if (text !== '') proxies[`${protocol}:`] = proxyUrl(name, text);
  }
  const [, noProxy] = variable(environment, 'no_proxy');
  const direct = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  const ofEnvironment = environment.AWS_CA_BUNDLE ?? '';
  const file = ofEnvironment === '' ? ((await profileBundle()) ?? '') : ofEnvironment;
  if (file === '') return { proxies, direct, authorities: undefined };
  const source = ofEnvironment === '' ? 'ca_bundle' : 'AWS_CA_BUNDLE';
  return { proxies, direct, authorities: { file, source, pem: await readAuthorities(source, file) } };
}

/** The way to the server of a URL; undefined for the plain one. */
export function wayTo({ proxies, direct, authorities }: Network, url: URL): Way | undefined {
  const proxy = isDirect(direct, url) ? undefined : proxies[url.protocol];
  const isSecure = url.protocol === 'https:' || proxy?.startsWith('https:') === true;
  const pem = isSecure ? authorities?.pem : undefined;
  return proxy === undefined && pem === undefined ? undefined : { proxy, authorities: pem };
}

/** A proxy as messages name it: without user and password. */
export function proxyName(proxy: string): string {
  return new URL(proxy).origin;
}

/** A variable of the environment; where both forms of its name are set, the lower-case one counts, as it does for curl. */
function variable(environment: NodeJS.ProcessEnv, name: string): readonly [name: string, text: string] {
  const lower = environment[name]?.trim() ?? '';
  const upperName = name.toUpperCase();
  return lower === '' ? [upperName, environment[upperName]?.trim() ?? ''] : [name, lower];
}

/** The URL of a proxy. The text itself is in no message: there may be a password in it. */
function proxyUrl(name: string, text: string): string {
  // Without a scheme it is http, as for the AWS CLI.
  const whole = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || url.hostname === '' || !isDecodable(url)) {
    throw wrongProxy(`${name} is not the URL of a proxy`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const kind = url.protocol.slice(0, 20);
    throw wrongProxy(`${name} names a proxy of a kind that is not supported: ${JSON.stringify(kind)}`);
  }
  return url.href;
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}

function wrongProxy(message: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, {
    hint: 'for example http://proxy.example.com:3128; a user and a password in it are percent-encoded',
  });
}

async function readAuthorities(source: AuthoritySource, file: string): Promise<string> {
  let text: string;
  try {
    text = await readBounded(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw wrongAuthorities(`the file of ${source} cannot be read: ${why}`, cause);
  }
  const certificates = text.match(CERTIFICATE) ?? [];
  const readable: string[] = [];
  if (certificates.length > 0) {
    const { X509Certificate } = await import('node:crypto');
    for (const certificate of certificates) {
      try {
        readable.push(new X509Certificate(certificate).toString());
      } catch {
        // One that cannot be read is left out; the others still count.
      }
    }
  }
  if (readable.length > 0) return readable.join('');
  throw wrongAuthorities(`the file of ${source} holds no certificate: ${file}`);
}

/** A pipe or a device would hold the run. */
async function readBounded(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`${file} is no regular file`);
    if (stats.size > MOST_AUTHORITIES) throw new Error(`${file} has more than ${MOST_AUTHORITIES} bytes`);
    const bytes = Buffer.alloc(stats.size);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function wrongAuthorities(message: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, {
    hint: 'name a file of certificates as PEM (-----BEGIN CERTIFICATE-----)',
    cause,
  });
}

/**
 * Whether NO_PROXY names the server: by its host or a domain above it, with or without a dot at the beginning; by an address or a
 * block of addresses; all of these with a port, if at all; or by `*`.
 */
function isDirect(entries: readonly string[], url: URL): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return entries.some((entry) => {
    if (entry === '*') return true;
    const { name, port: only } = splitEntry(entry);
    if (only !== undefined && only !== port) return false;
    if (name.includes('/')) return isInBlock(name, host);
    if (isIP(host) !== 0) return isSameAddress(name, host);
    const domain = name.replace(/^\*?\./, '');
    return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
  });
}

/** `[::1]:443`, `host:443` and the same without a port; an address of IPv6 without brackets has none. */
function splitEntry(entry: string): { readonly name: string; readonly port: string | undefined } {
  const [, inBrackets, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  return { name: inBrackets ?? plain ?? entry, port };
}

function isSameAddress(name: string, host: string): boolean {
  return isIP(name) === 0 ? false : blockOf(name, isIPv6(name) ? 128 : 32).check(host, familyOf(host));
}

function isInBlock(name: string, host: string): boolean {
  const [, address = '', digits = ''] = /^(.*)\/(\d{1,3})$/.exec(name) ?? [];
  const prefix = Number(digits);
  if (isIP(host) === 0 || isIP(address) === 0 || prefix > (isIPv6(address) ? 128 : 32)) return false;
  return blockOf(address, prefix).check(host, familyOf(host));
}

function blockOf(address: string, prefix: number): BlockList {
  const block = new BlockList();
  block.addSubnet(address, prefix, familyOf(address));
  return block;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
