/** A folder as `corroborate` writes it, with events of any content: its lines and counts are made by the source. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { auditTrail, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { Report } from '../../src/report/report.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { causesByTime } from '../../src/witness/causes.ts';
import { resultOf } from '../../src/witness/counts.ts';
import {
  type CorroborationDocument,
  formatCorroboration,
  type PlaceRecord,
  type WitnessFinding,
} from '../../src/witness/document.ts';
import { eventLine, factsOf } from '../../src/witness/event-lines.ts';
import { questionsOf } from '../../src/witness/questions.ts';
import { readWitnessEvent } from '../../src/witness/witness-event.ts';
import { deleteObject } from './damage.ts';

/** An event that a witness gave, and that no proven log file holds. */
export interface GivenRecord {
  readonly account: string;
  readonly region: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** An event of the account and Region of a chain; `changes` are of its record. */
export function recoveredLine(chain: string, time: string, changes: object = {}): GivenRecord {
  const [account = '', region = ''] = chain.split('/');
  return {
    account,
    region,
    record: {
      eventID: `at-${time}`,
      eventTime: time,
      eventName: 'RunInstances',
      eventSource: 'ec2.amazonaws.com',
      userIdentity: { arn: `arn:aws:iam::${account}:user/ada` },
      ...changes,
    },
  };
}

/** A trail of which one log file is gone: that of the hour from 10:12:37 on, so that time before 09:12:37 and after 11:12:37 is covered. */
export function lackingTrail(): Scenario {
  const { store, trail } = auditTrail(5);
  const lost = trail.logFiles[3];
  if (lost === undefined) throw new Error('the trail has no such log file');
  deleteObject(store, lost);
  return scenarioOf(store, trail);
}

/** The verdict on a report of that trail, and on a bag of it. */
export const LACKING = 'INVALID';

/** The files of a corroboration. */
export interface CorroborationFiles {
  readonly document: CorroborationDocument;
  readonly recovered: string;
  readonly unlogged: string;
}

const MADE = '2026-11-20T19:00:00Z';
const ANY_TIME = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The files of a corroboration of a report about its whole window; `answered` says whether the witness answered. */
export function corroborationOf(
  { report, sha256: hash }: { readonly report: Report; readonly sha256: string },
  given: readonly GivenRecord[],
  { answered = true, ...changes }: Partial<CorroborationDocument> & { readonly answered?: boolean } = {},
): CorroborationFiles {
  const { places: questions, unplaced } = questionsOf(report, true, Date.parse(MADE));
  const lines = { recovered: '', unlogged: '' };
  const ids = { recovered: new Set<string>(), unlogged: new Set<string>() };
  const findings: WitnessFinding[] = [];
  const places = questions.map(({ account, region, causes }): PlaceRecord => {
    const counts = { recovered: 0, unlogged: 0 };
    for (const one of given) {
      if (one.account !== account || one.region !== region) continue;
      const event = readWitnessEvent(JSON.stringify(one.record), undefined, account, ANY_TIME);
      if ('refused' in event) throw new Error(`the event is ${event.refused}`);
      const belongsTo = causesByTime(causes)(event.time);
      const list = belongsTo.length === 0 ? 'unlogged' : 'recovered';
      const origin = { witness: 'event-history', account, region } as const;
      counts[list] += 1;
      ids[list].add(event.id);
      lines[list] += eventLine(origin, { event, changedFiles: [] }, belongsTo, {});
      if (list === 'unlogged') findings.push({ code: 'EVENT_UNLOGGED', ...origin, ...factsOf(event) });
    }
    const events = counts.recovered + counts.unlogged;
    const zero = { matched: 0, same: 0, differing: 0, leftOut: 0, lacking: 0 };
    return {
      account,
      region,
      asked: [],
      answered,
      ...(answered ? {} : { refusal: 'denied' }),
      events,
      ...zero,
      ...counts,
    };
  });
  const sum = (name: 'events' | 'recovered' | 'unlogged'): number =>
    places.reduce((total, place) => total + place[name], 0);
  const zero = { matched: 0, same: 0, differing: 0, leftOut: 0, lacking: 0, refused: 0 };
  const witnesses = [
    {
      kind: 'event-history' as const,
      events: sum('events'),
      recovered: sum('recovered'),
      unlogged: sum('unlogged'),
      ...zero,
      places,
    },
  ];
  const listOf = (list: 'recovered' | 'unlogged') =>
    lines[list] === ''
      ? {}
      : {
          [list]: {
            file: `${list}.jsonl`,
            sha256: sha256(Buffer.from(lines[list])),
            lines: sum(list),
            events: ids[list].size,
          },
        };
  const document: CorroborationDocument = {
    schema: 'trail-verify/corroboration/v1',
    tool: { name: 'trail-verify', version: '0.0.0' },
    made: MADE,
    report: { sha256: hash, run: report.run.id, verdict: report.verdict, window: report.window.requested },
    asked: 'all',
    result: resultOf({ witnesses, unplaced, isUnexplained: findings.length > 0 }),
    witnesses,
    findings,
    ...listOf('recovered'),
    ...listOf('unlogged'),
    limits: [],
    ...changes,
  };
  return { document, ...lines };
}

/** Writes such a folder about a report, whose bytes are given. */
export function writeCorroboration(
  folder: string,
  report: Uint8Array,
  given: readonly GivenRecord[],
  changes: Parameters<typeof corroborationOf>[2] = {},
): void {
  const { document, recovered, unlogged } = corroborationOf(readReport(report, 'report'), given, changes);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'corroboration.json'), formatCorroboration(document));
  if (recovered !== '') writeFileSync(path.join(folder, 'recovered.jsonl'), recovered);
  if (unlogged !== '') writeFileSync(path.join(folder, 'unlogged.jsonl'), unlogged);
}
