import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../../fixtures/scenario.ts';
import { loadScenarios } from '../../../fixtures/scenarios.ts';
import { fixedClock } from '../../../src/base/clock.ts';
import { readAcceptFile } from '../../../src/cli/options/expect-accept.ts';
import type { Acceptance } from '../../../src/findings/event.ts';
import type { Finding } from '../../../src/findings/finding.ts';
import { groupFindings } from '../../../src/render/facts/groups.ts';
import type { Report } from '../../../src/report/report.ts';
import { verifyTrail } from '../../../src/verify-trail.ts';
import { memorySource } from '../../support/memory-source.ts';
import { damage, testOrganization } from '../../support/organization.ts';
import {
  ALL_CODES,
  digestKey,
  logKey,
  sampleChain,
  sampleFinding,
  sampleReport,
} from '../../support/sample-reports.ts';

function verify(scenario: Scenario, acceptances: readonly Acceptance[] = []): Promise<Report> {
  const { store, targets, now, options } = scenario;
  const run = { targets, clock: fixedClock(now), runId: 'test', ...options, acceptances };
  return verifyTrail({ source: memorySource(store), keyRing: ringOf(scenario), ...run });
}

/** The ready entries of a report, with who accepts them and why, through the reader of the file of --accept. */
async function readyEntries(report: Report): Promise<readonly Acceptance[]> {
  const entries = groupFindings(report).flatMap(({ acceptEntry }) => acceptEntry ?? []);
  const file = join(mkdtempSync(join(tmpdir(), 'trail-verify-accept-')), 'accept.json');
  const written = { reason: 'known and harmless', acceptedBy: 'internal audit' };
  writeFileSync(file, JSON.stringify(entries.map((entry) => ({ ...entry, ...written }))));
  return readAcceptFile(file);
}

describe('an organization whose chains all begin an hour after the window', async () => {
  const organization = testOrganization();
  const report = await verify(organization.scenario);

  test('has one group of all chains, with the time and an example', () => {
    expect(report.findings).toHaveLength(160);
    const [group, ...others] = groupFindings(report);
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      code: 'CHAIN_STARTS_LATE',
      weight: 'unproven',
      count: 160,
      chains: 160,
      cause: '1 h, 2026-10-05 08:12 to 2026-10-05 09:12',
    });
    expect(group?.examples.map(({ chain }) => chain)).toEqual(report.chains.slice(0, 3).map(({ id }) => id));
  });

  test('can be accepted by the entry of the group, which names the time and the trail', async () => {
    const entries = await readyEntries(report);
    expect(entries).toMatchObject([
      {
        code: 'CHAIN_STARTS_LATE',
        chain: expect.stringMatching(/^\*\/org-audit@us-east-1\/o-[a-z0-9]+$/),
        window: { from: '2026-10-05T08:12:37Z', to: '2026-10-05T09:12:37Z' },
      },
    ]);
    const accepted = await verify(organization.scenario, entries);
    expect(accepted.verdict).toBe('VALID');
    expect(groupFindings(accepted)).toMatchObject([{ accepted: entries[0]?.name, count: 160 }]);
    expect(groupFindings(accepted)[0]?.acceptEntry).toBeUndefined();
  });
});

test('damage is grouped by code and by reason, violations first, and only what is unproven can be accepted', async () => {
  const organization = testOrganization();
  damage(organization);
  const report = await verify(organization.scenario);
  const groups = groupFindings(report);
  expect(groups.map(({ code, cause, count, chains }) => [code, cause, count, chains])).toEqual([
    ['DIGEST_MISSING', '', 1, 1],
    ['DIGEST_MALFORMED', '', 1, 1],
    ['LINK_HASH_MISMATCH', '', 1, 1],
    ['LOG_MISSING', '', 4, 4],
    ['LOG_MODIFIED', '', 3, 3],
    ['CHAIN_STARTS_LATE', '1 h, 2026-10-05 08:12 to 2026-10-05 09:12', 160, 160],
    ['LOG_UNREADABLE', 'access denied', 24, 24],
    ['LOG_UNREADABLE', 'in a storage class that must be restored first', 2, 2],
  ]);
  expect(groups.filter(({ acceptEntry }) => acceptEntry).map(({ code }) => code)).toEqual([
    'CHAIN_STARTS_LATE',
    'LOG_UNREADABLE',
    'LOG_UNREADABLE',
  ]);
});

describe('the ready entries of every scenario', async () => {
  test.each(await loadScenarios())(
    '$name: are read, are not too wide, and accept their groups',
    async ({ build }) => {
      const scenario = build();
      const report = await verify(scenario);
      const entries = await readyEntries(report);
      if (entries.length === 0) return;
      const accepted = await verify(scenario, entries);
      for (const { name, status } of accepted.acceptances ?? [])
        expect([name, status]).toEqual([name, 'applied']);
      const open = (one: Report): readonly Finding[] =>
        one.findings.filter(({ weight, accepted: by }) => weight === 'unproven' && by === undefined);
      const withEntry = groupFindings(report).flatMap(({ acceptEntry, findings }) =>
        acceptEntry ? findings : [],
      );
      expect(open(accepted).length).toBe(open(report).length - withEntry.length);
    },
  );
});

function lateBy(hours: number, account: string): Finding {
  const from = '2026-11-20T00:00:00Z';
  const to = `2026-11-20T${String(hours).padStart(2, '0')}:01:31Z`;
  const chain = `${account}/us-east-1/management@us-east-1`;
  const finding = sampleFinding('CHAIN_STARTS_LATE', digestKey(hours, account));
  return { ...finding, chain, evidence: { uncovered: { from, to } } } as Finding;
}

test('chains that begin at other times are other groups; at many times they are one again', () => {
  const at = (...hours: readonly number[]): Report =>
    sampleReport(
      [sampleChain()],
      hours.map((hour, index) => lateBy(hour, String(111_122_223_333 + index))),
    );
  const few = groupFindings(at(1, 2, 9, 9));
  expect(few.map(({ count, cause }) => [count, cause])).toEqual([
    [2, '2 h 1 min, 2026-11-20 00:00 to 2026-11-20 02:01'],
    [2, '9 h 1 min, 2026-11-20 00:00 to 2026-11-20 09:01'],
  ]);
  const many = groupFindings(at(1, 3, 5, 7, 9, 11, 13));
  expect(many.map(({ count, cause }) => [count, cause])).toEqual([
    [7, 'up to 13 h 1 min each, within 2026-11-20 00:00 to 2026-11-20 13:01'],
  ]);
});

test('findings of keys have an entry only for one object', () => {
  const two = [
    sampleFinding('DIGEST_KEY_UNKNOWN', digestKey(3)),
    sampleFinding('DIGEST_KEY_UNKNOWN', digestKey(4)),
  ];
  expect(groupFindings(sampleReport([sampleChain()], two))[0]?.acceptEntry).toBeUndefined();
  const [one] = groupFindings(sampleReport([sampleChain()], two.slice(0, 1)));
  expect(one?.acceptEntry?.object).toBe(two[0]?.object.uri);
});

test.each([
  ['a star', 'AWSLogs/x/a*b.json.gz', 's3://b/AWSLogs/x/a\\*b.json.gz'],
  ['a backslash before it', 'a\\*b', 's3://b/a\\\\*b'],
  ['backslashes alone', 'a\\\\b\\c', 's3://b/a\\\\b\\c'],
  ['as many stars as a key may have', '*'.repeat(1024), `s3://b/${'\\*'.repeat(1024)}`],
])('an object whose name holds %s has an entry that the file may hold', async (_, key, object) => {
  const found = { ...sampleFinding('LOG_UNLISTED'), chain: undefined };
  const findings = [{ ...found, object: { bucket: 'b', key, uri: `s3://b/${key}` } }];
  expect(await readyEntries(sampleReport([], findings))).toMatchObject([{ object }]);
});

test('an object whose name holds a control character has no entry', () => {
  const found = { ...sampleFinding('LOG_UNLISTED'), chain: undefined };
  const findings = [{ ...found, object: { bucket: 'b', key: 'a\nb', uri: 's3://b/a\nb' } }];
  expect(groupFindings(sampleReport([], findings))[0]?.acceptEntry).toBeUndefined();
});

test('findings that are only counted join their code, and where reasons differ have a group of their own', () => {
  const report = sampleReport(
    [sampleChain()],
    [sampleFinding('LOG_MISSING'), sampleFinding('LOG_UNREADABLE', logKey('a'))],
    {
      overflowFindings: {
        path: 'findings.jsonl.gz',
        sha256: '',
        lines: 12,
        counts: [
          { chain: 'a', code: 'LOG_MISSING', weight: 'violation', count: 5 },
          { chain: 'b', code: 'LOG_UNREADABLE', weight: 'unproven', count: 7, accepted: 2 },
        ],
      },
    },
  );
  expect(
    groupFindings(report).map(({ code, count, chains, accepted }) => [
      code,
      count,
      chains,
      accepted === undefined,
    ]),
  ).toEqual([
    ['LOG_MISSING', 6, 2, true],
    ['LOG_UNREADABLE', 5, 1, true],
    ['LOG_UNREADABLE', 1, 1, true],
    ['LOG_UNREADABLE', 2, 1, false],
  ]);
});

test('every code has a group, in the order of weights', () => {
  const report = sampleReport(
    [sampleChain()],
    ALL_CODES.map((code) => sampleFinding(code)),
    {},
  );
  const groups = groupFindings(report);
  expect(groups).toHaveLength(ALL_CODES.length);
  const weights = groups.map(({ weight }) => weight);
  expect(weights).toEqual(
    [...weights].sort(
      (a, b) => ['violation', 'unproven', 'note'].indexOf(a) - ['violation', 'unproven', 'note'].indexOf(b),
    ),
  );
});
