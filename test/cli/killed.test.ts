/** kill -9 at moments that nobody chose: the state is always one that was written whole, and the next run goes on from it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { openStateFile } from '../../src/source/state/store.ts';
import { readCheckpoint } from '../../src/state/read-checkpoint.ts';
import { CLOCK_VARIABLES } from '../support/faked-clock.ts';
import { stateNumber } from '../support/numbered-state.ts';
import { ObjectStore } from '../support/object-store.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';

const TSX = import.meta.resolve('tsx');
const script = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));

async function killed(args: readonly string[], cwd: string, after: (output: string) => number | undefined) {
  const environment = { ...CLOCK_VARIABLES, PATH: process.env.PATH, XDG_CONFIG_HOME: await identityFolder() };
  const child = spawn(process.execPath, ['--import', TSX, ...args], { cwd, env: environment });
  let output = '';
  let isDue = false;
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
    const delay = isDue ? undefined : after(output);
    if (delay === undefined) return;
    isDue = true;
    setTimeout(() => child.kill('SIGKILL'), delay);
  });
  const [code] = await once(child, 'close');
  return code;
}

test('a writer that is killed leaves a whole state and no lock in the way', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'state.json');
  let last = 0;
  for (let round = 0; round < 12; round += 1) {
    // Some writes on, at another point of the next one each time.
    await killed([script('write-states.ts'), file], folder, (output) =>
      output.length >= 3 ? (round * 7) % 23 : undefined,
    );
    const bytes = readFileSync(file);
    const { number } = JSON.parse(bytes.toString().split('\n')[0] ?? '');
    expect(bytes.equals(Buffer.from(stateNumber(number)))).toBe(true);
    expect(number).toBeGreaterThan(last);
    last = number;
    const store = openStateFile(file, 1024 * 1024);
    await store.write(stateNumber(number + 1), (await store.read())?.version);
  }
  expect(readdirSync(folder)).toContain('state.json');
});

test('a run that is killed, again and again', { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  const store = new ObjectStore(() => Date.parse('2026-10-05T12:00:00Z'));
  const trail = new TestTrail({
    store,
    bucket: 'example-trail-logs',
    account: '111122223333',
    region: 'us-east-1',
    trail: 'audit',
    startLogging: Date.parse('2026-10-05T09:12:37Z'),
  });
  const keys = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
  let proven = 0;
  let isWritten = 0;
  for (let round = 0; round < 6; round += 1) {
    trail.hours(6, { logs: [{ minute: 40 }] });
    writeFolder(store, path.join(folder, 'copy'), { metadata: true });
    const now = isoTime(trail.end + HOUR + 30 * MINUTE);
    const args = [
      'verify',
      'copy',
      '--keys',
      keys,
      '--now',
      now,
      '--state',
      'state.json',
      '--format',
      'ndjson',
    ];
    const isLast = round === 5;
    // From the first event on: during the walk, the report, its signature, the state, and after it.
    const code = await killed([script('run-command.ts'), ...args, '--output', `out${round}`], folder, () =>
      isLast ? undefined : round * 12,
    );
    const file = await openStateFile(path.join(folder, 'state.json'), 1024 * 1024).read();
    if (file !== undefined) {
      const { checkpoint } = readCheckpoint(file.bytes, 'state.json', undefined);
      const [chain] = checkpoint.places[0]?.chains ?? [];
      const digest = trail.digests.find(({ key }) => key === chain?.last.key);
      // Whatever it says was proven is so.
      expect(digest).toMatchObject({ sha256: chain?.last.sha256, signature: chain?.last.signature });
      expect(Date.parse(chain?.last.end ?? '')).toBeGreaterThanOrEqual(proven);
      proven = Date.parse(chain?.last.end ?? '');
      isWritten += 1;
    }
    if (isLast) expect(code).toBe(0);
  }
  expect(isWritten).toBeGreaterThan(0);
  expect(proven).toBe(trail.end);
});

test('what is left of a bag is replaced by the next run with --force', { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  const copy = fileURLToPath(new URL('../../fixtures/intact/copy', import.meta.url));
  const keys = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
  const out = path.join(folder, 'out');
  const run = ['verify', copy, '--keys', keys, '--now', '2026-10-02T21:00:00Z', '--format', 'ndjson'];
  const args = [script('run-command.ts'), ...run, '--bag', '--force', '--output', 'out'];
  let left = 0;
  for (const delay of [0, 30, 90, 200, 400, 700]) {
    const code = await killed(args, folder, () => delay);
    // Killed, or at its end before: never refused because of what the run before has left.
    expect(code === null || code === 0).toBe(true);
    if (readdirSync(out, { recursive: true }).some((name) => String(name).endsWith('.unfinished-bag')))
      left += 1;
  }
  expect(left).toBeGreaterThan(0);
  expect(await killed(args, folder, () => undefined)).toBe(0);
  expect(readdirSync(out)).not.toContain('.partial');
  expect(existsSync(path.join(out, '.unfinished-bag'))).toBe(false);
  const manifest = readFileSync(path.join(out, 'tagmanifest-sha256.txt'), 'utf8');
  expect(manifest).toContain('  verify.sh\n');
  expect(manifest).not.toContain('.unfinished-bag');
});
