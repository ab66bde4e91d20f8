import { TrailVerifyError } from '../base/errors.ts';

/** A timestamp with its certificates is some kilobytes. */
const MAX_ANSWER = 1024 * 1024;
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

/** How one request is sent; all has a default. */
export interface PostOptions {
  readonly contentType: string;
  readonly accept: string;
  /** How long to wait before each further attempt, in milliseconds (default 1,000). */
  readonly pauseMs?: number | undefined;
}

/**
 * Posts `body` to an http or https URL and returns the answer, of at most 1 MiB and of the type that was to be accepted. A
 * server that does not answer or fails is asked three times. Throws UNREACHABLE.
 */
export async function postBytes(url: string, body: Uint8Array, options: PostOptions): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await postOnce(url, body, options);
    if (outcome instanceof Uint8Array) return outcome;
    if (!outcome.passing || attempt === ATTEMPTS) {
      throw new TrailVerifyError('UNREACHABLE', `${url} ${outcome.problem}`, {
        hint: 'check the address, the network and whether the service is up',
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
  const { contentType, accept } = options;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': contentType, accept },
      body: Buffer.from(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { problem: `answered with status ${response.status}`, passing: response.status >= 500 };
    }
    const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'no type';
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > MAX_ANSWER)
        return { problem: `answered with more than ${MAX_ANSWER} bytes`, passing: false };
      chunks.push(chunk);
    }
    if (type !== accept)
      return { problem: `answered with ${JSON.stringify(type)}, not ${accept}`, passing: false };
    return Buffer.concat(chunks);
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const words = inner instanceof Error ? inner.message || inner.name : String(inner);
    return { problem: `does not answer: ${words}`, passing: true, cause };
  }
}
