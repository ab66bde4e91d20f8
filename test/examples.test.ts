/**
 * action.yml and the examples, night after night against a server of their own, with the command as a process. A runner and a
 * container begin each night with an empty home folder: only what they are told to keep is there.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTrail } from '../fixtures/scenario.ts';
import { isoTime, MINUTE } from '../src/base/clock.ts';
import { type AwsServer, ObjectStore, startAwsServer } from './support/aws-server.ts';
import { runCommand, serverKeys } from './support/command.ts';
import { type Ended, execute, installCommand } from './support/shell.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import type { TestTrail } from './support/test-trail.ts';
import { gitlabJob, ROOT } from './support/yaml-scripts.ts';

const BUCKET = 'my-trail-bucket';
const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/my-trail';
/** Some processes that load the sources, each a few seconds on a slow machine. */
const SLOW = { timeout: 180_000 };

let folder: string;
let store: ObjectStore;
let trail: TestTrail;
let server: AwsServer;
const now = (): number => trail.end + 40 * MINUTE;

beforeEach(async () => {
  folder = temporaryFolder();
  installCommand(folder);
  store = new ObjectStore(now);
  for (const bucket of [BUCKET, 'my-security-bucket']) store.createBucket(bucket, { versioned: true });
  ({ trail } = auditTrail(4, { store, bucket: BUCKET, trail: 'my-trail' }));
  server = await startAwsServer({
    store,
    publicKeys: serverKeys(),
    now,
    trails: [{ Name: 'my-trail', S3BucketName: BUCKET, HomeRegion: 'us-east-1', TrailARN: ARN }],
    trailStatus: { [ARN]: { 'us-east-1': { IsLogging: true } } },
  });
});
afterEach(() => server.close());

function freshFolder(name: string): string {
  const made = path.join(folder, name);
  mkdirSync(made);
  return made;
}

function runShell(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const [program = '', ...rest] = args;
  const present = { NOW: isoTime(now()), AWS_ENDPOINT_URL: server.url };
  return execute(program, rest, { folder, cwd, env: { ...present, ...env } });
}

/** A night on a runner or in a container of its own: the folder it worked in, and how it ended. */
async function nightAt(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const place = freshFolder(name);
  return { place, ...(await runShell(args, place, { HOME: freshFolder(`${name}-home`), ...env })) };
}

function anotherDay(isTampered?: 'tampered'): void {
  trail.hours(3, { logs: 2 });
  const newest = isTampered && trail.logFiles.at(-1);
  if (newest !== undefined) store.put(BUCKET, newest.key, Buffer.from('forged'));
}

/** Expects that each of the reports' runs read the checkpoint that the one before left, and the last, which found something, left none. */
function expectStatesKept(reports: readonly string[]): void {
  const states = reports.map((place) => JSON.parse(readFileSync(`${place}/report.json`, 'utf8')).state);
  const written: readonly (string | null)[] = states.map(({ checkpoint }) => checkpoint);
  expect(written).toEqual([expect.any(String), expect.any(String), null]);
  expect(states.map(({ read }) => read?.sha256 ?? null)).toEqual([null, ...written.slice(0, 2)]);
}

describe('the GitLab job', () => {
  test('two nights, and one in which a log file was forged', SLOW, async () => {
    const { script, variables, artifacts } = gitlabJob();
    const signer = path.join(folder, 'signer');
    const { exitCode } = await runCommand(['keygen', '--output', signer, '--key-type', 'ecdsa-p256']);
    expect(exitCode).toBe(0);
    const env = { SIGN_KEY: `${signer}.key.pem`, SIGN_CERT: `${signer}.cert.pem`, ...variables };
    const job = async (name: string) => {
      const ended = await nightAt(name, ['bash', '-c', `set -eo pipefail\n${script}`], env);
      expect(artifacts).toEqual(['report/', 'report/report.junit.xml']);
      for (const artifact of artifacts) expect(existsSync(path.join(ended.place, artifact))).toBe(true);
      return ended;
    };
    const first = await job('first');
    anotherDay();
    const second = await job('second');
    anotherDay('tampered');
    const third = await job('third');
    const ends = [first, second, third].map(({ code, error }) => ({ code, error }));
    expect(ends).toEqual([0, 0, 1].map((code) => ({ code, error: '' })));
    expectStatesKept([first, second, third].map(({ place }) => `${place}/report`));
  });

  test('its image starts a shell, where the entry point would start the command', () => {
    expect(readFileSync(`${ROOT}Containerfile`, 'utf8')).toContain('ENTRYPOINT ["trail-verify"]');
    expect(readFileSync(`${ROOT}examples/gitlab-ci.yml`, 'utf8')).toMatch(/^ {4}entrypoint: \[""\]/m);
  });
});

describe('cron', () => {
  const table = readFileSync(`${ROOT}examples/crontab`, 'utf8');
  const [, user = '', line = ''] = /^17 3 \* \* \* (\S+) (.*)$/m.exec(table) ?? [];

  test('the table is one of /etc/cron.d, and finds what npm installs', () => {
    expect(user).toBe('trail-verify');
    expect(line).toMatch(/^nightly\.sh arn:/);
    expect(/^PATH=(.*)$/m.exec(table)?.[1]?.split(':')).toContain('/usr/local/bin');
  });

  test('two nights, and one in which a log file was forged', SLOW, async (context) => {
    if ((await runShell(['sh', '-c', 'command -v flock'], folder, {})).code !== 0)
      context.skip('there is no flock here');
    const script = path.join(folder, 'bin/nightly.sh');
    writeFileSync(script, readFileSync(`${ROOT}examples/nightly.sh`));
    chmodSync(script, 0o755);
    const home = freshFolder('home');
    const metrics = path.join(folder, 'trail.prom');
    const env = { HOME: home, TRAIL_VERIFY_HOME: home, TRAIL_VERIFY_METRICS: metrics };
    const verdict = async (): Promise<string> => {
      const { code, out } = await runShell(['sh', '-c', line], home, env);
      return `${code} ${out}`;
    };
    // Cron mails what is printed: nothing.
    expect(await verdict()).toBe('0 ');
    anotherDay();
    // Cron mails what is printed: nothing.
    expect(await verdict()).toBe('0 ');
    anotherDay('tampered');
    expect(await verdict()).toMatch(/^1 INVALID: .*\n.*\nCheckpoint: \w{64} \(unchanged\)\n$/);
    const reports = readdirSync(`${home}/reports`).sort();
    expectStatesKept(reports.map((name) => `${home}/reports/${name}`));
    expect(readFileSync(metrics, 'utf8')).toMatch(/^trail_verify_verdict\{.*verdict="INVALID"\} 1$/m);
  });
});

describe('action.yml', () => {
  const script = [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    `${ROOT}test/support/run-action.ts`,
  ];
  const inputs = {
    INPUT_TARGET: ARN,
    INPUT_OUTPUT: 'report',
    'INPUT_FAIL-ON': 'inconclusive',
  };
  const ofRunner = () => ({
    TEST_COMMAND: path.join(folder, 'bin/trail-verify.js'),
    GITHUB_STEP_SUMMARY: path.join(folder, 'summary'),
    GITHUB_OUTPUT: path.join(folder, 'out'),
  });

  test('two nights, and one in which a log file was forged', SLOW, async () => {
    const env = {
      ...ofRunner(),
      ...inputs,
      INPUT_STATE: 's3://my-security-bucket/trail-verify/my-trail.json',
    };
    const first = await nightAt('first', script, env);
    anotherDay();
    const second = await nightAt('second', script, env);
    anotherDay('tampered');
    const third = await nightAt('third', script, env);
    const ends = [first, second, third].map(({ code, error }) => ({ code, error }));
    expect(ends).toEqual([0, 0, 1].map((code) => ({ code, error: '' })));
    expectStatesKept([first, second, third].map(({ place }) => `${place}/report`));
    const titles = readFileSync(path.join(folder, 'summary'), 'utf8').match(/^## .*$/gm);
    expect(titles?.map((title) => title.replace(/.*: /, ''))).toEqual(['VALID', 'VALID', 'INVALID']);
    for (const form of ['html', 'junit.xml', 'sarif'])
      expect(existsSync(`${third.place}/report/report.${form}`)).toBe(true);
  });

  test('examples/github-nightly.yml gives it the inputs of these nights, and no other', () => {
    const workflow = readFileSync(`${ROOT}examples/github-nightly.yml`, 'utf8');
    const [, block = ''] =
      /uses: example\/trail-verify@v1\n[\s\S]*?\n {8}with:\n((?: {10}.*\n)+)/.exec(workflow) ?? [];
    const given = [...block.matchAll(/^ {10}([a-z-]+): (.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    expect(Object.fromEntries(given)).toEqual({
      target: ARN,
      state: 's3://my-security-bucket/trail-verify/my-trail.json',
    });
    const action = readFileSync(`${ROOT}action.yml`, 'utf8');
    for (const [name = ''] of given) expect(action).toMatch(new RegExp(`^ {2}${name}:$`, 'm'));
  });

  test.each(['--help', '$(touch owned) "; touch owned #'])(
    'the target %j is refused, and nothing of it is run',
    SLOW,
    async (target) => {
      const ended = await nightAt('work', script, { ...ofRunner(), ...inputs, INPUT_TARGET: target });
      expect(ended.code).toBe(2);
      expect(readdirSync(ended.place)).toEqual([]);
      expect(readFileSync(path.join(folder, 'out'), 'utf8')).toMatch(/^exit-code<<(\S+)\n2\n\1\n$/);
    },
  );
});
