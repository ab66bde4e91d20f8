/** `action/main.js` as GitHub starts it: made into a folder of its own, with nothing but what it consists of. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleAction } from '../../build/action.ts';
import { CLOCK_VARIABLES } from '../support/faked-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ROOT } from '../support/yaml-scripts.ts';

/** The present that the committed copies were made at. */
const RULES = ['--keys', `${ROOT}fixtures/keys/public-keys.jsonl`, '--now', '2026-10-02T21:50:00Z'];
let checkout: string;
beforeAll(async () => {
  checkout = mkdtempSync(path.join(tmpdir(), 'trail-verify-action-'));
  await bundleAction(path.join(checkout, 'action'));
  for (const name of ['keys', 'package.json', 'verify.sh'])
    cpSync(path.join(ROOT, name), path.join(checkout, name), { recursive: true });
}, 240_000);
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

async function job(inputs: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv = {}) {
  const cwd = temporaryFolder();
  const file = (name: string): string => path.join(cwd, name);
  for (const name of ['out', 'summary']) writeFileSync(file(name), '');
  const child = spawn(process.execPath, [path.join(checkout, 'action/main.js')], {
    cwd,
    env: {
      ...CLOCK_VARIABLES,
      PATH: process.env.PATH,
      GITHUB_OUTPUT: file('out'),
      GITHUB_STEP_SUMMARY: file('summary'),
      'INPUT_FAIL-ON': 'inconclusive',
      INPUT_OUTPUT: 'report',
      INPUT_ARGUMENTS: RULES.join('\n'),
      ...inputs,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  const [code] = await once(child, 'close');
  const outputs = readFileSync(file('out'), 'utf8');
  const output = (name: string): string | undefined =>
    new RegExp(`^${name}<<(\\S+)\\n(.*)\\n\\1$`, 'm').exec(outputs)?.[2];
  return { code, log, output, summary: readFileSync(file('summary'), 'utf8'), cwd };
}

describe('action/main.js', () => {
  test('is green for an intact trail, and says so', async () => {
    const { code, output, summary, cwd } = await job({ INPUT_TARGET: `${ROOT}fixtures/intact/copy` });
    expect([code, output('verdict'), output('exit-code')]).toEqual([0, 'VALID', '0']);
    expect(output('verified-through')).toMatch(/^2026-10-02T/);
    expect(summary).toMatch(/^## .*VALID/);
    expect(existsSync(path.join(cwd, output('report') ?? ''))).toBe(true);
  });

  test.each(['--help', './nothing', 'a\nb'])('is red with the target %j', async (target) => {
    const { code, output } = await job({ INPUT_TARGET: target });
    expect([code, output('verdict'), output('exit-code')]).toEqual([2, undefined, '2']);
  });

  test('uploads the findings of a tampered trail, and stays red', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        if (request.method === 'POST') bodies.push(body);
        response.writeHead(request.method === 'POST' ? 202 : 200);
        response.end(JSON.stringify({ id: 'upload-1', processing_status: 'complete' }));
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const copy = path.join(temporaryFolder(), 'copy');
    cpSync(`${ROOT}fixtures/intact/copy`, copy, { recursive: true });
    const logs = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\/CloudTrail\/.*\.json\.gz$/.test(name),
    );
    writeFileSync(path.join(copy, logs[0] ?? ''), 'forged');
    const { code, output } = await job(
      { INPUT_TARGET: copy, INPUT_SARIF: 'true', INPUT_TOKEN: 'secret' },
      {
        GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        GITHUB_REPOSITORY: 'example/trails',
        GITHUB_SHA: '0f'.repeat(20),
        GITHUB_REF: 'refs/heads/main',
      },
    );
    await new Promise((closed) => server.close(closed));
    expect([code, output('verdict')]).toEqual([1, 'INVALID']);
    expect(bodies).toHaveLength(1);
    const sarif = gunzipSync(Buffer.from(JSON.parse(bodies[0] ?? '').sarif, 'base64')).toString();
    expect(JSON.parse(sarif).runs[0].results.length).toBeGreaterThan(0);
  });

  test('an upload that was asked for and does not work is red', async () => {
    const { code, output, log } = await job({
      INPUT_TARGET: `${ROOT}fixtures/intact/copy`,
      INPUT_SARIF: 'true',
    });
    expect([code, output('verdict'), output('exit-code')]).toEqual([4, 'VALID', '4']);
    expect(log).toContain('::error title=trail-verify::The findings are not in code scanning:');
  });

  test('holds no path of the machine that made it, and no native code', () => {
    const files = readdirSync(path.join(checkout, 'action'), { recursive: true, withFileTypes: true });
    for (const one of files) {
      if (!one.isFile()) continue;
      expect(one.name).not.toMatch(/\.(?:node|map)$/);
      const text = readFileSync(path.join(one.parentPath, one.name), 'latin1');
      expect(text.includes(ROOT.slice(0, -1)), one.name).toBe(false);
      expect(text.includes(checkout), one.name).toBe(false);
    }
  });
});
