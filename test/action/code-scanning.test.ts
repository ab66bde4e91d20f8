/** The upload of findings, against a server on this machine that answers as GitHub's API does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { uploadSarif } from '../../src/action/code-scanning.ts';
import { renderSarif } from '../../src/render/formats/sarif.ts';
import { codeScanningProblems } from '../support/code-scanning-rules.ts';
import { tamperedReport } from '../support/sample-reports.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly body: string;
}

let server: Server;
let asked: Asked[];
/** What the server answers, one after the other; the last one for good. */
let answers: (readonly [status: number, body: unknown])[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      asked.push({ method: request.method, url: request.url, token: request.headers.authorization, body });
      const [status, answer] = (answers.length > 1 ? answers.shift() : answers[0]) ?? [500, {}];
      response.writeHead(status, status === 302 ? { location: 'http://example.com/' } : {});
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(() => new Promise((closed) => server.close(closed)));

const SARIF = renderSarif(tamperedReport(), '5a'.repeat(32));
const ACCEPTED = [202, { id: '47177e22-5596-11eb-80a1-c1e54ef945c6', url: 'x' }] as const;

function upload(changes: Readonly<Record<string, string>> = {}, token = 'secret') {
  return uploadSarif({
    environment: {
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: 'example/trails',
      GITHUB_SHA: '0f'.repeat(20),
      GITHUB_REF: 'refs/heads/main',
      ...changes,
    },
    token,
    sarif: Buffer.from(SARIF),
    started: '2026-10-02T21:50:00Z',
    wait: () => Promise.resolve(),
  });
}

describe('uploadSarif', () => {
  test('hands over the file as code scanning takes it, and waits for its word', async () => {
    answers = [ACCEPTED, [200, { processing_status: 'pending' }], [200, { processing_status: 'complete' }]];
    expect(await upload()).toBe('complete');
    const [post, ...looks] = asked;
    expect(post).toMatchObject({
      method: 'POST',
      url: '/repos/example/trails/code-scanning/sarifs',
      token: 'Bearer secret',
    });
    const { sarif, ...body } = JSON.parse(post?.body ?? '');
    expect(body).toEqual({
      commit_sha: '0f'.repeat(20),
      ref: 'refs/heads/main',
      started_at: '2026-10-02T21:50:00Z',
      tool_name: 'trail-verify',
    });
    const file = gunzipSync(Buffer.from(sarif, 'base64')).toString();
    expect(file).toBe(SARIF);
    expect(codeScanningProblems(file)).toEqual([]);
    expect(looks.map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array(2).fill(`GET /repos/example/trails/code-scanning/sarifs/${ACCEPTED[1].id}`),
    );
  });

  test('a busy GitHub is asked again, three times in all', async () => {
    answers = [[503, 'busy'], [429, {}], ACCEPTED, [200, { processing_status: 'complete' }]];
    expect(await upload()).toBe('complete');
    answers = [[502, {}]];
    asked = [];
    await expect(upload()).rejects.toThrow('GitHub answers 502');
    expect(asked).toHaveLength(3);
  });

  test('what GitHub takes long for is pending', async () => {
    answers = [ACCEPTED, [200, { processing_status: 'pending' }]];
    expect(await upload()).toBe('pending');
  });

  test.each<readonly [string, (readonly [number, unknown])[], string]>([
    [
      'a refusal',
      [[403, { message: 'Resource not accessible by integration' }]],
      'GitHub answers 403: Resource not',
    ],
    [
      'a refused file',
      [ACCEPTED, [200, { processing_status: 'failed', errors: ['bad\u001b'] }]],
      'did not take the file: ["bad',
    ],
    ['no name of an upload', [[202, { id: '../../user' }]], 'names no upload'],
    ['no JSON', [[202, '<html>']], 'names no upload'],
    ['a redirect', [[302, '']], 'GitHub did not answer'],
  ])('%s is an error that says why', async (_what, given, why) => {
    answers = given;
    await expect(upload()).rejects.toThrow(why);
  });

  test.each<readonly [Readonly<Record<string, string>>, string]>([
    [{ GITHUB_API_URL: 'http://example.com' }, 'is no https address'],
    [{ GITHUB_API_URL: 'x' }, 'is no https address'],
    [{ GITHUB_REPOSITORY: 'a/b/../c' }, 'is no repository'],
    [{ GITHUB_SHA: '' }, 'GITHUB_SHA is not set'],
  ])('with %j nothing is sent', async (changes, why) => {
    await expect(upload(changes)).rejects.toThrow(why);
    expect(asked).toEqual([]);
  });

  test('without a token nothing is sent', async () => {
    await expect(upload({}, '')).rejects.toThrow('there is no token');
    expect(asked).toEqual([]);
  });
});
