import { HOUR } from '../../src/base/clock.ts';
import { type Chain, chainId } from '../../src/digest/digest-key.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import type { Finding, Outcome } from '../../src/findings/finding.ts';
import { ReportBuilder, type RunFacts } from '../../src/report/build-report.ts';
import type { Report } from '../../src/report/report.ts';

/** When the runs of these tests begin (milliseconds since the epoch). */
export const START = Date.parse('2026-10-05T09:00:00Z');
/** Milliseconds since the epoch, so many hours after START. */
export const at = (hours: number): number => START + hours * HOUR;
/** A chain, and others beside it. */
export const CHAIN: Chain = {
  account: '111122223333',
  region: 'us-east-1',
  trail: 'audit',
  homeRegion: 'us-east-1',
  kind: 'standard',
};
export const ID = chainId(CHAIN);
export const OTHER: Chain = { ...CHAIN, account: '444455556666' };
export const BACKFILL: Chain = { ...CHAIN, kind: 'backfill' };
/** What the report says of a run besides its events. */
export const FACTS: RunFacts = {
  runId: 'a run',
  version: '0.0.0',
  node: '20.0.0',
  source: { target: 's3://b', kind: 's3', relocated: [] },
  logsChecked: true,
  keys: () => [],
};
/** The first and the last event of every run. */
export const RANGE = {
  started: { type: 'started', at: START, source: 's3://b', window: { from: null, to: at(10) } },
  finished: { type: 'finished', at: at(10) },
} as const;

/** The announcement of a chain. */
export function chain(
  of: Chain = CHAIN,
  changes: { inScope?: boolean; organization?: string } = {},
): TrailEvent {
  return { type: 'chain', id: chainId(of), chain: of, inScope: true, listed: 1, ...changes };
}

/** A digest of the chain. */
export function digest(
  changes: { outcome?: Outcome; logFiles?: number; listed?: boolean; chain?: string } = {},
): TrailEvent {
  return {
    type: 'digest',
    chain: ID,
    object: { bucket: 'b', key: 'd' },
    outcome: 'valid',
    listed: true,
    logFiles: 0,
    bytes: { read: 10, inflated: 100 },
    ...changes,
  };
}

/** A log file of the chain. */
export function log(outcome: Outcome = 'valid', of = ID): TrailEvent {
  return {
    type: 'log',
    chain: of,
    object: { bucket: 'b', key: 'l' },
    family: 'insights',
    outcome,
    bytes: { read: 1, inflated: 5 },
    digest: { bucket: 'b', key: 'd' },
    position: 0,
  };
}

/** Time covered, in hours after START. */
export function covered(from: number, to: number, of: Chain = CHAIN): TrailEvent {
  return { type: 'covered', chain: chainId(of), from: at(from), to: at(to) };
}

/** Time not covered, in hours after START. */
export function uncovered(from: number, to: number, of: Chain = CHAIN): TrailEvent {
  return { type: 'uncovered', chain: chainId(of), from: at(from), to: at(to), reason: 'DIGEST_MISSING' };
}

/** A finding, of a usual one where nothing else is said. */
export function finding(changes: { [Key in keyof Finding]?: unknown } = {}): TrailEvent {
  const object = { bucket: 'b', key: 'k', uri: 's3://b/k' };
  return {
    type: 'finding',
    finding: { code: 'NOTHING_VERIFIED', weight: 'unproven', object, evidence: {}, ...changes } as Finding,
  };
}

/** The report of a run with these events. */
export function build(events: readonly TrailEvent[], facts: Partial<RunFacts> = {}): Report {
  const builder = new ReportBuilder({ ...FACTS, ...facts });
  for (const event of [RANGE.started, ...events, RANGE.finished]) void builder.add(event);
  return builder.build();
}

/** What an unlisted log file is found as, and who bears it. */
export const UNLISTED = { code: 'LOG_UNLISTED', chain: ID, evidence: { size: 1 } } as const;
export const ACCEPTANCE = {
  name: 'second trail',
  code: 'LOG_UNLISTED',
  object: 's3://b/*',
  reason: 'a trail without validation writes here as well',
  acceptedBy: 'A. Auditor',
  expires: '2027-01-01T00:00:00Z',
} as const;

/** A run with a proven digest and so many unlisted log files, and what else was found. */
export function unlistedRun(unlisted: number, more: readonly TrailEvent[] = []): readonly TrailEvent[] {
  const objects = Array.from({ length: unlisted }, (_, at) => ({
    bucket: 'b',
    key: `${at}`,
    uri: `s3://b/${at}`,
  }));
  return [
    RANGE.started,
    chain(),
    digest(),
    covered(0, 1),
    ...objects.map((object) => finding({ ...UNLISTED, object })),
    ...more,
    { type: 'limit', limit: { code: 'KEY_TRUST', text: 'Keys are trusted.' } },
    RANGE.finished,
  ];
}
