import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach } from 'vitest';

/** What a server does with a request. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** A server, and which programs have asked it. */
export interface AnsweringServer {
  readonly url: string;
  readonly agents: string[];
}

/**
 * Starts servers that answer as they are told, but for the look for a bucket's Region, which finds it; they end with the
 * test.
 */
export function useServer(): (handle: Handle) => Promise<AnsweringServer> {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  return async (handle) => {
    const agents: string[] = [];
    const server = createServer((request, response) => {
      if (request.method === 'HEAD') return response.end();
      agents.push(request.headers['user-agent'] ?? '');
      return handle(request, response);
    });
    closing.push(() => {
      server.close();
      server.closeAllConnections();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    return { url: `http://127.0.0.1:${address.port}`, agents };
  };
}

/** Whether a request came by the lean way. */
export function isLean(agent: string): boolean {
  return agent.startsWith('trail-verify/');
}
