/**
 * Connections to servers on a way that is not the plain one. To a server over TLS a proxy opens a tunnel (CONNECT; RFC 9110, 9.3.6), in
 * which TLS is spoken with the server itself: the proxy sees its name and no more. To a server without TLS the proxy passes on requests
 * that name their whole URL (RFC 9112, 3.2.2).
 *
 * Packages that do this hand over a proxy's refusal as the server's own answer. Here it never is one: a 404 of a proxy would be a
 * missing object.
 */

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type SecureContext } from 'node:tls';
import { timeoutError } from '../failure.ts';
import { proxyName, type Way } from './network.ts';
import { ProxyError } from './network-failure.ts';

/** The server that a connection is for. */
export interface ServerPlace {
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
}

/** How a request is written for a proxy that passes it on. */
export interface PassedOn {
  /** The text before the path. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How requests to the server of a URL are written; undefined where they are as they would be without a proxy. */
export function passedOn({ proxy }: Way, url: URL): PassedOn | undefined {
  return proxy === undefined || url.protocol === 'https:'
    ? undefined
    : { origin: url.origin, headers: authorization(new URL(proxy)) };
}

/** An agent of node:http for requests on that way to servers over TLS, or to others. */
export function agentFor(way: Way, secure: boolean, connections: number, connectMs: number): http.Agent {
  const settings = { keepAlive: true, maxSockets: connections };
  const create: http.Agent['createConnection'] = ({ host, port }, callback) => {
    const server = { hostname: host ?? '', port: Number(port ?? (secure ? 443 : 80)), secure };
    openConnection(way, server, connectMs).then(
      (socket) => callback?.(null, socket),
      // Typed as if there were always a socket.
      (error: Error) => (callback as ((error: Error) => void) | undefined)?.(error),
    );
    return undefined;
  };
  return Object.assign(secure ? new https.Agent(settings) : new http.Agent(settings), {
    createConnection: create,
  });
}

/** As undici asks for a connection. */
interface Wanted {
  readonly hostname: string;
  readonly port: string;
  readonly protocol: string;
}

/** A connector for a pool of undici. */
export function connectorFor(
  way: Way,
  connectMs: number,
): (wanted: Wanted, callback: (...outcome: [null, Socket] | [Error, null]) => void) => void {
  return ({ hostname, port, protocol }, callback) => {
    const secure = protocol === 'https:';
    const place = {
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      secure,
    };
    openConnection(way, place, connectMs).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
}

/** A connection that is ready for a request. Rejects with the network's error, or with ProxyError where the proxy is the reason. */
export async function openConnection(way: Way, server: ServerPlace, connectMs: number): Promise<Socket> {
  const { proxy, authorities } = way;
  const context = authorities === undefined ? undefined : contextOf(authorities);
  if (proxy === undefined) return opened(server, undefined, context, connectMs);
  const url = new URL(proxy);
  const begun = performance.now();
  const raw = await openProxy(url, context, connectMs);
  if (!server.secure) return raw;
  const left = (): number => Math.max(1, connectMs - (performance.now() - begun));
  return opened(server, await openTunnel(url, raw, server, left()), context, left());
}

async function openProxy(url: URL, context: SecureContext | undefined, connectMs: number): Promise<Socket> {
  const secure = url.protocol === 'https:';
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const place = { hostname, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), secure };
  try {
    return await opened(place, undefined, context, connectMs);
  } catch (error) {
    throw new ProxyError(`the proxy ${proxyName(url.href)} cannot be reached: ${wordsOf(error)}`, error);
  }
}

/** A connection to a server, over another one where that is given. */
function opened(
  { hostname, port, secure }: ServerPlace,
  over: Duplex | undefined,
  secureContext: SecureContext | undefined,
  connectMs: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const name = isIP(hostname) === 0 ? { servername: hostname } : {};
    const socket = secure
      ? tls.connect({
          host: hostname,
          port,
          ALPNProtocols: ['http/1.1'],
          ...name,
          ...(secureContext === undefined ? {} : { secureContext }),
          ...(over === undefined ? {} : { socket: over }),
        })
      : connectPlain({ host: hostname, port });
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    // Nobody listens between this and the first request.
    socket.on('error', () => {});
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(timeoutError('no connection came about in time')), connectMs);
    socket.once('error', fail);
    const closed = (): void => fail(reset('the connection was closed before it came about'));
    socket.once('close', closed);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('close', closed);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** Asks the proxy for a tunnel to the server, on a connection to it. */
function openTunnel(proxy: URL, socket: Socket, server: ServerPlace, mostMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const host = isIP(server.hostname) === 6 ? `[${server.hostname}]` : server.hostname;
    const place = `${host}:${server.port}`;
    const name = proxyName(proxy.href);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      const words = `the proxy ${name} opened no connection to ${place} within ${Math.ceil(mostMs)} ms`;
      fail(new ProxyError(words, timeoutError(words)));
    }, mostMs);
    const request = http.request({
      method: 'CONNECT',
      path: place,
      headers: { host: place, ...authorization(proxy) },
      createConnection: () => socket,
    });
    request.once('error', (error) =>
      fail(new ProxyError(`the proxy ${name} does not answer as one: ${wordsOf(error)}`, error)),
    );
    const refuse = (status: number): void => fail(refused(name, place, status));
    request.once('response', (answer) => refuse(answer.statusCode ?? 0));
    request.once('connect', ({ statusCode = 0 }, tunnel, head) => {
      if (statusCode < 200 || statusCode > 299) return refuse(statusCode);
      // A server over TLS says nothing before it is spoken to.
      if (head.length > 0) return fail(new ProxyError(`the proxy ${name} does not answer as one`, undefined));
      clearTimeout(timer);
      resolve(tunnel);
    });
    request.end();
  });
}

function refused(name: string, place: string, status: number): ProxyError {
  const words =
    status === 407
      ? `the proxy ${name} asks for a user and a password, or refuses those that it was given (407)`
      : `the proxy ${name} opens no connection to ${place}: it answered ${status}`;
  // A gateway that finds no server, or is overloaded, may find it later.
  return new ProxyError(words, status >= 500 ? reset(words) : undefined, status);
}

/** The error of a request that a proxy does not pass on; undefined for any other answer. */
export function refusedByProxy({ proxy }: Way, status: number): ProxyError | undefined {
  return proxy !== undefined && status === 407 ? refused(proxyName(proxy), '', status) : undefined;
}

/** Basic is the one scheme that needs nothing but user and password (RFC 7617). */
function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

let known: { readonly authorities: string; readonly context: SecureContext } | undefined;

/** Node's own authorities and these. It takes some thirty milliseconds, so it is made once in a thread. */
function contextOf(authorities: string): SecureContext {
  if (known?.authorities === authorities) return known.context;
  const context = tls.createSecureContext({ ca: [...ownAuthorities(), authorities] });
  known = { authorities, context };
  return context;
}

/** The authorities that Node.js trusts by itself, and those of NODE_EXTRA_CA_CERTS. */
function ownAuthorities(): readonly string[] {
  // From Node 22.15 on, with those of the system where Node was started so.
  const { getCACertificates } = tls as { getCACertificates?: (kind: 'default') => readonly string[] };
  if (getCACertificates !== undefined) return getCACertificates('default');
  return [...tls.rootCertificates, ...extraAuthorities()];
}

function extraAuthorities(): readonly string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS ?? '';
  try {
    return file === '' ? [] : [readFileSync(file, 'latin1')];
  } catch {
    // Node itself has warned of it, and goes on without.
    return [];
  }
}

function wordsOf(error: unknown): string {
  // Of several addresses none could be reached: each has its own error.
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return one instanceof Error ? one.message || one.name : String(one);
}

function reset(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
