/** Both tools on one scenario, each against a server of its own that holds the same objects. */

import type { Scenario } from '../../fixtures/scenario.ts';
import { listPublicKeys } from '../../src/aws/keys.ts';
import { openAwsSession } from '../../src/aws/session.ts';
import { describeTrail } from '../../src/aws/trail.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { trailExpectations } from '../../src/chain/expectations.ts';
import { liveKeyRing } from '../../src/crypto/key-rings.ts';
import type { Report } from '../../src/report/report.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { type AwsServer, type AwsServerOptions, startAwsServer } from '../support/aws-server.ts';
import { publicKeyData } from '../support/key-files.ts';
import { type ValidateLogsAnswer, validateLogs } from './aws-cli.ts';
import type { Question, Relation } from './row.ts';

/** What each said of one scenario. */
export interface Comparison {
  readonly aws: ValidateLogsAnswer;
  /** `INVALID; 1 LOG_MODIFIED`. */
  readonly ours: string;
  readonly report: Report;
  readonly relation: Relation;
}

/** A second after the usual scenario's start of logging, so that neither tool looks at the starting digest. */
const START_TIME = '2026-10-05T09:12:38Z';
/** So that an outage that never ends does not hold the test; each tool gives an object up in its own way. */
const TRIES = 2;

/** Runs both. Rejects where either run fails for a reason that is not its verdict. */
export async function compare(scenario: Scenario, question: Question = {}): Promise<Comparison> {
  const [aws, report] = await Promise.all([
    withServer(scenario, question, (server) => runAws(server, scenario, question)),
    reportOf(scenario, question),
  ]);
  return { aws, ours: describeReport(report), report, relation: relate(aws, report) };
}

/** Our own report alone. Rejects where the run fails for a reason that is not its verdict. */
export function reportOf(scenario: Scenario, question: Question = {}): Promise<Report> {
  return withServer(scenario, question, (server) => runOurs(server, scenario, question));
}

async function withServer<Result>(
  scenario: Scenario,
  question: Question,
  use: (server: AwsServer) => Promise<Result>,
): Promise<Result> {
  const server = await startAwsServer(serverOptions(scenario, question));
  try {
    question.prepare?.(server);
    return await use(server);
  } finally {
    await server.close();
  }
}

function subject({ account = '111122223333', trail = 'audit', homeRegion = 'us-east-1' }: Question) {
  return { account, trail, homeRegion, arn: `arn:aws:cloudtrail:${homeRegion}:${account}:trail/${trail}` };
}

function serverOptions(scenario: Scenario, question: Question): AwsServerOptions {
  const { trail, homeRegion, arn } = subject(question);
  const { store, keys, targets, now } = scenario;
  const publicKeys = publicKeyData(keys);
  const described = {
    Name: trail,
    S3BucketName: targets[0]?.bucket ?? '',
    HomeRegion: homeRegion,
    TrailARN: arn,
    LogFileValidationEnabled: true,
    ...question.described,
  };
  const { lastDelivered } = question;
  const status = {
    IsLogging: true,
    ...(lastDelivered === undefined ? {} : { LatestDigestDeliveryTime: lastDelivered }),
  };
  return {
    store: store.clone(),
    publicKeys,
    trails: [described],
    trailStatus: { [arn]: { [homeRegion]: status } },
    now: () => now,
    ...question.server,
  };
}

function runAws(
  server: AwsServer,
  { now, options: { to: end = now } }: Scenario,
  question: Question,
): Promise<ValidateLogsAnswer> {
  const { arn, homeRegion } = subject(question);
  const { startTime = START_TIME, options = [], callerRegion: region = homeRegion } = question;
  return validateLogs({ endpoint: server.url, tries: TRIES, trailArn: arn, region, startTime, end, options });
}

/** The route of `trail-verify verify <trail ARN>`: what must be there comes from the trail's description, keys from ListPublicKeys. */
async function runOurs(server: AwsServer, { now, options }: Scenario, question: Question): Promise<Report> {
  const { account, trail, homeRegion, arn } = subject(question);
  const session = openAwsSession({ endpointUrl: server.url, region: homeRegion, maxAttempts: TRIES });
  const clock = fixedClock(now);
  const description = question.place === undefined ? await describeTrail(arn, session) : undefined;
  const accounts = description?.organizationTrail === true ? {} : { accounts: [account] };
  return verifyTrail({
    source: openS3(session),
    targets: [question.place ?? { bucket: description?.bucket ?? '', prefix: description?.prefix ?? '' }],
    keyRing: liveKeyRing((region, from, to) => listPublicKeys(session, region, from, to), clock, {
      trustEndpointKeys: question.trustEndpointKeys ?? true,
    }),
    from: Date.parse(question.startTime ?? START_TIME),
    to: options.to ?? now,
    scope: { ...accounts, trails: [trail], homeRegion },
    expectations: description === undefined ? [] : trailExpectations(description),
    relocated: options.relocated ?? [],
    clock,
  });
}

/** `INVALID; 1 LOG_MODIFIED`. */
export function describeReport({ verdict, findings }: Report): string {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  const codes = [...counts].sort().map(([code, count]) => `${count} ${code}`);
  return [verdict, ...codes].join('; ');
}

function relate(aws: ValidateLogsAnswer, { verdict, findings }: Report): Relation {
  if (aws.aborted) return 'aws aborts';
  const saysMore = findings.filter(({ code }) => !code.endsWith('_UNREADABLE'));
  const found = new Set(saysMore.map(({ object }) => object.uri));
  const violated = findings.filter(({ weight }) => weight === 'violation').map(({ object }) => object.uri);
  const passed = aws.exit === 0 && (verdict !== 'VALID' || aws.valid.size === 0);
  if (passed || violated.some((uri) => !aws.invalid.has(uri))) return 'aws misses';
  return [...aws.invalid].some((uri) => !found.has(uri)) ? 'aws false alarm' : 'agree';
}
