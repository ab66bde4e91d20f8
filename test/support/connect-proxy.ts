/** A proxy for tests: it opens tunnels (CONNECT), passes on requests that name their whole URL, and counts both. */
import { createServer, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** How a test proxy behaves. */
export interface TestProxyOptions {
  /** It asks for these (Basic). */
  readonly user?: string;
  readonly password?: string;
  /** It answers each request with this status, and opens nothing. */
  readonly refuse?: number;
  /** It takes requests and answers none. */
  readonly silent?: boolean;
}

/** A running proxy. */
export interface TestProxy {
  /** Such as `http://127.0.0.1:41234`, with user and password where it asks for them. */
  readonly url: string;
  /** The same without user and password. */
  readonly name: string;
  /** Servers that tunnels were opened to, as `host:port`, in that order. */
  readonly tunnels: string[];
  /** Whole URLs of the requests that were passed on. */
  readonly passed: string[];
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const tunnels: string[] = [];
  const passed: string[] = [];
  const open = new Set<Socket>();
  const statusFor = ({ headers }: IncomingMessage): number => {
    if (options.refuse !== undefined) return options.refuse;
    if (options.user === undefined) return 200;
    const pair = Buffer.from(`${options.user}:${options.password ?? ''}`).toString('base64');
    return headers['proxy-authorization'] === `Basic ${pair}` ? 200 : 407;
  };
  const server = createServer((incoming, answer) => {
    if (options.silent === true) return;
    const status = statusFor(incoming);
    if (status !== 200) {
      answer.writeHead(status).end('no');
      return;
    }
    passed.push(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const sent = request(incoming.url ?? '', { method: incoming.method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    sent.on('error', () => answer.writeHead(502).end());
    incoming.pipe(sent);
  });
  server.on('connect', (incoming, client: Socket, head) => {
    open.add(client);
    client.on('error', () => {});
    if (options.silent === true) return;
    const status = statusFor(incoming);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const place = new URL(`http://${incoming.url}`);
    tunnels.push(incoming.url ?? '');
    const target = connect(Number(place.port || 80), place.hostname.replace(/^\[(.*)\]$/, '$1'), () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(client);
      client.pipe(target);
    });
    open.add(target);
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { user, password = '' } = options;
  const pair = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  return {
    url: `http://${pair}127.0.0.1:${port}`,
    name: `http://127.0.0.1:${port}`,
    tunnels,
    passed,
    close: () =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
        for (const socket of open) socket.destroy();
      }),
  };
}
