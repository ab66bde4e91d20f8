/**
 * A trail of two Regions whose log files hold the realistic records, each in the hour of its eventTime, on October 5 and 6: the test
 * keys are those of October.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { auditTrail, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import { type CommandResult, runCommand } from './command.ts';
import { ObjectStore } from './object-store.ts';
import { REALISTIC_RECORDS } from './realistic-events.ts';
import type { LogSpec } from './test-trail-options.ts';

const BEGIN = Date.parse('2026-10-05T06:12:37Z');
const HOURS = 38;
/** Records without a time that can be read are of this hour. */
const USUAL = Date.parse('2026-10-06T19:30:00Z');
export const KEYS: string = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));

/** The trail, and `more` records in its home Region; `versioned` gives each object a version. */
export function realisticTrail(more: readonly object[] = [], versioned = false): Scenario {
  const store = new ObjectStore(() => BEGIN);
  store.createBucket('example-trail-logs', { versioned });
  const [home] = ['us-east-1', 'eu-west-1'].map((region) => {
    const { trail } = auditTrail(0, { store, region, homeRegion: 'us-east-1', startLogging: BEGIN });
    const records = [...REALISTIC_RECORDS.map(inOctober), ...more].filter((one) => regionOf(one) === region);
    return trail.hours(HOURS, (hour) => ({ logs: logsOf(records, BEGIN + hour * HOUR) }));
  });
  if (home === undefined) throw new Error('there is no trail');
  return scenarioOf(store, home);
}

function inOctober(record: object): object {
  const text = JSON.stringify(record)
    .replaceAll('2026-11-19', '2026-10-05')
    .replaceAll('2026-11-20', '2026-10-06');
  return JSON.parse(text);
}

function logsOf(records: readonly object[], from: number): readonly LogSpec[] {
  const within = records.filter((one) => timeOf(one) >= from && timeOf(one) < from + HOUR);
  return within.length === 0 ? [] : [{ content: Buffer.from(JSON.stringify({ Records: within })) }];
}

function timeOf(record: object): number {
  const time = 'eventTime' in record ? Date.parse(String(record.eventTime)) : Number.NaN;
  return Number.isNaN(time) ? USUAL : time;
}

function regionOf(record: object): string {
  return 'awsRegion' in record && record.awsRegion === 'eu-west-1' ? 'eu-west-1' : 'us-east-1';
}

/** A copy of a scenario's bucket in `folder`, and the arguments by which a command verifies it. */
export function copyOf(
  { store, now }: Scenario,
  folder: string,
): { readonly copy: string; readonly args: readonly string[] } {
  const copy = path.join(folder, 'copy');
  writeFolder(store, copy, { metadata: true });
  return { copy, args: [copy, '--keys', KEYS, '--now', isoTime(now)] };
}

/** Verifies a scenario with an export into `folder`/events; the verdict must exit with `code`. */
export async function exportOf(
  scenario: Scenario,
  folder: string,
  options: readonly string[] = [],
  code = 0,
): Promise<{
  readonly events: string;
  readonly copy: string;
  readonly now: string;
  readonly run: CommandResult;
}> {
  const { copy, args } = copyOf(scenario, folder);
  const events = path.join(folder, 'events');
  const run = await runCommand([
    'verify',
    ...args,
    '--output',
    path.join(folder, 'run'),
    '--events',
    events,
    ...options,
  ]);
  expect({ exitCode: run.exitCode, error: run.error }).toEqual({ exitCode: code, error: '' });
  return { events, copy, now: isoTime(scenario.now), run };
}
