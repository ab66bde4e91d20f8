/** The library's two acts on events, by the door that a program has: `trail-verify/events`. */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ringOf, type Scenario } from '../fixtures/scenario.ts';
import { loadScenario } from '../fixtures/scenarios.ts';
import { fixedClock } from '../src/base/clock.ts';
import {
  checkExport,
  exportEvents,
  type QueriedEvents,
  queryEvents,
  readEvents,
  renderExportCheck,
  type Value,
} from '../src/door/events.ts';
import { openDatabase } from '../src/events/database.ts';
import type { VerifyOptions } from '../src/verify-options.ts';
import { runCommand, stubAwsEnvironment } from './support/command.ts';
import { memorySource } from './support/memory-source.ts';
import { exportOf, realisticTrail } from './support/realistic-trail.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

function optionsOf(scenario: Scenario): VerifyOptions {
  return {
    source: memorySource(scenario.store),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
  };
}

async function rowsOf(answer: QueriedEvents): Promise<readonly (readonly Value[])[]> {
  const rows: (readonly Value[])[] = [];
  for await (const batch of answer.batches) rows.push(...batch);
  await answer.close();
  return rows;
}

const SQL = 'SELECT log_uri, record, eventname, event_json FROM cloudtrail_logs ORDER BY log_uri, record';
const asked = (folder: string, more: object = {}) => ({
  folder,
  sql: SQL,
  trust: [],
  now: Date.parse('2026-12-01T00:00:00Z'),
  ...more,
});

describe('a program', () => {
  test.each(['realistic', 'tampered'])('exports and asks %s as the command does', async (name) => {
    const scenario = name === 'realistic' ? realisticTrail() : (await loadScenario(name)).build();
    const folder = temporaryFolder();
    const seen: string[] = [];
    const kept = vi.fn(async () => {});
    const { report, document } = await exportEvents(
      { ...optionsOf(scenario), onLog: kept },
      folder,
      ({ type }) => seen.push(type),
    );
    expect(seen).toContain('digest');
    expect(kept).toHaveBeenCalled();
    expect(readdirSync(folder).toSorted()).toEqual(['events', 'events.json', 'manifest', 'report.json']);
    expect(readEvents(readFileSync(path.join(folder, 'events.json')), 'events.json')).toEqual(document);
    expect(document).toMatchObject({
      contents: 'events',
      report: { verdict: report.verdict, run: report.run.id },
    });

    stubAwsEnvironment();
    const elsewhere = temporaryFolder();
    const { events, now } = await exportOf(scenario, elsewhere, [], name === 'realistic' ? 0 : 1);
    const answer = await queryEvents(asked(folder));
    expect(answer.columns.map((column) => column.name)).toEqual([
      'log_uri',
      'record',
      'eventname',
      'event_json',
    ]);
    expect(answer.report.verdict).toBe(report.verdict);
    expect(answer.document).toEqual(document);
    const rows = await rowsOf(answer);
    expect(rows).toHaveLength(document.events);
    expect(rows).toEqual(await rowsOf(await queryEvents(asked(events))));
    const command = await runCommand(['query', SQL, '--events', events, '--now', now, '--format', 'ndjson']);
    const lines = command.out.trimEnd().split('\n');
    expect(lines.map((line) => Object.values(JSON.parse(line)))).toEqual(rows);
    vi.unstubAllEnvs();
  });

  test.each(['', 'not there'])('exports into a folder that is there, which %j is not', async (name) => {
    const folder = name === '' ? '' : path.join(temporaryFolder(), name);
    await expect(exportEvents(optionsOf(realisticTrail()), folder)).rejects.toMatchObject({
      code: 'OUTPUT_NOT_USABLE',
      hint: 'make an empty folder, and give that',
    });
  });

  test('learns that nothing is covered where nothing is proven', async () => {
    const folder = temporaryFolder();
    const { report } = await exportEvents(
      { ...optionsOf(realisticTrail()), signal: AbortSignal.abort() },
      folder,
    );
    const answer = await queryEvents(asked(folder));
    await answer.close();
    expect(answer.covered).toEqual([]);
    const [gap] = answer.uncovered;
    expect(gap).toMatchObject({ from: '2013-11-01T00:00:00Z', chain: 'all' });
    expect(Date.parse(gap?.to ?? '')).toBeGreaterThanOrEqual(Date.parse(report.window.requested.to));
  });

  test('ends a question by a signal, before and after it is asked', async () => {
    const folder = temporaryFolder();
    await exportEvents(optionsOf(realisticTrail()), folder);
    const endless = { sql: 'SELECT count(*) FROM range(100000000000000)' };
    const interrupted = { code: 'INTERRUPTED' };
    await expect(
      queryEvents(asked(folder, { ...endless, signal: AbortSignal.abort() })),
    ).rejects.toMatchObject(interrupted);
    const stop = new AbortController();
    const long = { sql: 'SELECT range FROM range(100000000000000)', signal: stop.signal };
    const { batches, close } = await queryEvents(asked(folder, long));
    const taken = (async () => {
      for await (const _ of batches) stop.abort();
    })();
    await expect(taken).rejects.toMatchObject(interrupted);
    await close();
    const whole = new AbortController();
    const answer = await queryEvents(asked(folder, { signal: whole.signal }));
    expect(await rowsOf(answer)).not.toEqual([]);
    // It is closed by now: there is nothing that could end.
    whole.abort();
  });

  test('asks of a time, and learns what of it is not covered', async () => {
    const folder = temporaryFolder();
    await exportEvents(optionsOf(realisticTrail()), folder);
    const from = Date.parse('2026-10-06T00:00:00Z');
    const to = Date.parse('2026-10-08T00:00:00Z');
    const answer = await queryEvents(
      asked(folder, {
        sql: "SELECT min(eventtime) >= '2026-10-06' AS late, now() AS now FROM cloudtrail_logs",
        from,
        to,
      }),
    );
    expect(answer.uncovered).toEqual([
      expect.objectContaining({ to: '2026-10-08T01:00:00Z', reason: 'AFTER_NEWEST_DIGEST' }),
    ]);
    expect(answer.covered.length).toBeGreaterThan(0);
    expect(await rowsOf(answer)).toEqual([[true, expect.stringContaining('2026-12-01 00:00:00')]]);
  });

  test('may leave an answer before its end', async () => {
    const folder = temporaryFolder();
    await exportEvents(optionsOf(realisticTrail()), folder);
    const answer = await queryEvents(asked(folder, { sql: 'SELECT a.eventid FROM events a, events b' }));
    for await (const batch of answer.batches) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    await answer.close();
  });
});

describe('nothing is left of an export', () => {
  test('where the run fails, or a reader of its events does', async () => {
    const scenario = realisticTrail();
    const folder = temporaryFolder();
    const failing = async (): Promise<void> => {
      throw new Error('the keeper is full');
    };
    await expect(exportEvents({ ...optionsOf(scenario), onLog: failing }, folder)).rejects.toThrow(
      'the keeper is full',
    );
    expect(readdirSync(folder)).toEqual([]);
    const onEvent = (): void => {
      throw new Error('no more of it');
    };
    await expect(exportEvents(optionsOf(scenario), folder, onEvent)).rejects.toThrow('no more of it');
    expect(readdirSync(folder)).toEqual([]);
    await exportEvents(optionsOf(scenario), folder);
    expect(readdirSync(folder)).toContain('events.json');
  });

  test('that is of nothing, or into a folder that cannot be', async () => {
    const scenario = realisticTrail();
    const folder = temporaryFolder();
    const options = optionsOf(scenario);
    await expect(exportEvents({ ...options, logs: false }, folder)).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    await expect(
      exportEvents({ ...options, state: {} as NonNullable<VerifyOptions['state']> }, folder),
    ).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(readdirSync(folder)).toEqual([]);
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(exportEvents(options, file)).rejects.toMatchObject({ code: 'OUTPUT_NOT_USABLE' });
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('but never of another one that is there', async () => {
    const folder = temporaryFolder();
    const scenario = realisticTrail();
    const { document } = await exportEvents(optionsOf(scenario), folder);
    await expect(exportEvents(optionsOf(scenario), folder)).rejects.toMatchObject({
      code: 'OUTPUT_NOT_USABLE',
      message: `folder ${folder} holds events already`,
    });
    const check = await checkExport({ folder, trust: [], now: Date.now() });
    expect(check).toMatchObject({ verdict: 'INCONCLUSIVE', document: { events: document.events } });
    expect(renderExportCheck(check, 'it')).toBe('UNPROVEN: it: there is no signature');
    for (const name of ['report.json', 'events.json', 'manifest']) {
      const other = temporaryFolder();
      mkdirSync(path.join(other, name));
      await expect(exportEvents(optionsOf(scenario), other)).rejects.toMatchObject({
        code: 'OUTPUT_NOT_USABLE',
      });
      expect(readdirSync(other)).toEqual([name]);
    }
  });
});

describe('an export that is changed while it is asked', () => {
  const MANY = 'SELECT a.event_json FROM events a, events b';

  async function changedMeanwhile(change: (file: string, folder: string) => void): Promise<unknown> {
    const folder = temporaryFolder();
    const { document } = await exportEvents(optionsOf(realisticTrail()), folder);
    const answer = await queryEvents(asked(folder, { sql: MANY }));
    const [first] = document.files.filter((file) => file.path.startsWith('events/'));
    const take = async (): Promise<void> => {
      let isFirst = true;
      for await (const _ of answer.batches) {
        if (isFirst) change(path.join(folder, first?.path ?? ''), folder);
        isFirst = false;
      }
    };
    const failure = await take().catch((error: unknown) => error);
    await answer.close();
    return failure;
  }

  test.each<readonly [string, (file: string, folder: string) => void]>([
    [
      'in its place, and back with its time',
      (file) => {
        const content = readFileSync(file);
        const { atime, mtime } = statSync(file);
        writeFileSync(file, Buffer.alloc(content.length));
        writeFileSync(file, content);
        utimesSync(file, atime, mtime);
      },
    ],
    [
      'by another file of its content',
      (file) => {
        writeFileSync(`${file}.new`, readFileSync(file));
        renameSync(`${file}.new`, file);
      },
    ],
    ['by none', (file) => rmSync(file)],
    [
      'by another folder in its place, and back',
      (file) => {
        const day = path.dirname(file);
        renameSync(day, `${day}-away`);
        mkdirSync(day);
        rmdirSync(day);
        renameSync(`${day}-away`, day);
      },
    ],
    [
      'by one more, which a pattern would find',
      (file) => cpSync(file, path.join(path.dirname(file), 'part-000009.parquet')),
    ],
    [
      // The old files are gone: the rows that were not read yet cannot come.
      'with its whole folder, as --force does',
      (_, folder) => {
        cpSync(folder, `${folder}-new`, { recursive: true, preserveTimestamps: true });
        rmSync(folder, { recursive: true });
        renameSync(`${folder}-new`, folder);
      },
    ],
  ])('%s gives no whole answer', async (_, change) => {
    expect(await changedMeanwhile(change)).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: expect.stringContaining('was changed while it was asked'),
      hint: expect.stringContaining('ask again'),
    });
  });

  test('by a forged folder of its name gives no row of that', async () => {
    const folder = path.join(temporaryFolder(), 'run');
    const [genuine, forged] = [`${folder}-genuine`, `${folder}-forged`];
    mkdirSync(folder);
    const { document } = await exportEvents(optionsOf(realisticTrail()), folder);
    cpSync(folder, forged, { recursive: true });
    const files = document.files.filter((file) => file.path.startsWith('events/'));
    const database = await openDatabase({ memory: 256e6 });
    for (const { path: name } of files) {
      const rows = `SELECT * REPLACE ('Forged' AS eventname) FROM read_parquet('${path.join(folder, name)}', hive_partitioning = false)`;
      await database.run(`COPY (${rows}) TO '${path.join(forged, name)}' (FORMAT parquet)`);
    }
    database.close();
    // Its last rows are read when the first ones were taken.
    const late =
      "SELECT system.main.repeat('x', 1000) AS name FROM range(100000) UNION ALL SELECT eventname FROM events";
    const answer = await queryEvents(asked(folder, { sql: late }));
    const names = new Set<unknown>();
    const take = async (): Promise<void> => {
      for await (const batch of answer.batches) {
        if (names.size === 0) {
          renameSync(folder, genuine);
          renameSync(forged, folder);
        }
        for (const [name] of batch) names.add(name);
      }
    };
    const failure = await take().catch((error: unknown) => error);
    await answer.close();
    expect(failure).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: `${folder} was changed while it was asked`,
    });
    expect([...names].map((name) => String(name)[0])).toEqual(['x']);
  });

  test('by nobody gives one, whatever is read', async () => {
    expect(await changedMeanwhile((file) => readFileSync(file))).toBeUndefined();
  });
});

test('nothing is answered from an export that was changed, and no question that is none', async () => {
  const folder = temporaryFolder();
  await exportEvents(optionsOf(realisticTrail()), folder);
  await expect(queryEvents(asked(folder, { sql: 'SELECT 1; SELECT 2' }))).rejects.toMatchObject({
    code: 'CONFIGURATION',
  });
  await expect(queryEvents(asked(folder, { sql: 'SELECT nothing FROM events' }))).rejects.toMatchObject({
    code: 'CONFIGURATION',
    hint: expect.stringContaining('Candidate bindings'),
  });
  await expect(
    queryEvents(asked(folder, { sql: 'SELECT CAST(eventname AS INTEGER) FROM events' })).then(rowsOf),
  ).rejects.toMatchObject({ code: 'CONFIGURATION' });
  await expect(queryEvents(asked(path.join(folder, 'events')))).rejects.toMatchObject({
    code: 'TARGET_NOT_FOUND',
  });
  const file = path.join(folder, 'manifest/part-000001.parquet');
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('x')]));
  await expect(queryEvents(asked(folder))).rejects.toMatchObject({
    code: 'EVIDENCE_INVALID',
    message: `REFUSED: ${folder}: manifest/part-000001.parquet is not as it was exported`,
  });
  rmSync(path.join(folder, 'report.json'));
  await expect(queryEvents(asked(folder))).rejects.toMatchObject({ code: 'EVIDENCE_INVALID' });
});
