/** Query results in a run: what decides that they are looked at, what is left out, and what the report says of it. */
import { describe, expect, test } from 'vitest';
import { lakeTrail, QUERY_END, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { discover } from '../../src/chain/discover.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { verdictSentence } from '../../src/render/facts/verdict.ts';
import type { Report } from '../../src/report/report.ts';
import { verifyQueries } from '../../src/route/query-results.ts';
import { beginRun } from '../../src/route/run.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { deliverResults, QUERY_ID } from '../support/test-lake.ts';

const BUCKET = 'example-trail-logs';
const LAKE = 'AWSLogs/111122223333/CloudTrail-Lake/';

function verify(
  scenario: Scenario,
  changes: Partial<VerifyOptions> = {},
  wrap: (source: Source) => Source = (source) => source,
): Promise<Report> {
  return verifyTrail({
    source: wrap(memorySource(scenario.store)),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
    ...changes,
  });
}

function sound(): Scenario {
  const { store, trail } = lakeTrail();
  return scenarioOf(store, trail);
}

const codesOf = ({ findings }: Report): readonly string[] => findings.map(({ code }) => code);
const limitsOf = ({ limits }: Report): readonly string[] => limits.map(({ code }) => code);

describe('a target within the folder of query results asks for them alone', () => {
  test.each([LAKE, `${LAKE}Query/`, `${LAKE}Query/2026/10/05/`, `${LAKE}Query/2026/10/05/${QUERY_ID}/`])(
    '%s',
    async (prefix) => {
      const report = await verify(sound(), { targets: [{ bucket: BUCKET, prefix }] });
      expect(report).toMatchObject({ verdict: 'VALID', chains: [], findings: [] });
      expect(report.lake?.totals.sets.valid).toBe(1);
      expect(limitsOf(report)).toEqual(['KEY_TRUST', 'LAKE_NOT_COVERED', 'QUERY_RESULTS_ONLY']);
    },
  );

  test('and one that holds none is no target', async () => {
    const nothing = verify(sound(), { targets: [{ bucket: BUCKET, prefix: `${LAKE}Query/2025/` }] });
    expect(codesOf(await nothing)).toEqual(['NOTHING_VERIFIED']);
    const { trail, store } = lakeTrail();
    for (const key of store.keys(BUCKET)) if (key.startsWith(LAKE)) store.delete(BUCKET, key);
    const scenario = scenarioOf(store, trail, { options: { queryResultsOnly: true } });
    await expect(verify(scenario)).rejects.toMatchObject({
      code: 'TARGET_WITHOUT_TRAIL',
      message: expect.stringContaining('holds no query results of CloudTrail Lake'),
    });
  });

  test('but not where one of the targets is a bucket', async () => {
    const targets = [
      { bucket: BUCKET, prefix: `${LAKE}Query/` },
      { bucket: BUCKET, prefix: '' },
    ];
    const report = await verify(sound(), { targets });
    expect(report.chains).toHaveLength(1);
    expect(report.lake?.sets).toHaveLength(1);
  });

  test('where a state or expected trails are of no use', async () => {
    const { store, trail } = lakeTrail();
    const scenario = scenarioOf(store, trail, { options: { queryResultsOnly: true } });
    await expect(
      verify(scenario, { expectations: [{ basis: 'expect-file', account: '111122223333' }] }),
    ).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });
});

test('without a trail, query results alone prove nothing where they were not asked for', async () => {
  const { store, trail } = lakeTrail();
  for (const key of store.keys(BUCKET)) if (!key.startsWith(LAKE)) store.delete(BUCKET, key);
  const report = await verify(scenarioOf(store, trail));
  expect(report.verdict).toBe('INCONCLUSIVE');
  expect(codesOf(report)).toEqual(['NOTHING_VERIFIED']);
  expect(report.lake?.totals.sets.valid).toBe(1);
});

test('without log files, result files are not read either, and the report says so', async () => {
  const { store, trail, results } = lakeTrail();
  flipContentBit(store, results.files[0] ?? results.signFile);
  const report = await verify(scenarioOf(store, trail), { logs: false });
  expect(report.verdict).toBe('VALID');
  expect(limitsOf(report)).toContain('LAKE_RESULTS_NOT_READ');
  expect(report.lake?.totals.files).toMatchObject({ listed: 2, unread: 2, valid: 0 });
});

test('without a look for what is unlisted, files that pass for log files stay unseen, and others do not', async () => {
  const { store, trail } = lakeTrail();
  const folder = `${LAKE}Query/2026/10/05/`;
  store.put(BUCKET, `${folder}x`, new Uint8Array(3), { lastModified: QUERY_END });
  store.put(BUCKET, `${folder}${QUERY_ID}/result_3.csv.gz`, new Uint8Array(3), { lastModified: QUERY_END });
  const scenario = scenarioOf(store, trail);
  expect(codesOf(await verify(scenario)).toSorted()).toEqual(['LAKE_RESULT_UNLISTED', 'LOG_UNLISTED']);
  expect(codesOf(await verify(scenario, { unlisted: false }))).toEqual(['LAKE_RESULT_UNLISTED']);
});

test('what scope and window leave out is counted', async () => {
  const { store, trail } = lakeTrail({ region: 'eu-west-1' });
  for (const day of [1, 2])
    deliverResults(store, { completed: QUERY_END - day * 24 * HOUR, region: 'eu-central-1' });
  const report = await verify(
    scenarioOf(store, trail, { options: { from: QUERY_END - HOUR, scope: { regions: ['us-east-1'] } } }),
  );
  const text = (code: string) => report.limits.find((limit) => limit.code === code)?.text;
  expect(text('LAKE_OUTSIDE_SCOPE')).toMatch(/^The scope leaves out 1 set of query results,/);
  expect(text('LAKE_OUTSIDE_WINDOW')).toMatch(/^The window leaves out 2 folders of years, months or days/);
  expect(report.lake).toBeUndefined();
  expect(limitsOf(report)).not.toContain('LAKE_NOT_COVERED');
});

test('an acceptance that fits every set is refused', async () => {
  const acceptance = {
    name: 'all',
    code: 'LAKE_SIGN_FILE_MISSING',
    reason: 'x',
    acceptedBy: 'x',
    expires: '2030-01-01T00:00:00Z',
  } as const;
  const { store, trail } = lakeTrail();
  const only = scenarioOf(store, trail, { options: { queryResultsOnly: true } });
  for (const scenario of [sound(), only])
    for (const object of [
      's3://*',
      '*/result_sign.json',
      `s3://${BUCKET}/AWSLogs/111122223333/CloudTrail-Lake/*`,
    ])
      await expect(verify(scenario, { acceptances: [{ ...acceptance, object }] })).rejects.toMatchObject({
        code: 'CONFIGURATION',
      });
  const object = `s3://${BUCKET}/${LAKE}Query/2026/10/05/${QUERY_ID}/result_sign.json`;
  expect((await verify(sound(), { acceptances: [{ ...acceptance, object }] })).verdict).toBe('VALID');
});

describe('bounds of all folders together', () => {
  async function bounded(bounds: Parameters<typeof verifyQueries>[1], changes: Partial<VerifyOptions> = {}) {
    const { store, trail } = lakeTrail();
    deliverResults(store, { completed: QUERY_END, account: '444455556666', results: ['x'] });
    const scenario = scenarioOf(store, trail);
    const events: TrailEvent[] = [];
    const options = {
      source: memorySource(store),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      queryResultsOnly: true,
      ...changes,
    };
    const run = beginRun(options, async (event) => void events.push(event));
    run.discovery = await discover({ source: options.source, targets: options.targets, inScope: () => true });
    await verifyQueries(run, bounds);
    return events.flatMap((event) =>
      event.type === 'query-results'
        ? [event.set.account]
        : event.type === 'finding'
          ? [`${event.finding.code} ${event.finding.object.key}`]
          : [],
    );
  }
  const cut = 'LAKE_NOT_LOOKED_AT AWSLogs/444455556666/CloudTrail-Lake/Query/';

  test('of objects that are listed: the rest is told', async () => {
    expect(await bounded({ objects: 5, entries: 10 })).toEqual(['111122223333', '444455556666']);
    // The one that needs no more than its share is the first.
    const large = cut.replace('444455556666', '111122223333');
    for (const objects of [4, 3])
      expect(await bounded({ objects, entries: 10 })).toEqual(['444455556666', large]);
    expect(await bounded({ objects: 3, entries: 10 }, { unlisted: false })).toEqual(['444455556666', large]);
  });

  test('of entries of lists: the rest is told', async () => {
    expect(await bounded({ objects: 5, entries: 2 })).toEqual(['111122223333', '444455556666']);
    expect(await bounded({ objects: 5, entries: 1 })).toEqual(['111122223333', cut]);
  });
});

describe('an error', () => {
  const failing =
    (part: string) =>
    (source: Source): Source => ({
      ...source,
      open: (ref, options) =>
        ref.key.includes(part)
          ? Promise.reject(new TrailVerifyError('CREDENTIALS', 'they ended'))
          : source.open(ref, options),
    });

  test('after the trail was judged ends the run, with what was found so far', async () => {
    const report = await verify(sound(), {}, failing('result_2'));
    expect(report.findings).toMatchObject([
      { code: 'RUN_INTERRUPTED', evidence: { reason: 'failed', error: 'CREDENTIALS' } },
    ]);
    expect(report.totals.digests.valid).toBe(4);
  });

  test('before anything was judged is thrown', async () => {
    const { store, trail } = lakeTrail();
    const scenario = scenarioOf(store, trail, { options: { queryResultsOnly: true } });
    await expect(verify(scenario, {}, failing('result_sign'))).rejects.toThrow('they ended');
  });

  test('after one set was judged ends the run, and the others are not begun', async () => {
    const { store, trail } = lakeTrail();
    for (let at = 0; at < 20; at += 1) {
      const queryId = `0c3f6b1e-aaaa-bbbb-cccc-${String(at).padStart(12, '0')}`;
      deliverResults(store, { completed: QUERY_END, queryId, results: [`${at}`] });
    }
    const scenario = scenarioOf(store, trail, { options: { queryResultsOnly: true } });
    const report = await verify(scenario, {}, failing('000000000010/result_1'));
    expect(codesOf(report)).toContain('RUN_INTERRUPTED');
    expect(report.lake?.sets.length).toBeLessThan(21);
  });
});

describe('what CloudTrail says of the query that a folder names', () => {
  const query = {
    text: 'SELECT 1',
    status: 'FINISHED',
    deliveredTo: `s3://${BUCKET}`,
    deliveryStatus: 'SUCCESS',
    bytesScanned: 1,
    eventsScanned: 1,
    eventsMatched: null,
  };

  test('is in the report, and no more where it delivered the results there', async () => {
    const asked: string[] = [];
    const report = await verify(sound(), {
      describeQuery: async (region, id) => {
        asked.push(`${region} ${id}`);
        return { query };
      },
    });
    expect(asked).toEqual([`us-east-1 ${QUERY_ID}`]);
    expect(report).toMatchObject({ verdict: 'VALID', findings: [] });
    expect(report.lake?.sets[0]).toMatchObject({ outcome: 'valid', query });
  });

  test.each([
    [{ deliveredTo: `s3://${BUCKET}-2` }, 'elsewhere'],
    [{ deliveredTo: `s3://${BUCKET}/AWSLogs/11112222333` }, 'elsewhere'],
    [{ deliveredTo: 'nonsense' }, 'elsewhere'],
    [{ deliveredTo: null }, 'not-delivered'],
    [{ deliveryStatus: 'ACCESS_DENIED' }, 'not-delivered'],
  ] as const)('%j is a finding', async (changes, reason) => {
    const report = await verify(sound(), {
      describeQuery: async () => ({ query: { ...query, ...changes } }),
    });
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(report.findings).toMatchObject([{ code: 'LAKE_QUERY_DIFFERS', evidence: { reason } }]);
    expect(report.lake?.sets[0]?.outcome).toBe('unproven');
  });

  test('counts where the results were moved as declared', async () => {
    const report = await verify(sound(), {
      relocated: [{ from: 'example-first-bucket/results', to: BUCKET }],
      describeQuery: async () => ({ query: { ...query, deliveredTo: 's3://example-first-bucket/results/' } }),
    });
    expect(codesOf(report)).not.toContain('LAKE_QUERY_DIFFERS');
  });

  test.each([
    [{ query: undefined }, 'it knows the query no more'],
    [{ query: undefined, refusal: 'not allowed (AccessDenied)' }, 'not allowed (AccessDenied)'],
  ])('is a limit where there is no answer: %j', async (answer, why) => {
    const report = await verify(sound(), { describeQuery: async () => answer });
    expect(report.verdict).toBe('VALID');
    const limit = report.limits.find(({ code }) => code === 'LAKE_QUERY_NOT_DESCRIBED');
    expect(limit?.text).toContain(why);
  });

  test('is asked of no query after a refusal, nor of one whose results nobody signed', async () => {
    const { store, trail } = lakeTrail();
    deliverResults(store, {
      completed: QUERY_END,
      results: 1,
      path: `2026/10/05/${QUERY_ID.replace(/^./, 'f')}`,
    });
    let asked = 0;
    const describeQuery = async () => {
      asked += 1;
      return { query: undefined, refusal: 'no' };
    };
    await verify(scenarioOf(store, trail), { describeQuery });
    // Those that are under way go on.
    expect(asked).toBeLessThanOrEqual(2);
    const unsigned = lakeTrail();
    for (const key of unsigned.store.keys(BUCKET))
      if (key.endsWith('result_sign.json')) unsigned.store.delete(BUCKET, key);
    asked = 0;
    await verify(scenarioOf(unsigned.store, unsigned.trail), { describeQuery });
    expect(asked).toBe(0);
  });
});

describe('a target below another folder of CloudTrail Lake is none of results', () => {
  test.each(['Query2/2026/10/05/', 'query/', 'X/', `Query2/2026/10/05/${QUERY_ID}/`, 'Query /'])(
    '%s',
    async (path) => {
      const { store, trail } = lakeTrail();
      store.put(BUCKET, `${LAKE}Query2/2026/10/05/${QUERY_ID}/result_1.csv.gz`, Buffer.from('planted'), {
        lastModified: QUERY_END,
      });
      const asked = { bucket: BUCKET, prefix: LAKE + path };
      for (const targets of [[asked], [asked, { bucket: BUCKET, prefix: `${LAKE}Query/` }]])
        await expect(verify(scenarioOf(store, trail), { targets })).rejects.toMatchObject({
          code: 'TARGET_WITHOUT_TRAIL',
          message: expect.stringContaining(LAKE + path),
        });
    },
  );
});

test('the Region that is asked for is the one that a key proves', async () => {
  const { store, trail } = lakeTrail({ edit: (fields) => ({ ...fields, region: 'eu-west-1' }) });
  const scenario = scenarioOf(store, trail);
  const keyRing = ringOf({ ...scenario, keys: scenario.keys });
  const regionless = {
    ...keyRing,
    find: async (query: Parameters<typeof keyRing.find>[0]) => {
      const { found } = await keyRing.find({ ...query, region: 'us-east-1' });
      return found === undefined ? { found, complete: false } : { found: { ...found, region: undefined } };
    },
  };
  for (const region of ['eu-west-1', 'us-east-1']) {
    const changes = { queryResultsOnly: true, scope: { regions: [region] }, keyRing: regionless };
    const report = await verify(scenario, changes);
    expect(report.findings).toMatchObject([{ code: 'LAKE_RESULTS_ABSENT', evidence: { region } }]);
    expect(report.lake?.totals.sets.valid).toBe(1);
  }
});

test('files that are not listed are not asked for one by one', async () => {
  const { store, trail } = lakeTrail({
    edit: (fields) => ({
      ...fields,
      files: Array.from({ length: 500 }, (_, at) => ({ fileName: `n${at}`, fileHashValue: 'a'.repeat(64) })),
    }),
  });
  let asked = 0;
  const report = await verify(scenarioOf(store, trail), {}, (source) => ({
    ...source,
    hashed: undefined,
    open: (ref, options) => {
      if (/\/n\d+$/.test(ref.key)) asked += 1;
      return source.open(ref, options);
    },
  }));
  expect(report.lake?.totals.files.missing).toBe(500);
  expect(asked).toBeLessThanOrEqual(8);
});

test('the first line says that results were not read', async () => {
  const { store, trail } = lakeTrail();
  const scenario = scenarioOf(store, trail);
  expect(verdictSentence(await verify(scenario, { queryResultsOnly: true, logs: false }))).toBe(
    'VALID: the sign file of 1 set of query results is exactly what AWS signed; 2 result files were not read.',
  );
  expect(verdictSentence(await verify(scenario, { logs: false }))).toMatch(
    /the sign file of 1 set of query results are exactly what AWS signed; 2 result files were not read; \d+ log files were not checked\.$/,
  );
});

describe('results alone: twins of their folder are told as in a run of everything', () => {
  const day = `2026/10/05/${QUERY_ID}/`;
  test.each([
    `${LAKE.replace('-Lake', '-lake')}Query/${day}`,
    `${LAKE}query/${day}`,
    `${LAKE}Query2/${day}`,
    `${LAKE}us-east-1/${day}`,
    `AWSLogs/111122223333/CloudTrailLake/Query/${day}`,
    `AWSLogs/111122223333/CloudTrail/Query/${day}`,
    `AWSLogs/11112222333/CloudTrail-Lake/Query/${day}`,
    `awslogs/111122223333/CloudTrail-Lake/Query/${day}`,
    `results/CloudTrail-Lake/Query/${day}`,
    `CloudTrail-Lake/Query/${day}`,
    `results/cloudtrail-lake/query/${day}`,
  ])('%s', async (folder) => {
    const { store, trail } = lakeTrail();
    const key = `${folder}result_1.csv.gz`;
    store.put(BUCKET, key, Buffer.from('planted'), { lastModified: QUERY_END });
    for (const queryResultsOnly of [true, false]) {
      const report = await verify(scenarioOf(store, trail), { queryResultsOnly });
      expect(report.verdict).toBe('INCONCLUSIVE');
      const told = report.findings.filter(({ object }) => object.key === key);
      expect(told.map(({ code }) => code)).toEqual(['LOG_UNLISTED']);
      expect(report.lake?.totals.sets.valid).toBe(1);
    }
  });

  test('and where the folder of CloudTrail Lake itself is asked for, and not where a part of the results is', async () => {
    const { store, trail } = lakeTrail();
    store.put(BUCKET, `${LAKE}Query2/${day}result_1.csv.gz`, Buffer.from('planted'), {
      lastModified: QUERY_END,
    });
    const scenario = scenarioOf(store, trail);
    const of = (prefix: string) => verify(scenario, { targets: [{ bucket: BUCKET, prefix }] });
    expect(codesOf(await of(LAKE))).toEqual(['LOG_UNLISTED']);
    expect(codesOf(await of(`${LAKE}Query/`))).toEqual([]);
    expect(codesOf(await of(`${LAKE}Query/2026/`))).toEqual([]);
  });

  test('but not the folders of a trail, and not a prefix that has the name of CloudTrail Lake', async () => {
    const { store, trail } = lakeTrail();
    for (const key of store.keys(BUCKET).filter((one) => one.startsWith(LAKE))) {
      const stored = store.get(BUCKET, key);
      store.put(BUCKET, `CloudTrail-Lake/${key}`, stored?.bytes ?? Buffer.alloc(0), {
        lastModified: QUERY_END,
      });
    }
    const report = await verify(scenarioOf(store, trail), { queryResultsOnly: true });
    expect(codesOf(report)).toEqual(['LAKE_SIGNED_TWICE']);
    expect(report.lake?.totals.sets.valid).toBe(2);
  });

  test('and a target in a trail holds none', async () => {
    const targets = [{ bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail/us-east-1/' }];
    await expect(verify(sound(), { targets, queryResultsOnly: true })).rejects.toMatchObject({
      code: 'TARGET_WITHOUT_TRAIL',
    });
  });
});
