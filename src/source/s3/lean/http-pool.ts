/**
 * GET over pooled keep-alive connections, bounded in size and time. Bodies are given as they were sent: nothing is
 * decompressed, no redirect is followed, nothing is tried twice.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';
import { type Patience, timeoutError } from '../../../aws/failure.ts';
import type { PassedOn } from '../../../aws/network/connections.ts';
import type { Way } from '../../../aws/network/network.ts';
import { BodyClock, IncompleteBodyError, OBJECT_TIMES, OTHER_TIMES } from '../retry.ts';

/** The beginning of an answer. */
export interface AnswerHead {
  readonly status: number;
  /** By lower-case name; values are Latin-1, as node:http gives them. */
  readonly headers: IncomingHttpHeaders;
}

/** An answer with its body; `bytes` of an announced length have a memory of their own. */
export interface Answer extends AnswerHead {
  readonly bytes: Buffer;
}

/** How much of a body is taken: all of an announced length, or what there is `upTo` a bound. */
export type BodyRoom = ({ readonly length: number } | { readonly upTo: number }) & {
  /** An object may be large, and has more time. */
  readonly isObject?: true | undefined;
};

/** One request. `path` goes out as it is, query included. */
export interface GetRequest {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Called before a body is held, which waits meanwhile; an error that it throws ends the request. */
  readonly admit: (head: AnswerHead) => Promise<BodyRoom>;
}

/** Bounds of all requests; times in milliseconds. */
export interface PoolLimits {
  readonly connections: number;
  readonly connectMs: number;
  /** How long a server may take to the end of its headers, and between two pieces of a body. */
  readonly idleMs: number;
  /** How long a server is still waited for; without it, always as long. */
  readonly patienceOf?: ((origin: string) => Patience) | undefined;
  /** The ways to servers that are not the plain ones; without it, all are plain. */
  readonly wayTo?: ((url: URL) => Promise<Way | undefined>) | undefined;
}

/** Connections to any number of servers, opened when needed; idle ones close by themselves and hold no process up. */
export interface HttpPool {
  /**
   * One answer with any status. Rejects with IncompleteBodyError for a body that does not arrive whole, else with the network's
   * own error; one named TimeoutError where nothing came in time, and NoAnswerError for a server that is not asked any more.
   */
  get(request: GetRequest): Promise<Answer>;
}

/** A pool without connections. */
export function httpPool(limits: PoolLimits): HttpPool {
  const pools = new Map<string, Promise<OpenedPool>>();
  const poolOf = (origin: string): Promise<OpenedPool> => {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const opened = limits.wayTo?.(new URL(origin)) ?? Promise.resolve(undefined);
    const pool = opened.then((way) => openPool(origin, limits, way));
    pools.set(origin, pool);
    return pool;
  };
  return {
    get: async (request) => {
      const { pool, passed, refused } = await poolOf(request.origin);
      const patience = limits.patienceOf?.(request.origin);
      const idleMs = patience?.begin() ?? limits.idleMs;
      try {
        const answer = await new Promise<Answer>((resolve, reject) => {
          const exchange = new Exchange(request, idleMs, resolve, reject);
          const { path, headers } = passed === undefined ? request : writtenFor(passed, request);
          pool.dispatch({ method: 'GET', path, headers }, exchange);
        });
        patience?.answered();
        const refusal = refused?.(answer.status);
        if (refusal !== undefined) throw refusal;
        return answer;
      } catch (error) {
        if (isLate(error)) patience?.unanswered();
        throw error;
      }
    },
  };
}

/** Whether time ran out. */
function isLate(error: unknown): boolean {
  return error instanceof IncompleteBodyError
    ? error.isLate
    : error instanceof Error && error.name === 'TimeoutError';
}

/** Connections to one server, and how requests for it are written where a proxy passes them on. */
export interface OpenedPool {
  readonly pool: Pool;
  readonly passed?: PassedOn | undefined;
  readonly refused?: ((status: number) => Error | undefined) | undefined;
}

/** Opens a pool for one server, on the way to it where that is not the plain one. */
export async function openPool(
  origin: string,
  { connections, connectMs }: Pick<PoolLimits, 'connections' | 'connectMs'>,
  way: Way | undefined,
): Promise<OpenedPool> {
  // Loaded when first needed, and nothing else of undici: all of it takes as long as some hundred reads.
  const { default: Pool } = await import('undici/lib/dispatcher/pool.js');
  // The timers here are exact to the millisecond; undici's own are not, and they would run while a body waits.
  const settings = { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 };
  if (way === undefined) return { pool: new Pool(origin, { ...settings, connect: { timeout: connectMs } }) };
  const { connectorFor, passedOn, refusedByProxy } = await import('../../../aws/network/connections.ts');
  const pool = new Pool(origin, { ...settings, connect: connectorFor(way, connectMs) });
  const passed = passedOn(way, new URL(origin));
  return passed === undefined ? { pool } : { pool, passed, refused: (status) => refusedByProxy(way, status) };
}

/** Path and headers of a request as they are sent to a proxy that passes it on. */
export function writtenFor(
  passed: PassedOn,
  { path, headers }: Pick<GetRequest, 'path' | 'headers'>,
): Pick<GetRequest, 'path' | 'headers'> {
  return { path: `${passed.origin}${path}`, headers: { ...headers, ...passed.headers } };
}

/** One request on its way. Events after it was settled are ignored. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: GetRequest;
  readonly #idleMs: number;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #clock: BodyClock | undefined;
  #head: AnswerHead | undefined;
  /** Of exactly the announced length; undefined where none counts. */
  #bytes: Buffer | undefined;
  /** The pieces of a body whose length is not known. */
  readonly #pieces: Buffer[] = [];
  #filled = 0;
  /** How many bytes may come; undefined before the answer was let in. */
  #room: number | undefined;
  #isSettled = false;

  constructor(
    request: GetRequest,
    idleMs: number,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#request = request;
    this.#idleMs = idleMs;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(controller, this.#silence()), this.#idleMs);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // 100 and its like come before the answer itself.
    if (status < 200 || this.#isSettled) return;
    clearTimeout(this.#timer);
    this.#head = { status, headers };
    controller.pause();
    this.#request.admit(this.#head).then(
      (room) => {
        if (this.#isSettled) return;
        this.#room = 'length' in room ? room.length : room.upTo;
        // Not from the shared memory of small buffers: the bytes may be handed to another thread.
        if ('length' in room) this.#bytes = Buffer.allocUnsafeSlow(room.length);
        const times = room.isObject === true ? OBJECT_TIMES : OTHER_TIMES;
        this.#clock = new BodyClock(this.#idleMs, times * this.#idleMs);
        this.#timer = setTimeout(() => this.#fail(controller, this.#silence()), this.#idleMs);
        controller.resume();
      },
      (error: unknown) => this.#fail(controller, error),
    );
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#room;
    if (this.#isSettled || room === undefined) return;
    this.#timer?.refresh();
    if (this.#filled + chunk.length > room) {
      const excess = `more than ${room} bytes arrived`;
      this.#fail(controller, new IncompleteBodyError(excess));
      return;
    }
    if (this.#bytes === undefined) this.#pieces.push(chunk);
    else chunk.copy(this.#bytes, this.#filled);
    this.#filled += chunk.length;
    if (this.#clock?.isTooSlow(this.#filled) === true) {
      const slow = `${this.#filled} of ${room} bytes arrived, and too slowly`;
      this.#fail(controller, new IncompleteBodyError(slow, undefined, true));
    }
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled || this.#head === undefined) return;
    if (this.#room === undefined) {
      this.#fail(controller, new IncompleteBodyError('there was no body'));
      return;
    }
    const bytes = this.#bytes ?? Buffer.concat(this.#pieces);
    if (this.#filled !== bytes.length) {
      const short = `the body ended after ${this.#filled} of ${bytes.length} bytes`;
      this.#fail(controller, new IncompleteBodyError(short));
      return;
    }
    this.#settle();
    const { status, headers } = this.#head;
    this.#resolve({ status, headers, bytes });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#isSettled) return;
    this.#settle();
    this.#reject(this.#head === undefined ? transportError(error) : this.#broken(error));
  }

  #fail(controller: Dispatcher.DispatchController, error: unknown): void {
    if (this.#isSettled) return;
    this.#settle();
    this.#reject(error);
    controller.abort(error instanceof Error ? error : new Error(String(error)));
  }

  #settle(): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
  }

  #silence(): Error {
    if (this.#head === undefined) return timeoutError(`no answer came within ${this.#idleMs} ms`);
    const silence = `nothing arrived for ${this.#idleMs} ms after ${this.#progress()}`;
    return new IncompleteBodyError(silence, undefined, true);
  }

  #broken(error: Error): Error {
    return new IncompleteBodyError(`the connection broke after ${this.#progress()}`, error);
  }

  #progress(): string {
    const announced = this.#bytes?.length ?? Number(this.#head?.headers['content-length']);
    return `${this.#filled} of ${Number.isNaN(announced) ? 'unknown' : announced} bytes`;
  }
}

/** undici's names for the network's errors, as node:http names them. */
function transportError(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return timeoutError('no connection came about in time', error);
  // undici itself names only some of the parser's errors.
  if (error.name === 'HTTPParserError')
    return Object.assign(new Error(error.message, { cause: error }), { code: code ?? 'HPE_INVALID' });
  if (code !== 'UND_ERR_SOCKET') return error;
  const message = 'the connection was closed before an answer came';
  return Object.assign(new Error(message, { cause: error }), { code: 'ECONNRESET' });
}
