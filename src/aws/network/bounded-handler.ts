import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { buildQueryString, type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import {
  AnswerNotUnderstoodError,
  NoAnswerError,
  type Patience,
  SILENT_TRIES,
  TimeOfTries,
  timeoutError,
} from '../failure.ts';
import type { PassedOn } from './connections.ts';
import { type Network, type Way, wayTo } from './network.ts';

/**
 * How the SDK's clients send a request: over node:http, each answer bounded in time and size as a whole. The SDK's own
 * handler bounds only the silence between two pieces, and takes every status from 200 to 299 and every empty body.
 */

/** Bounds of all requests; times in milliseconds. */
export interface HandlerLimits {
  readonly connections: number;
  readonly connectMs: number;
  /** How long the end of the headers may take, and the body behind them; three times as much is for all tries of a request. */
  readonly idleMs: number;
  readonly patienceOf: (origin: string) => Patience;
  readonly network: Network;
  /** Ends requests that are in flight, and refuses those that would follow; the body of an object is the reader's. */
  readonly signal?: AbortSignal | undefined;
}

/** The options that the SDK hands over with a request. */
interface SendOptions {
  readonly abortSignal?: {
    readonly aborted: boolean;
    addEventListener?(type: 'abort', listener: () => void, options?: { readonly once: boolean }): void;
  };
}

/** A handler as the SDK's clients take it. */
export interface BoundedHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: HttpRequest, options?: SendOptions): Promise<{ response: HttpResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

/** Every answer but an object: pages of listings are the largest, with 3.4 MB. */
const MAX_ANSWER = 16 * 1024 * 1024;

/** A handler that all clients of a session share; its idle connections hold no process up. */
export function boundedHandler(limits: HandlerLimits): BoundedHandler {
  const agentSettings = { keepAlive: true, maxSockets: limits.connections };
  const times = new TimeOfTries(SILENT_TRIES * limits.idleMs);
  const agents = { 'http:': new http.Agent(agentSettings), 'https:': new https.Agent(agentSettings) };
  const routes = new Map<string, Promise<Route>>();
  const routeOf = (request: HttpRequest): Route | Promise<Route> => {
    const protocol = request.protocol === 'https:' ? 'https:' : 'http:';
    const origin = originOf(request);
    // An origin that no URL can be has no way of its own, and node:http says what is wrong with it.
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    const way = url && wayTo(limits.network, url);
    if (url === undefined || way === undefined) return { agent: agents[protocol] };
    const route = routes.get(origin) ?? openRoute(way, url, limits);
    routes.set(origin, route);
    return route;
  };
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request, given = {}) => {
      const { options, release } = endedBy(limits.signal, given);
      const patience = limits.patienceOf(originOf(request));
      const tries = triesOf(request);
      const allowed = times.most(tries, patience.begin());
      const begun = performance.now();
      const took = (): void => times.took(tries, performance.now() - begun);
      try {
        const route = await routeOf(request);
        const connectMs = Math.min(limits.connectMs, allowed);
        const answer = await send(request, route, { ...limits, connectMs, idleMs: allowed }, options);
        const left = times.most(tries, allowed, performance.now() - begun);
        const response = await takeAnswer(request, answer, left, options);
        release();
        // An answer that the SDK may take for a reason to try again has cost time as well.
        if (response.statusCode < 300) times.ended(tries);
        else took();
        patience.answered();
        return { response };
      } catch (error) {
        release();
        took();
        if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
        patience.unanswered();
        if (tryOf(request) < SILENT_TRIES) throw error;
        throw new NoAnswerError(error.message);
      }
    },
    // Clients come and go, their connections stay.
    destroy: () => {},
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

/** The options of a request that the signal of its session ends as well, until they are released. */
function endedBy(
  signal: AbortSignal | undefined,
  options: SendOptions,
): { readonly options: SendOptions; readonly release: () => void } {
  if (signal === undefined) return { options, release: () => {} };
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (signal.aborted || options.abortSignal?.aborted === true) abort();
  signal.addEventListener('abort', abort, { once: true });
  options.abortSignal?.addEventListener?.('abort', abort, { once: true });
  return {
    options: { abortSignal: controller.signal },
    release: () => signal.removeEventListener('abort', abort),
  };
}

/** How a request is sent to one server; `passed` where a proxy takes it and passes it on. */
interface Route {
  readonly agent: http.Agent;
  readonly passed?: PassedOn | undefined;
  readonly refused?: ((status: number) => Error | undefined) | undefined;
}

async function openRoute(way: Way, url: URL, { connections, connectMs }: HandlerLimits): Promise<Route> {
  // Few runs need it.
  const { agentFor, passedOn, refusedByProxy } = await import('./connections.ts');
  const agent = agentFor(way, url.protocol === 'https:', connections, connectMs);
  const passed = passedOn(way, url);
  return passed === undefined
    ? { agent }
    : { agent, passed, refused: (status) => refusedByProxy(way, status) };
}

function originOf({ protocol, hostname, port }: HttpRequest): string {
  return `${protocol}//${hostname}:${port ?? ''}`;
}

/** Which try of a request this is, as the SDK says in a header of it. */
function tryOf(request: HttpRequest): number {
  const said = /^attempt=(\d{1,6});/.exec(request.headers['amz-sdk-request'] ?? '')?.[1];
  return said === undefined ? 1 : Number(said);
}

/** The id that all tries of one request share, as the SDK says in a header of them; '' where it does not. */
function triesOf(request: HttpRequest): string {
  return request.headers['amz-sdk-invocation-id'] ?? '';
}

/** The operation that a JSON service is asked for; '' for another's. */
function operationOf(request: HttpRequest): string {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return target.slice(target.lastIndexOf('.') + 1);
  return request.path.endsWith('/listRegions') ? 'ListRegions' : '';
}

/** The head of the answer. Rejects with an error named TimeoutError where it does not end in time. */
function send(
  request: HttpRequest,
  { agent, passed, refused }: Route,
  { connectMs, idleMs }: HandlerLimits,
  { abortSignal }: SendOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const query = buildQueryString(request.query);
    // Nobody waits for the interim answer that it asks for.
    const { expect: _, ...headers } = request.headers;
    const sent = (request.protocol === 'https:' ? https : http).request({
      agent,
      headers: passed === undefined ? headers : { ...headers, ...passed.headers },
      // A URL alone puts an address of IPv6 in brackets.
      host: request.hostname.replace(/^\[(.*)\]$/, '$1'),
      method: request.method,
      path: `${passed?.origin ?? ''}${query === '' ? request.path : `${request.path}?${query}`}`,
      port: request.port ?? null,
    });
    const timers: NodeJS.Timeout[] = [];
    const fail = (error: Error): void => {
      for (const timer of timers) clearTimeout(timer);
      sent.destroy();
      reject(error);
    };
    sent.on('socket', (socket) => {
      if (!socket.connecting) return begin();
      const late = setTimeout(() => fail(timeoutError('no connection came about in time')), connectMs);
      timers.push(late);
      socket.once('connect', () => {
        clearTimeout(late);
        begin();
      });
    });
    const begin = (): void => {
      // In all, however many lines come one by one.
      timers.push(setTimeout(() => fail(timeoutError(`no answer came within ${idleMs} ms`)), idleMs));
    };
    sent.on('response', (answer) => {
      const refusal = refused?.(answer.statusCode ?? 0);
      if (refusal !== undefined) return fail(refusal);
      for (const timer of timers) clearTimeout(timer);
      resolve(answer);
    });
    sent.on('error', fail);
    const abort = (): void =>
      fail(Object.assign(new Error('the request was aborted'), { name: 'AbortError' }));
    if (abortSignal?.aborted === true) return abort();
    abortSignal?.addEventListener?.('abort', abort, { once: true });
    sent.end(request.body);
  });
}

/** The answer as the SDK takes it: an object's body as it comes, every other whole. */
async function takeAnswer(
  request: HttpRequest,
  answer: IncomingMessage,
  mostMs: number,
  { abortSignal }: SendOptions,
): Promise<HttpResponse> {
  const { statusCode: status = 0, statusMessage: reason = '' } = answer;
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value = '']) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  const isObject = request.query['x-id'] === 'GetObject' && status === 200;
  const abort = (): unknown => answer.destroy();
  if (!isObject) abortSignal?.addEventListener?.('abort', abort, { once: true });
  const body = isObject ? answer : await wholeBody(answer, request.method, mostMs);
  const isRead = request.method === 'GET' || request.method === 'HEAD' || request.method === 'POST';
  if (isRead && status >= 200 && status < 300 && status !== 200) {
    throw new AnswerNotUnderstoodError(`the server answered ${status}, which is no answer to this`, status);
  }
  if (status === 200 && request.method === 'POST' && body instanceof Uint8Array) {
    if (body.length === 0) throw new AnswerNotUnderstoodError('the server answered with nothing');
    checkServiceAnswer(operationOf(request), body);
  }
  return new HttpResponse({ statusCode: status, reason, headers, body });
}

/** A body that is as long as its head says, within its size and its time in all. */
function wholeBody(answer: IncomingMessage, method: string, mostMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const settle = (error?: Error): void => {
      clearTimeout(whole);
      if (error === undefined) {
        resolve(Buffer.concat(pieces));
        return;
      }
      reject(error);
      answer.destroy();
    };
    const late = (): void => settle(timeoutError(`the body did not end in time, after ${length} bytes`));
    const whole = setTimeout(late, mostMs);
    answer.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > MAX_ANSWER)
        settle(new AnswerNotUnderstoodError(`the server answered with more than ${MAX_ANSWER} bytes`));
      else pieces.push(piece);
    });
    answer.on('end', () => {
      const announced = answer.headers['content-length'];
      const isShort = method !== 'HEAD' && announced !== undefined && Number(announced) !== length;
      if (!answer.complete || isShort) settle(broken(length));
      else settle();
    });
    answer.on('error', () => settle(broken(length)));
    answer.on('close', () => settle(broken(length)));
  });
}

/** As node:http names a connection that breaks, which the SDK tries again. */
function broken(length: number): Error {
  const error = new Error(`the connection broke after ${length} bytes of the body`);
  return Object.assign(error, { code: 'ECONNRESET' });
}

/**
 * Answers that the SDK takes for those of a JSON service and that are none. It reads a document without a field as one whose
 * list is empty. Then an organization has no members, an account no Regions, and nothing is missing.
 */

/** The content of a field: a word, a number or a time, a truth, an object with fields, or a list of those. */
type Shape = 'text' | 'number' | 'truth' | Fields | readonly [Fields];
interface Fields {
  readonly [name: string]: Shape;
}

const TRAIL: Fields = {
  TrailARN: 'text',
  S3BucketName: 'text',
  HomeRegion: 'text',
  IsMultiRegionTrail: 'truth',
  IsOrganizationTrail: 'truth',
  LogFileValidationEnabled: 'truth',
};

/** The fields that each operation always answers (API references), as far as something is concluded from them. */
const ANSWERS: Readonly<Record<string, Fields>> = {
  ListPublicKeys: {
    PublicKeyList: [
      { Fingerprint: 'text', Value: 'text', ValidityStartTime: 'number', ValidityEndTime: 'number' },
    ],
  },
  DescribeTrails: { trailList: [TRAIL] },
  GetTrail: { Trail: TRAIL },
  GetTrailStatus: { IsLogging: 'truth' },
  DescribeOrganization: { Organization: { Id: 'text', MasterAccountId: 'text' } },
  ListAccounts: { Accounts: [{ Id: 'text' }] },
  ListRegions: { Regions: [{ RegionName: 'text', RegionOptStatus: 'text' }] },
};

/** Checks the body of a 200 to that operation. Throws AnswerNotUnderstoodError. */
export function checkServiceAnswer(operation: string, body: Uint8Array): void {
  const shape = Object.hasOwn(ANSWERS, operation) ? ANSWERS[operation] : undefined;
  if (shape === undefined) return;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new AnswerNotUnderstoodError(`the server answered ${operation} with a text that is no JSON`);
  }
  checkShape(operation, '', shape, value);
}

function checkShape(operation: string, name: string, shape: Shape, value: unknown): void {
  if (shape === 'text' || shape === 'number' || shape === 'truth') {
    const isText = typeof value === 'string' && value !== '';
    const fits = { text: isText, number: typeof value === 'number', truth: typeof value === 'boolean' };
    if (!fits[shape]) throw without(operation, name);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw without(operation, name);
    for (const row of value) checkShape(operation, name, shape[0], row);
  } else {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw without(operation, name);
    const fields = new Map<string, unknown>(Object.entries(value));
    for (const [field, inner] of Object.entries(shape))
      checkShape(operation, field, inner, fields.get(field));
  }
}

function without(operation: string, name: string): AnswerNotUnderstoodError {
  return new AnswerNotUnderstoodError(`the server answered ${operation} without ${name || 'an object'}`);
}

function isList(shape: Fields | readonly [Fields]): shape is readonly [Fields] {
  return Array.isArray(shape);
}
