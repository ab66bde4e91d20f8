/**
 * Every scenario of `fixtures/` against a witness that has all that CloudTrail once delivered: what is recovered is what the report
 * lacks, and nothing that a proven log file holds.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadCopyScenarios } from '../../fixtures/copy-scenario.ts';
import { loadScenarios, type NamedScenario } from '../../fixtures/scenarios.ts';
import { isoTime } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { atServer, runCommand } from '../support/command.ts';
import {
  type CorroboratedScenario,
  corroborateScenario,
  eventsOf,
  inventoryLines,
} from '../support/corroborated-scenario.ts';
import { corroborationBench, ids, writtenAnswer } from '../support/corroboration-run.ts';
import { historyOf } from '../support/event-history.ts';
import { type Lack, lackingEvents, removedEvents } from '../support/lacking-events.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { recordDeliveries } from '../support/test-trail.ts';

const scenarios = await loadScenarios();

const NO_PLACE = 'the report names no account and Region, because nothing of any trail is left';

/** Scenarios in which something was removed that is not asked about, or not all of it, and why: a row that is no longer so fails. */
const NOT_ALL_ASKED: Readonly<Record<string, string>> = {
  'lake-key-untrusted': NO_PLACE,
  'lake-results-alone': NO_PLACE,
  'lake-results-trail-deleted': NO_PLACE,
  'trail-made-single-region': 'the report knows nothing of the Region that was removed',
  'window-wiped': 'the first hour that was removed is before the window',
};

const results = new Map<string, Promise<CorroboratedScenario>>();

/** A scenario is verified once, whichever test asks first. */
function resultOf({ name, build }: NamedScenario): Promise<CorroboratedScenario> {
  const known = results.get(name) ?? corroborateScenario(build);
  results.set(name, known);
  return known;
}

const sorted = (ids: Iterable<string>): readonly string[] => [...ids].sort();

describe.each(scenarios)('$name', (named) => {
  test('has recovered what the report lacks, as CloudTrail delivered it', async () => {
    const { truth, recovered, witness, ...verified } = await resultOf(named);
    const lacking = lackingEvents({ truth, ...verified });
    expect(sorted(recovered.map(({ eventId }) => eventId))).toEqual(sorted(lacking.keys()));
    for (const { eventId, belongsTo, text } of recovered) {
      const event = truth.get(eventId);
      expect(text).toBe(event?.text);
      expect(belongsTo.length).toBeGreaterThan(0);
      if (lacking.get(eventId) === 'file')
        expect(belongsTo.map(({ uri }) => uri)).toContain(`s3://${event?.log.bucket}/${event?.log.key}`);
    }
    expect(witness).toMatchObject({ refused: 0, differing: 0, recovered: recovered.length });
    expect(witness.places.every(({ answered }) => answered)).toBe(true);
  });

  test('has nothing named that a proven log file holds, and keeps its verdict', async () => {
    const { proven, recovered, unlogged, report, reportBefore } = await resultOf(named);
    for (const { eventId } of [...recovered, ...unlogged]) expect(proven).not.toContain(eventId);
    expect(JSON.stringify(report)).toBe(reportBefore);
    expect(report.verdict).toBe(named.outcome.verdict);
  });

  test(`has ${named.name in NOT_ALL_ASKED ? 'not ' : ''}all recovered that was removed`, async () => {
    const result = await resultOf(named);
    const recovered = new Set(result.recovered.map(({ eventId }) => eventId));
    const rest = removedEvents(result).filter(({ id }) => !recovered.has(id));
    if (named.name in NOT_ALL_ASKED) expect(rest.length).toBeGreaterThan(0);
    else expect(rest).toEqual([]);
  });
});

test('most kinds of damage have something recovered, and the others are counted', async () => {
  const reasons: Record<string, string[]> = {};
  const lacks: Record<Lack, number> = { file: 0, digest: 0, time: 0, edge: 0 };
  let [nameless, recovering] = [0, 0];
  for (const named of scenarios) {
    const result = await resultOf(named);
    nameless += result.nameless;
    for (const lack of lackingEvents(result).values()) lacks[lack] += 1;
    if (result.recovered.length > 0) {
      recovering += 1;
      continue;
    }
    const reason = NOT_ALL_ASKED[named.name] ?? reasonOf(result);
    reasons[reason] = [...(reasons[reason] ?? []), named.name];
  }
  const lines = Object.entries(reasons).map(([reason, names]) => `${names.length} scenarios: ${reason}`);
  console.log(
    [
      `${recovering} of ${scenarios.length} scenarios have events recovered (${JSON.stringify(lacks)})`,
      ...lines,
      `${nameless} events are of a kind without an id`,
    ].join('\n'),
  );
  expect(recovering).toBeGreaterThanOrEqual(60);
  expect(lacks.file).toBeGreaterThanOrEqual(30);
  expect(lacks.digest).toBeGreaterThanOrEqual(200);
  expect(lacks.time).toBeGreaterThanOrEqual(10);
  expect(Object.keys(NOT_ALL_ASKED).filter((name) => !results.has(name))).toEqual([]);
});

/** Why nothing was recovered of a scenario of which nothing was removed. */
function reasonOf({ truth, proven, witness }: CorroboratedScenario): string {
  const rest = [...truth.keys()].filter((id) => !proven.has(id));
  if (truth.size === 0) return 'CloudTrail delivered no events';
  if (rest.length === 0) return 'proven log files hold all events';
  return witness.places.length === 0
    ? 'nothing was asked: log files are there that the run proved not, and no time is named as lacking'
    : 'proven log files hold all events of the times that were asked about';
}

describe('a copy that somebody hands over', async () => {
  const copies = await loadCopyScenarios();
  const verified = copies.filter(({ outcome }) => !('refused' in outcome));
  const refused = copies.filter((one) => !verified.includes(one)).map(({ name }) => name);
  console.log(`${refused.length} copies have no report, for the command refuses them: ${refused.join(', ')}`);
  const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
  /** The copies that lack something. */
  const LACKING = ['copy-link-for-digest-days', 'copy-links-for-files', 'copy-log-missing-archived'];
  const bench = corroborationBench(0);

  test.each(verified)('$name', async ({ name, build, outcome }) => {
    const folder = path.join(temporaryFolder(), 'copy');
    const { world, delivered } = recordDeliveries(() => build(folder));
    const eventHistory = historyOf(delivered.logs);
    Object.assign(bench.options, { eventHistory, now: () => world.now });
    const args = ['--keys', KEYS, '--now', isoTime(world.now), '--output', 'out', '--no-sign'];
    const run = await runCommand([
      'corroborate',
      folder,
      ...args,
      ...world.options,
      ...atServer(bench.server),
    ]);
    // Of a chain of which nothing is proven, ninety days are asked about.
    expect(run.error).toMatch(/^(?:trail-verify: asking about 90 d [^\n]*\n)?$/);
    const report: Report = JSON.parse(readFileSync('out/report.json', 'utf8'));
    const { document, recovered } = writtenAnswer('out/witness');
    expect([report.verdict, document?.report.verdict]).toEqual(
      'verdict' in outcome ? [outcome.verdict, outcome.verdict] : [],
    );

    const lines = inventoryLines(gunzipSync(readFileSync('out/inventory.jsonl.gz')).toString());
    const valid = new Set(lines.filter(({ status }) => status === 'valid').map(({ content }) => content));
    const known = new Set(eventHistory.map(({ id }) => id));
    const events = eventsOf(delivered).events.filter(({ id }) => known.has(id));
    const truth = new Map(events.map((event) => [event.id, event]));
    const proven = new Set(events.filter(({ log }) => valid.has(log.sha256)).map(({ id }) => id));
    const lacking = lackingEvents({ truth, proven, lines, report, delivered });
    expect(ids(recovered)).toEqual(sorted(lacking.keys()));
    for (const { eventId, event } of recovered) {
      expect(JSON.stringify(event)).toBe(truth.get(eventId)?.text);
      expect(proven).not.toContain(eventId);
    }
    expect(recovered.length > 0).toBe(LACKING.includes(name));
  });
});
