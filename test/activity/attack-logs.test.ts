/**
 * Log files that CloudTrail wrote while Stratus Red Team attacked an account. They are not part of this repository: they lie
 * beside it, or where TRAIL_VERIFY_ATTACK_LOGS says.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readControlEvents } from '../../src/activity/read-events.ts';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { fileRing } from '../support/test-keys.ts';
import { TestTrail } from '../support/test-trail.ts';

const START = Date.parse('2026-10-05T09:12:37Z');

const BESIDE = fileURLToPath(new URL('../../../shared/data/stratus-attack-logs', import.meta.url));
const folder = process.env.TRAIL_VERIFY_ATTACK_LOGS ?? BESIDE;
const isThere = existsSync(folder);
if (!isThere)
  process.stderr.write(
    `attack-logs.test.ts: not run, for there are no log files in ${folder}; name their folder with TRAIL_VERIFY_ATTACK_LOGS\n`,
  );

describe.runIf(isThere)('the attack logs of Stratus Red Team', () => {
  const contents = isThere
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json.gz'))
        .map((name) => gunzipSync(readFileSync(path.join(folder, name))))
    : [];
  const events = contents.flatMap((content) => readControlEvents(content));
  const user = { arn: expect.stringMatching(/^arn:aws:iam::123837392027:user\/.+/), type: 'IAMUser' };

  test('yield as many events as a plain reading of every record does', () => {
    const names =
      /^(?:St(?:op|art)Logging|(?:Create|Update|Delete)Trail|PutEventSelectors|LeaveOrganization|DeleteBucket|(?:Put|Delete)Bucket(?:Policy|OwnershipControls|PublicAccessBlock|Encryption)|PutBucket(?:Acl|Lifecycle|LifecycleConfiguration|Versioning)|DisableKey|ScheduleKeyDeletion|PutKeyPolicy|RevokeGrant|DeregisterOrganizationDelegatedAdmin)$/;
    const plain = contents.flatMap((content) => {
      const { Records } = JSON.parse(content.toString('utf8')) as {
        Records: { eventName: string; eventID: string }[];
      };
      return Records.filter(({ eventName }) => names.test(eventName)).map(({ eventID }) => eventID);
    });
    expect(plain.length).toBeGreaterThan(0);
    expect(events.map(({ eventId }) => eventId)).toEqual(plain);
  });

  test.each([
    'StopLogging',
    'DeleteTrail',
    'PutEventSelectors',
    'PutBucketLifecycle',
    'CreateTrail',
    'StartLogging',
  ] as const)('%s, with its actor, address, client and subject', (name) => {
    const found = events.filter((event) => event.name === name);
    expect(found.some(({ userAgent }) => userAgent?.includes('stratus-red-team_'))).toBe(true);
    for (const event of found) {
      expect(event.actor).toMatchObject(user);
      expect(event.sourceIp).toBe('192.168.10.20');
      expect(event.subject).toContain('stratus-red-team');
    }
  });

  test('LeaveOrganization, by a role that was refused', () => {
    expect(events.filter(({ name }) => name === 'LeaveOrganization')).toMatchObject([
      {
        time: '2023-07-10T12:02:05Z',
        account: '123837392027',
        error: 'AccessDenied',
        actor: {
          type: 'AssumedRole',
          arn: expect.stringContaining('assumed-role/stratus-red-team-leave-org-role/'),
        },
      },
    ]);
  });

  test('are told by a run over a trail that delivered them and fell silent, with the log files that prove them', async () => {
    const store = new ObjectStore(() => START);
    const trail = new TestTrail({
      store,
      bucket: 'stratus-red-team-ctlr-bucket-zqfsvooxqj',
      account: '123837392027',
      region: 'us-east-1',
      trail: 'management',
      startLogging: START,
    });
    trail.hour({ logs: contents.map((content) => ({ content })) });
    trail.restart(trail.end + 3 * HOUR).hours(2);
    const report = await verifyTrail({
      source: memorySource(store),
      targets: [{ bucket: 'stratus-red-team-ctlr-bucket-zqfsvooxqj', prefix: '' }],
      keyRing: fileRing(),
      clock: fixedClock(trail.end + HOUR),
    });
    expect(report.verdict).toBe('INCONCLUSIVE');
    const told = report.controlEvents ?? [];
    const names = [
      'StopLogging',
      'DeleteTrail',
      'PutEventSelectors',
      'PutBucketLifecycle',
      'LeaveOrganization',
    ];
    expect(told.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    const logs = new Set(trail.logFiles.map(({ bucket, key }) => `s3://${bucket}/${key}`));
    expect(told.every(({ log, actor }) => logs.has(log) && actor.arn !== undefined)).toBe(true);
  });
});
