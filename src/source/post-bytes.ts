import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { type Network, wayTo } from '../aws/network/network.ts';
import { isLastingRefusal, networkHint } from '../aws/network/network-failure.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { maskedUrl } from '../base/masked-url.ts';

/** A timestamp with its certificates is some kilobytes. */
const MAX_ANSWER = 1024 * 1024;
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
/** Those that leave the request as it is (RFC 9110, 15.4); 303 wants a GET, whose answer is no reply to a request. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);
const MOST_REDIRECTS = 4;
const LONGEST_NAME = 200;

/** How one request is sent; all has a default. */
export interface PostOptions {
  readonly contentType: string;
  readonly accept: string;
  /** How servers are reached. */
  readonly network: Network;
  /** How long to wait before each further attempt, in milliseconds (default 1,000). */
  readonly pauseMs?: number | undefined;
}

/**
 * Posts `body` to an http or https URL and returns the answer, of at most 1 MiB and of the type that was to be accepted. A
 * server that does not answer or fails is asked three times. Redirects are followed as the POST that it is: four of them, and never
 * from TLS to none. Throws UNREACHABLE.
 */
export async function postBytes(url: string, body: Uint8Array, options: PostOptions): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await postOnce(url, body, options);
    if (outcome instanceof Uint8Array) return outcome;
    if (!outcome.passing || attempt === ATTEMPTS) {
      throw new TrailVerifyError('UNREACHABLE', `${maskedUrl(url)} ${outcome.problem}`, {
        hint: networkHint(outcome.cause) ?? 'check the address, the network and whether the service is up',
        cause: outcome.cause,
      });
    }
    await new Promise((settle) => setTimeout(settle, (options.pauseMs ?? 1000) * attempt));
  }
}

interface Refusal {
  readonly problem: string;
  /** True where another attempt may succeed. */
  readonly passing: boolean;
  readonly cause?: unknown;
}

async function postOnce(url: string, body: Uint8Array, options: PostOptions): Promise<Uint8Array | Refusal> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const asked = new Set<string>();
  let place = new URL(url);
  for (;;) {
    asked.add(place.href);
    const outcome = await ask(place, body, options, deadline);
    if (!(outcome instanceof URL)) return outcome;
    const problem = cannotFollow(place, outcome, asked);
    if (problem !== undefined) return { problem, passing: false };
    place = outcome;
  }
}

/** Why a redirect is not followed; undefined where it is. */
function cannotFollow(from: URL, to: URL, asked: ReadonlySet<string>): string | undefined {
  const name = JSON.stringify(maskedUrl(to.href).slice(0, LONGEST_NAME));
  if (asked.has(to.href)) return `redirects in a circle, to ${name}`;
  if (asked.size > MOST_REDIRECTS) return `redirects more than ${MOST_REDIRECTS} times, at last to ${name}`;
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    return `redirects to ${name}, which is no web address`;
  if (from.protocol === 'https:' && to.protocol === 'http:')
    return `redirects to ${name}, which is without TLS`;
  if (to.username !== '' || to.password !== '')
    return 'redirects to an address with a user or a password in it';
  return undefined;
}

/** One request to one address: the bytes of its answer, where it redirects to, or why there is neither. */
async function ask(
  url: URL,
  body: Uint8Array,
  { contentType, accept, network }: PostOptions,
  signal: AbortSignal,
): Promise<Uint8Array | URL | Refusal> {
  try {
    const headers = { 'content-type': contentType, accept, 'content-length': body.length };
    const answer = await send(url, body, { headers, network, signal });
    const { statusCode: status = 0 } = answer;
    const place = REDIRECTS.has(status) ? answer.headers.location : undefined;
    if (status < 200 || status > 299) answer.destroy();
    if (place !== undefined) {
      if (URL.canParse(place, url.href)) return new URL(place, url);
      return {
        problem: `redirects to ${JSON.stringify(maskedUrl(place).slice(0, LONGEST_NAME))}`,
        passing: false,
      };
    }
    if (status < 200 || status > 299) {
      return { problem: `answered with status ${status}`, passing: status >= 500 };
    }
    const type = answer.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? 'no type';
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_ANSWER)
        return { problem: `answered with more than ${MAX_ANSWER} bytes`, passing: false };
      chunks.push(chunk);
    }
    if (type !== accept)
      return { problem: `answered with ${JSON.stringify(type)}, not ${accept}`, passing: false };
    return Buffer.concat(chunks);
  } catch (cause) {
    const problem = `does not answer: ${signal.aborted ? `not within ${TIMEOUT_MS} ms` : wordsOf(cause)}`;
    return { problem, passing: !isLastingRefusal(cause), cause };
  }
}

interface Sending {
  readonly headers: OutgoingHttpHeaders;
  readonly network: Network;
  readonly signal: AbortSignal;
}

/** The head of the answer to a POST, on the way that the server has. */
async function send(
  url: URL,
  body: Uint8Array,
  { headers, network, signal }: Sending,
): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const way = wayTo(network, url);
  // Few runs need it.
  const connections = way && (await import('../aws/network/connections.ts'));
  const agent = way && connections?.agentFor(way, secure, 1, TIMEOUT_MS);
  const passed = way && connections?.passedOn(way, url);
  try {
    return await new Promise((resolve, reject) => {
      const sent = (secure ? https : http).request({
        // One request, whose connection nobody needs again.
        agent: agent ?? false,
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? null : url.port,
        method: 'POST',
        path: `${passed?.origin ?? ''}${url.pathname}${url.search}`,
        headers: { ...headers, host: url.host, ...passed?.headers },
        signal,
      });
      sent.once('error', reject);
      sent.once('response', (answer) => {
        const refused = passed && way && connections?.refusedByProxy(way, answer.statusCode ?? 0);
        if (refused === undefined) return resolve(answer);
        answer.destroy();
        reject(refused);
      });
      sent.end(body);
    });
  } catch (error) {
    agent?.destroy();
    throw error;
  }
}

/** Of several addresses none could be reached: each has its own error. */
function wordsOf(cause: unknown): string {
  const one = cause instanceof AggregateError ? cause.errors[0] : cause;
  return one instanceof Error ? one.message || one.name : String(one);
}
