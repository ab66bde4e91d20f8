import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { duckType, RECORD } from '../../src/events/columns.ts';
import {
  type AthenaOptions,
  athenaDdl,
  foldersOf,
  type ManifestOptions,
  manifestDdl,
  type TrinoOptions,
  trinoDdl,
} from '../../src/events/ddl.ts';
import { expectGolden } from '../support/golden.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { type Grammar, sqlGrammars } from '../support/sql-grammars.ts';

const PLACE = { bucket: 'example-evidence', prefix: 'cloudtrail/2026', database: 'security' };
const REPORT = '5a'.repeat(32);
const ATHENA: AthenaOptions = {
  ...PLACE,
  accounts: ['444455556666', '111122223333'],
  regions: ['us-east-1', 'eu-west-1'],
  days: { from: '2026-10-01', to: '2026-11-20' },
  reportSha256: REPORT,
};
const TRINO: TrinoOptions = { ...PLACE, reportSha256: REPORT };
const MANIFEST: ManifestOptions = { ...PLACE, engine: 'athena', logs: { table: 'cloudtrail_logs' } };

let hive: Grammar;
let trino: Grammar;
beforeAll(async () => {
  ({ hive, trino } = await sqlGrammars());
});

/** The statements for Athena: tables are for Hive's grammar, views for Trino's. */
function athenaErrors(sql: string): readonly string[] {
  const statements = sql.split(/(?<=;\n)/);
  return statements.flatMap((one) => (one.startsWith('CREATE OR REPLACE VIEW') ? trino : hive).errors(one));
}

describe('the statements', () => {
  test('of a table for Athena are Hive', () => {
    const sql = athenaDdl(ATHENA);
    expectGolden('ddl-athena.sql', sql);
    expect(hive.errors(sql)).toEqual([]);
    expect(hive.statements(sql)).toHaveLength(1);
    // The grammar refuses what is none.
    expect(hive.errors(sql.replace('STORED AS', 'STORED'))).not.toEqual([]);
  });

  test('of a table for Trino are Trino', () => {
    const sql = trinoDdl(TRINO);
    expectGolden('ddl-trino.sql', sql);
    expect(trino.errors(sql)).toEqual([]);
    expect(trino.statements(sql)).toHaveLength(2);
    expect(trino.errors(sql.replace('WITH (', 'WITH'))).not.toEqual([]);
  });

  test('of a manifest and its view are a table of the engine and a view of Trino', () => {
    const athena = manifestDdl(MANIFEST);
    expectGolden('ddl-manifest-athena.sql', athena);
    expect(athenaErrors(athena)).toEqual([]);
    const bounded = manifestDdl({ ...MANIFEST, engine: 'trino', writtenBefore: '2026-11-21T03:00:00.750Z' });
    expectGolden('ddl-manifest-trino.sql', bounded);
    expect(trino.errors(bounded)).toEqual([]);
    expect(trino.statements(bounded)).toHaveLength(2);
  });

  test('have the types of the columns', () => {
    const asHive = (type: string): string =>
      type
        .replaceAll('"', '')
        .replace(/STRUCT\(/g, 'struct(')
        .replace(/MAP\(VARCHAR, VARCHAR\)/g, 'map<string,string>')
        .replaceAll('VARCHAR', 'string');
    const sql = athenaDdl(ATHENA);
    for (const [name, shape] of Object.entries(RECORD)) {
      const type = new RegExp(`^  \`${name.toLowerCase()}\` (.*?),?$`, 'm').exec(sql)?.[1] ?? '';
      const flat = type
        .replace(/^array<(.*)>$/, '$1[]')
        .replace(/struct</g, 'struct(')
        .replace(/>(?=$|[,>[])/g, ')')
        .replace(/map<string,string\)/g, 'map<string,string>');
      const duck = asHive(duckType(shape))
        .replace(/(\w) (?=struct|string|map)/g, '$1:')
        .replaceAll(', ', ',');
      expect([name, flat]).toEqual([name, duck]);
    }
  });

  test('ask for accounts in each query, where they are not known', () => {
    const sql = athenaDdl({ ...ATHENA, accounts: undefined, days: { from: '2026-10-01' } });
    expect(sql).toContain("'projection.account.type' = 'injected'");
    expect(sql).not.toContain('projection.account.values');
    expect(sql).toContain("'projection.day.range' = '2026-10-01,NOW'");
    expect(hive.errors(sql)).toEqual([]);
  });

  test('find an export at the top of a bucket, and below a prefix with a slash at its end', () => {
    expect(trinoDdl({ ...TRINO, prefix: undefined })).toContain("'s3://example-evidence/events/'");
    expect(trinoDdl({ ...TRINO, prefix: '' })).toContain("'s3://example-evidence/events/'");
    expect(trinoDdl({ ...TRINO, prefix: 'a/b/' })).toContain("'s3://example-evidence/a/b/events/'");
    expect(manifestDdl({ ...MANIFEST, prefix: 'a/b/' })).toContain("'s3://example-evidence/a/b/manifest/'");
  });
});

test('the page about them shows what is printed, but for lines that it leaves out', () => {
  const page = readFileSync(new URL('../../docs/athena.md', import.meta.url), 'utf8');
  const place = { bucket: 'example-evidence', prefix: 'cloudtrail', database: 'security' };
  const printed = [
    athenaDdl({ ...ATHENA, ...place, reportSha256: undefined }),
    manifestDdl({ ...MANIFEST, ...place, writtenBefore: '2026-11-21T03:00:00Z' }),
  ];
  const shown = [...page.matchAll(/^```sql\n(CREATE [\s\S]*?\n)```$/gm)].map(([, block = '']) => block);
  expect(shown).toHaveLength(printed.length);
  for (const [index, block] of shown.entries()) {
    const pattern = block.split(/^ *…\n/m).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    expect(printed[index]).toMatch(new RegExp(`^${pattern.join('[^]*')}$`));
  }
});

describe('names', () => {
  test('that are words of SQL are quoted for each engine', () => {
    for (const word of ['select', 'table', 'date', 'order', 'day', '_x', 'from']) {
      expect(athenaErrors(athenaDdl({ ...ATHENA, database: word, name: word }))).toEqual([]);
      expect(trino.errors(trinoDdl({ ...TRINO, catalog: word, database: word, name: word }))).toEqual([]);
      const logs = { database: word, table: word };
      for (const engine of ['athena', 'trino'] as const) {
        const sql = manifestDdl({ ...MANIFEST, engine, catalog: word, name: word, manifest: word, logs });
        expect((engine === 'trino' ? trino.errors : athenaErrors)(sql)).toEqual([]);
      }
    }
  });

  test('of a database and a table that are there already may have hyphens, and of new ones not', () => {
    const sql = manifestDdl({
      ...MANIFEST,
      database: 'my-db',
      logs: { database: 'logs-db', table: 'cloudtrail-logs' },
    });
    expect(sql).toContain('FROM "logs-db"."cloudtrail-logs" l');
    expect(athenaErrors(sql)).toEqual([]);
    expect(() => athenaDdl({ ...ATHENA, name: 'my-table' })).toThrow('is not a name for a table or view');
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.constantFrom(
      ...HOSTILE_NAMES,
      "x'; DROP TABLE y; --",
      'x`',
      'x"."y',
      "x\\'",
      '$\u007baccount}',
      'a*',
      'a{b}',
      'a b',
      'é',
    ),
  );
  /** Each place that a text may be given for, and what of it is taken. */
  const places: Readonly<Record<string, readonly [taken: RegExp, make: (given: string) => string]>> = {
    database: [/^[a-z0-9_][a-z0-9_-]*$/, (database) => athenaDdl({ ...ATHENA, database })],
    name: [/^[a-z_][a-z0-9_]*$/, (name) => athenaDdl({ ...ATHENA, name })],
    bucket: [/^[A-Za-z0-9._-]{3,}$/, (bucket) => athenaDdl({ ...ATHENA, bucket })],
    prefix: [/^(?:[A-Za-z0-9!_.()=+@/-]*)$/, (prefix) => athenaDdl({ ...ATHENA, prefix })],
    account: [/^\d{12}$/, (account) => athenaDdl({ ...ATHENA, accounts: [account] })],
    region: [/^[a-z0-9-]+$/, (region) => athenaDdl({ ...ATHENA, regions: [region] })],
    from: [/^\d{4}-\d\d-\d\d$/, (from) => athenaDdl({ ...ATHENA, days: { from } })],
    to: [/^\d{4}-\d\d-\d\d$/, (to) => athenaDdl({ ...ATHENA, days: { from: '2026-10-01', to } })],
    report: [/^[0-9a-f]{64}$/, (reportSha256) => athenaDdl({ ...ATHENA, reportSha256 })],
    catalog: [/^[a-z0-9_][a-z0-9_-]*$/, (catalog) => trinoDdl({ ...TRINO, catalog })],
    schema: [/^[a-z0-9_][a-z0-9_-]*$/, (database) => trinoDdl({ ...TRINO, database })],
    logs: [/^[a-z0-9_][a-z0-9_-]*$/, (table) => manifestDdl({ ...MANIFEST, logs: { table } })],
    'logs database': [
      /^[a-z0-9_][a-z0-9_-]*$/,
      (database) => manifestDdl({ ...MANIFEST, logs: { database, table: 'x' } }),
    ],
    manifest: [/^[a-z_][a-z0-9_]*$/, (manifest) => manifestDdl({ ...MANIFEST, manifest })],
    time: [/^[\d-]+T[\d:.]+Z$/, (writtenBefore) => manifestDdl({ ...MANIFEST, writtenBefore })],
  };

  test.each(Object.entries(places))('of every other kind are refused: %s', (_, [taken, make]) => {
    fc.assert(
      fc.property(text, (given) => {
        try {
          make(given);
        } catch (error) {
          expect(error).toBeInstanceOf(TrailVerifyError);
          expect(error).toHaveProperty('code', 'USAGE');
          return;
        }
        expect(given).toMatch(taken);
      }),
      { numRuns: 300 },
    );
  });

  test.each(['2026-02-30', '2026-13-01', '2026-1-1', '+02026-01-01', ''])(
    'of days that are none: %j',
    (from) => {
      expect(() => athenaDdl({ ...ATHENA, days: { from } })).toThrow('is not a day');
    },
  );

  test.each(['/', 'a//b', '../a', 'a/./b', '/a', 'a/..'])(
    'of prefixes that no engine reads: %j',
    (prefix) => {
      expect(() => athenaDdl({ ...ATHENA, prefix })).toThrow('is not a prefix');
    },
  );

  test('of no Region and no account, and of days in the wrong order', () => {
    expect(() => athenaDdl({ ...ATHENA, regions: [] })).toThrow('needs a Region');
    expect(() => athenaDdl({ ...ATHENA, accounts: [] })).toThrow('needs an account');
    const days = { from: '2026-11-20', to: '2026-11-19' };
    expect(() => athenaDdl({ ...ATHENA, days })).toThrow(
      'the last day, 2026-11-19, is before the first, 2026-11-20',
    );
  });
});

describe('the folders of an export', () => {
  const file = (path: string) => ({ path, bytes: 1, rows: 1, sha256: REPORT });

  test('are its accounts, Regions and days, each once', () => {
    const files = [
      'events/account=444455556666/region=us-east-1/day=2026-11-20/0.parquet',
      'events/account=444455556666/region=us-east-1/day=2026-10-01/0.parquet',
      'events/account=111122223333/region=eu-west-1/day=1970-01-01/0.parquet',
      'log_files/0.parquet',
    ].map(file);
    expect(foldersOf({ files })).toEqual({
      accounts: ['444455556666', '111122223333'],
      regions: ['us-east-1', 'eu-west-1'],
      days: { from: '2026-10-01', to: '2026-11-20' },
      undated: 1,
    });
  });

  test('are none of a file that lies elsewhere, and no days of no file', () => {
    const days = { from: '1970-01-01', to: '1970-01-01' };
    const files = ['events/region=us-east-1/0.parquet'].map(file);
    expect(foldersOf({ files })).toEqual({ accounts: [], regions: [], days, undated: 0 });
  });
});
