/**
 * `aws cloudtrail verify-query-results` next to us, on the same query results. It exists in version 2 alone. What it does is restated
 * here, so that each place where the two differ is held whether it is installed or not; where it is, the restatement is held to it.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash, verify } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { DAY, fixedClock } from '../../src/base/clock.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { startAwsServer } from '../support/aws-server.ts';
import { publicKeyData } from '../support/key-files.ts';
import { memorySource } from '../support/memory-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { publicKeyOf } from '../support/test-keys.ts';
import type { SignFields } from '../support/test-lake.ts';
import { AWS } from './aws-cli.ts';

const BUCKET = 'example-trail-logs';
const QUERIES = /^AWSLogs\/111122223333\/CloudTrail-Lake\/Query\//;

const { stdout = '' } = spawnSync(AWS, ['--version'], { encoding: 'utf8' });
const [, major] = /^aws-cli\/(\d+)\./.exec(stdout) ?? [];
const hasCommand = Number(major) >= 2;
if (!hasCommand)
  console.log(
    `verify-query-results itself is not run: it needs aws-cli 2, and here is ${stdout.trim() || 'none'}`,
  );

/** Writes the folder of the first set of query results, as a user downloads it. */
function download({ store }: Scenario): string {
  const folder = path.join(temporaryFolder(), 'results');
  const keys = store.keys(BUCKET).filter((key) => QUERIES.test(key));
  const sign = keys.find((key) => key.endsWith('result_sign.json')) ?? keys[0] ?? '';
  const own = sign.slice(0, sign.lastIndexOf('/') + 1);
  mkdirSync(folder, { recursive: true });
  for (const key of keys.filter((one) => one.startsWith(own) && !one.slice(own.length).includes('/')))
    writeFileSync(path.join(folder, key.slice(own.length)), store.get(BUCKET, key)?.bytes ?? '');
  return folder;
}

/** What aws-cli 2 does with such a folder, in its order: undefined where it is content, or why it is not. */
function restated(folder: string, { keys }: Scenario): string | undefined {
  const read = (name: string): Buffer | undefined => {
    try {
      return readFileSync(path.join(folder, name));
    } catch {
      return undefined;
    }
  };
  const text = read('result_sign.json');
  if (text === undefined) return 'no sign file';
  let sign: SignFields;
  try {
    sign = JSON.parse(text.toString());
  } catch {
    return 'no JSON';
  }
  if (sign.files.length === 0) return 'no files';
  for (const { fileName, fileHashValue } of sign.files) {
    const bytes = read(fileName);
    if (bytes === undefined) return 'no such file';
    if (createHash('sha256').update(bytes).digest('hex') !== fileHashValue) return 'another hash';
  }
  const from = Date.parse(sign.queryCompleteTime);
  const key = keys.find(
    ({ region, fingerprint, validFrom, validTo }) =>
      region === 'us-east-1' &&
      fingerprint === sign.publicKeyFingerprint &&
      validTo >= from &&
      validFrom <= from + 20 * DAY,
  );
  if (key === undefined) return 'no key';
  const signed = Buffer.from(sign.files.map(({ fileHashValue }) => fileHashValue).join(' '));
  const isSigned = verify('RSA-SHA256', signed, publicKeyOf(key).key, Buffer.from(sign.hashSignature, 'hex'));
  return isSigned ? undefined : 'invalid signature';
}

async function ours(scenario: Scenario): Promise<string> {
  const { verdict, findings } = await verifyTrail({
    source: memorySource(scenario.store),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
    queryResultsOnly: true,
  });
  return [verdict, ...findings.map(({ code }) => code)].join(' ');
}

/** By scenario: what aws-cli says, undefined where it is content, and what we say. */
const TABLE: readonly (readonly [string, string | undefined, string])[] = [
  ['lake-results', undefined, 'VALID'],
  ['lake-sign-file-missing', 'no sign file', 'INCONCLUSIVE LAKE_SIGN_FILE_MISSING NOTHING_VERIFIED'],
  ['lake-result-missing', 'no such file', 'INVALID LAKE_RESULT_MISSING'],
  ['lake-result-modified', 'another hash', 'INVALID LAKE_RESULT_MODIFIED'],
  ['lake-signature-invalid', 'invalid signature', 'INVALID LAKE_SIGNATURE_INVALID NOTHING_VERIFIED'],
  ['lake-key-unknown', 'no key', 'INCONCLUSIVE LAKE_KEY_UNKNOWN NOTHING_VERIFIED'],
  ['lake-key-expired', 'no key', 'INVALID LAKE_KEY_EXPIRED NOTHING_VERIFIED'],
  ['lake-hash-upper-case', 'another hash', 'INVALID LAKE_SIGN_FILE_MALFORMED NOTHING_VERIFIED'],
  // Where it is content, and there is something to say.
  ['lake-name-twice', undefined, 'INVALID LAKE_SIGN_FILE_MALFORMED NOTHING_VERIFIED'],
  ['lake-algorithm-unknown', undefined, 'INVALID LAKE_SIGN_FILE_MALFORMED NOTHING_VERIFIED'],
  ['lake-sign-file-malformed', undefined, 'INVALID LAKE_SIGN_FILE_MALFORMED NOTHING_VERIFIED'],
  ['lake-result-unlisted', undefined, 'INCONCLUSIVE LAKE_RESULT_UNLISTED LOG_UNLISTED'],
  ['lake-names-swapped', undefined, 'VALID LAKE_NAMES_NOT_IN_ORDER'],
  ['lake-set-copied', undefined, 'VALID LAKE_SIGNED_TWICE'],
  ['lake-set-moved', undefined, 'INCONCLUSIVE LAKE_PLACE_ODD'],
];

describe('the table', () => {
  test.each(TABLE)('%s', async (name, aws, told) => {
    const scenario = (await loadScenario(name)).build();
    expect(restated(download(scenario), scenario)).toBe(aws);
    const codes = (text: string): readonly string[] => text.split(' ').toSorted();
    expect(codes(await ours(scenario))).toEqual(codes(told));
  });

  test('a name that leads out of the folder is followed', async () => {
    const scenario = (await loadScenario('lake-name-leads-out')).build();
    const folder = download(scenario);
    mkdirSync(path.join(folder, '../elsewhere'), { recursive: true });
    writeFileSync(
      path.join(folder, '../elsewhere/result_1.csv.gz'),
      readFileSync(path.join(folder, 'result_1.csv.gz')),
    );
    expect(restated(folder, scenario)).toBeUndefined();
    expect(await ours(scenario)).toMatch(/^INVALID .*LAKE_SIGN_FILE_MALFORMED/);
  });
});

describe.skipIf(!hasCommand)('aws-cli 2 itself', () => {
  test.each(TABLE)(
    '%s',
    async (name, aws) => {
      const scenario = (await loadScenario(name)).build();
      const server = await startAwsServer({
        store: scenario.store,
        publicKeys: publicKeyData(scenario.keys),
      });
      const args = ['cloudtrail', 'verify-query-results', '--local-export-path', download(scenario)];
      const env = {
        PATH: process.env.PATH,
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_CLOUDTRAIL: server.url,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
      };
      const isContent = await new Promise((resolve) =>
        execFile(AWS, args, { env, timeout: 60_000 }, (error) => resolve(error === null)),
      );
      await server.close();
      expect(isContent).toBe(aws === undefined);
    },
    120_000,
  );
});
