/** Query results by the command: what asks for them alone, and what contradicts that. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeSync } from '../../fixtures/copy-scenario.ts';
import { lakeTrail } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/base/clock.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { flipContentBit } from '../support/damage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const START = process.cwd();

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

let runs = 0;
function verify(...more: readonly string[]) {
  runs += 1;
  const args = ['verify', 'copy', '--layout', 'collect', '--keys', KEYS, '--now', isoTime(NOW)];
  return runCommand([...args, '--no-sign', '--output', `out${runs}`, ...more]);
}

const { store, trail, results } = lakeTrail();
const NOW = trail.end + 5_400_000;

test('a copy with a trail shows both, and results alone are asked for with an option', async () => {
  writeFolder(store, 'copy', { metadata: true });
  const both = await verify();
  expect(both.exitCode).toBe(0);
  expect(both.out).toContain(
    'VALID: all 4 digest files, 6 log files and 1 set of query results are exactly what AWS signed.',
  );
  const alone = await verify(
    '--query-results',
    '--also',
    'junit,markdown,html,csv,sarif,ocsf',
    '--metrics',
    'metrics.prom',
  );
  expect(alone.exitCode).toBe(0);
  expect(alone.out).toMatch(
    /^VALID: 1 set of query results is exactly what AWS signed\.\nNo time of a trail was asked about\. Proven share: not known/,
  );
  expect(alone.out).toContain('queries    1 set of query results: 1 valid; 2 files: 2 valid\n');
  const read = (name: string): string => readFileSync(`out${runs}/${name}`, 'utf8');
  expect(read('report.junit.xml')).toContain('name="query results are what their sign files list"');
  expect(read('report.junit.xml')).toContain('name="query.results" value="1 set of query results: 1 valid;');
  expect(read('report.md')).toContain('### Query results');
  expect(read('report.html')).toContain('Query results of CloudTrail Lake');
  expect(read('report.ocsf.jsonl')).toContain('"query_results":{"sets":{"valid":1,"invalid":0,"unproven":0}');
  expect(readFileSync('metrics.prom', 'utf8')).toMatch(
    /trail_verify_query_results\{[^}]*outcome="valid"\} 1\n/,
  );
});

test('a changed result is exit 1, in every form', async () => {
  const changed = store.clone();
  flipContentBit(changed, results.files[0] ?? results.signFile);
  writeFolder(changed, 'copy', { metadata: true });
  const { exitCode, out } = await verify('--query-results', '--also', 'csv,sarif,html', '--format', 'ndjson');
  expect(exitCode).toBe(1);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line): { readonly type: string } => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toContain('query-results');
  expect(lines.at(-1)).toMatchObject({
    type: 'report',
    verdict: 'INVALID',
    queryResults: { sets: { invalid: 1 } },
  });
  for (const name of ['findings.csv', 'report.sarif', 'report.html'])
    expect(readFileSync(`out${runs}/${name}`, 'utf8')).toContain('LAKE_RESULT_MODIFIED');
});

describe('asked for alone, they contradict what asks for a trail', () => {
  test.each([
    [['--trail', 'audit'], '--trail'],
    [['--expect', 'expect.json'], '--expect'],
    [['--trail-arn', 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit'], 'a trail ARN'],
    [['--events', 'events'], '--events'],
    [['--state', 'state.json'], '--state'],
  ])('%j', async (options, named) => {
    const { exitCode, error } = await verify('--query-results', ...options);
    expect(exitCode).toBe(2);
    expect(error).toContain(`--query-results and ${named} contradict each other`);
  });
});

test('a bag of results alone is checked, and verified again', async () => {
  writeFolder(store, 'copy', { metadata: true });
  expect((await verify('--query-results', '--bag', '--include-logs')).exitCode).toBe(0);
  const bag = `out${runs}`;
  const again = ['verify', bag, '--layout', 'bag', '--query-results', '--keys', KEYS, '--now', isoTime(NOW)];
  const { exitCode, out } = await runCommand([...again, '--no-sign', '--output', 'again']);
  expect(out).toContain('1 set of query results: 1 valid; 2 files: 2 valid');
  expect(exitCode).toBe(0);
  expect((await openFolder('copy', { layout: 'collect' })).targets).toEqual([
    { bucket: 'example-trail-logs', prefix: '' },
  ]);
});

describe('a copy of results alone, of which nothing says where they belong', () => {
  const alone = store.clone();
  for (const bucket of alone.bucketNames())
    for (const key of alone.keys(bucket)) if (!key.includes('CloudTrail-Lake')) alone.delete(bucket, key);
  const read = (...more: readonly string[]) => {
    runs += 1;
    const args = ['verify', 'copy', '--query-results', '--keys', KEYS, '--now', isoTime(NOW)];
    return runCommand([...args, '--no-sign', '--output', `out${runs}`, ...more]);
  };

  test('can be read in two ways where it is in a folder that may be a bucket', async () => {
    writeFolder(alone, 'copy', { metadata: true });
    for (const bucket of [[], ['--bucket', 'example-trail-logs']])
      expect(await read(...bucket)).toMatchObject({
        exitCode: 2,
        error: expect.stringMatching(/two ways[\s\S]*--layout sync[\s\S]*--layout collect/),
      });
    expect((await read('--layout', 'collect')).exitCode).toBe(0);
  });

  test('is one bucket where its folders are those of one', async () => {
    writeSync(alone, 'example-trail-logs', 'copy');
    expect((await read()).exitCode).toBe(0);
  });
});
