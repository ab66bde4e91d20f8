/** The upload of SARIF to code scanning (GitHub REST API, "Upload an analysis as SARIF data"). */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Environment } from './inputs.ts';

/** GitHub takes no larger file. */
const MOST_BYTES = 10 * 1024 * 1024;
/** One request, and all of GitHub's work on the file, in milliseconds. */
const LONGEST_REQUEST = 60_000;
const WAITS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000] as const;
const ATTEMPTS = 3;
const LONGEST_MESSAGE = 500;

/** What the upload needs of the world. */
export interface Uploading {
  readonly environment: Environment;
  readonly token: string;
  /** The file as it was written. */
  readonly sarif: Uint8Array;
  readonly started: string;
  /** Waits so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/**
 * Uploads a SARIF file for the commit of the job, and waits for what GitHub says of it: `complete`, or `pending` where it takes
 * longer than a minute. Rejects with an Error that says why it was not taken.
 */
export async function uploadSarif(uploading: Uploading): Promise<'complete' | 'pending'> {
  const { environment, token, sarif, started, wait } = uploading;
  const named = (name: string): string => {
    const value = environment[name] ?? '';
    if (value === '') throw new Error(`${name} is not set: this is no job of GitHub Actions`);
    return value;
  };
  if (token === '') throw new Error('there is no token: give the input token, or leave out sarif');
  const address = `${apiOf(named('GITHUB_API_URL'))}/repos/${repositoryOf(named('GITHUB_REPOSITORY'))}/code-scanning/sarifs`;
  const compressed = await promisify(gzip)(sarif);
  if (compressed.length > MOST_BYTES) throw new Error('the file is larger than the 10 MB that GitHub takes');
  const body = JSON.stringify({
    commit_sha: named('GITHUB_SHA'),
    ref: named('GITHUB_REF'),
    sarif: compressed.toString('base64'),
    started_at: started,
    tool_name: 'trail-verify',
  });
  const { id } = await ask(address, { method: 'POST', body }, uploading);
  if (typeof id !== 'string' || !/^[A-Za-z0-9-]{1,100}$/.test(id))
    throw new Error('the answer names no upload');
  for (const milliseconds of WAITS) {
    await wait(milliseconds);
    const { processing_status: status, errors } = await ask(`${address}/${id}`, { method: 'GET' }, uploading);
    if (status === 'complete') return 'complete';
    if (status === 'failed') throw new Error(`GitHub did not take the file: ${shown(errors)}`);
  }
  return 'pending';
}

/** The token goes to GitHub over TLS, and over plain HTTP to this machine alone. */
function apiOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isHere = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url?.protocol === 'https:' || isHere) return address.replace(/\/+$/, '');
  throw new Error(`GITHUB_API_URL is no https address: ${address}`);
}

function repositoryOf(name: string): string {
  if (/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(name)) return name;
  throw new Error(`GITHUB_REPOSITORY is no repository: ${name}`);
}

interface Answer {
  readonly id?: unknown;
  readonly processing_status?: unknown;
  readonly errors?: unknown;
  readonly message?: unknown;
}

/** One request, again where GitHub is busy. */
async function ask(
  address: string,
  request: { readonly method: string; readonly body?: string },
  { token, wait }: Uploading,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(address, {
      ...request,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'user-agent': 'trail-verify',
        'x-github-api-version': '2022-11-28',
      },
      // With the request a redirect would hand on the token.
      redirect: 'error',
      signal: AbortSignal.timeout(LONGEST_REQUEST),
    }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    const isBusy = response instanceof Error || response.status >= 500 || response.status === 429;
    if (isBusy && attempt < ATTEMPTS) {
      await wait(1_000 * attempt);
      continue;
    }
    if (response instanceof Error) throw new Error(`GitHub did not answer: ${response.message}`);
    const answer = answerOf(await response.text());
    if (response.ok) return answer;
    throw new Error(`GitHub answers ${response.status}: ${shown(answer.message)}`);
  }
}

function answerOf(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'no reason given');
  return text.slice(0, LONGEST_MESSAGE).replace(/[^ -~]/g, '?');
}
