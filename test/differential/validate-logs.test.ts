/**
 * `aws cloudtrail validate-logs` beside us, on the same objects over HTTP: we agree where it is right, and the table
 * lists each place where it is not. Both sides are asserted to the letter, so a release of the AWS CLI that mends or
 * changes something shows as a failing row.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Scenario } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { limiter } from '../../src/base/flow.ts';
import { EVERY_WAY } from '../support/check-paths.ts';
import { awsCliVersion } from './aws-cli.ts';
import { compare, describeReport, reportOf } from './compare.ts';
import { type Row, saidIn } from './row.ts';
import { TABLE } from './table.ts';

/** The AWS CLI takes a processor for a second or so. */
const AT_ONCE = 2;
const TIME_LIMIT = 300_000;

const aws = awsCliVersion();
if ('absent' in aws) console.log(`skipped, for ${aws.absent}`);
const version = 'absent' in aws ? '' : aws.version;
const branches = TABLE.flatMap((row) => {
  const { branch } = saidIn(version, row.aws);
  return branch === undefined ? [] : [`${row.title}: ${branch}`];
});

/** The first row of each answer of the AWS CLI, by the kind of its objects; all where every way is asked for. */
const asked: readonly Row[] = EVERY_WAY
  ? TABLE
  : [...new Map(TABLE.toReversed().map((row) => [answerOf(row), row])).values()];
const others = TABLE.filter((row) => 'absent' in aws || !asked.includes(row));
if (!('absent' in aws) && others.length > 0)
  console.log(`aws-cli says the same of ${others.length} further rows: it is asked with EVERY_WAY=1 alone`);

function answerOf({ aws: said, scenario }: Row): string {
  const kind = typeof scenario === 'string' ? scenario.split('-')[0] : 'own';
  const { relation, says } = saidIn(version, said).said;
  return JSON.stringify([kind, relation, says]);
}

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_PROFILE', 'AWS_REGION', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe.skipIf('absent' in aws)(`beside aws-cli ${version}`, () => {
  const limit = limiter(AT_ONCE);

  beforeAll(() => {
    console.log(`aws-cli ${version}; of the rows that depend on its version\n  ${branches.join('\n  ')}`);
  });

  test.concurrent.each(asked.map((row) => [row.title, row] as const))(
    '%s',
    async (_, row) => {
      const { said } = saidIn(version, row.aws);
      const scenario = await build(row);
      const seen = await limit(() => compare(scenario, row.question));
      const changed = `aws-cli ${version} no longer says of "${row.title}" what the table has:\n${seen.aws.output}`;
      expect(seen.ours, `we no longer say of "${row.title}" what the table has`).toBe(row.ours);
      expect(seen.aws.summary, changed).toBe(said.says);
      expect(seen.relation, `"${row.title}" compares otherwise than the table has`).toBe(said.relation);
    },
    TIME_LIMIT,
  );
});

describe('what we say ourselves', () => {
  test.each(others.map((row) => [row.title, row] as const))('%s', async (_, row) => {
    const report = await reportOf(await build(row), row.question);
    expect(describeReport(report), `we no longer say of "${row.title}" what the table has`).toBe(row.ours);
  });
});

describe('the table', () => {
  test('says why wherever the two do not agree, and nowhere else', () => {
    const said = TABLE.flatMap(({ aws }) => ('changedIn' in aws ? [aws.before, aws.since] : [aws]));
    for (const { relation, why, says } of said) expect(why === undefined, says).toBe(relation === 'agree');
  });

  test('has no two rows of one title', () => {
    const titles = TABLE.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test.each([
    ['1.44.36', 'before 1.44.37'],
    ['1.44.37', 'since 1.44.37'],
    ['1.45.11', 'since 1.44.37'],
    ['2.9.0', 'before 2.33.20'],
    ['2.33.20', 'since 2.33.20'],
  ])('knows which branch version %s takes', (asked, branch) => {
    const row = TABLE.find(({ scenario }) => scenario === 'backfill-missing');
    expect(row === undefined ? undefined : saidIn(asked, row.aws).branch).toBe(branch);
  });
});

async function build({ scenario }: Row): Promise<Scenario> {
  return typeof scenario === 'string' ? (await loadScenario(scenario)).build() : scenario();
}
