/** A scenario that was verified, and its report held against a witness that has every event that CloudTrail once delivered. */
import { gunzipSync } from 'node:zlib';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { Limit } from '../../src/findings/event.ts';
import { type InventoryLine, readInventoryLine } from '../../src/report/inventory.ts';
import type { Report } from '../../src/report/report.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import type { CorroborationOptions, EventList, Witness } from '../../src/witness/contract.ts';
import { corroborate } from '../../src/witness/corroborate.ts';
import type { WitnessRecord } from '../../src/witness/document.ts';
import { type DeliveredRecord, recordsIn } from './event-history.ts';
import { memoryLines } from './memory-lines.ts';
import { memorySource } from './memory-source.ts';
import type { ObjectStore } from './object-store.ts';
import type { DeliveredDigest, DeliveredLog } from './test-digest.ts';
import { type Deliveries, recordDeliveries } from './test-trail.ts';

/** One event that CloudTrail delivered, with the log file that had it and the digests that name that. */
export interface TrueEvent {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Account and Region, as in the names of chains: `111122223333/us-east-1`. */
  readonly place: string;
  /** The text of its record. */
  readonly text: string;
  readonly log: DeliveredLog;
  readonly digests: readonly DeliveredDigest[];
}

/** One kept event: what the line says about it, and the text of its record as it stands there. */
export interface KeptEvent {
  readonly eventId: string;
  readonly belongsTo: readonly { readonly uri?: string }[];
  readonly text: string;
}

/** What came of one scenario. */
export interface CorroboratedScenario {
  readonly scenario: Scenario;
  readonly delivered: Deliveries;
  /** All events that have an id, by that; a witness can name no others. */
  readonly truth: ReadonlyMap<string, TrueEvent>;
  /** Events of kinds that have no id. */
  readonly nameless: number;
  readonly report: Report;
  /** The report as JSON before anybody was asked. */
  readonly reportBefore: string;
  readonly lines: readonly InventoryLine[];
  /** The ids in the log files that the inventory calls valid, as they are in the damaged store. */
  readonly proven: ReadonlySet<string>;
  readonly recovered: readonly KeptEvent[];
  readonly unlogged: readonly KeptEvent[];
  readonly witness: WitnessRecord;
  readonly limits: readonly Limit[];
}

/** How the questions differ from usual ones. */
export interface AskedOtherwise
  extends Partial<Pick<CorroborationOptions, 'all' | 'now' | 'elapsed' | 'onProgress'>> {
  readonly witness?: Partial<Witness>;
}

/** Builds a scenario, verifies it, and asks the witness what the report lacks. */
export async function corroborateScenario(
  build: () => Scenario,
  { witness: changes, ...options }: AskedOtherwise = {},
): Promise<CorroboratedScenario> {
  const { world: scenario, delivered } = recordDeliveries(build);
  const { events, nameless } = eventsOf(delivered);
  const truth = new Map(events.map((event) => [event.id, event]));
  const source = memorySource(scenario.store, { versions: true });
  const inventory = memoryLines();
  const report = await verifyTrail({
    source,
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
    inventory,
  });
  const reportBefore = JSON.stringify(report);
  const kept: Record<EventList, KeptEvent[]> = { recovered: [], unlogged: [] };
  const found = await corroborate({
    report,
    openInventory: async () => inPieces(inventory.file()),
    source,
    witnesses: [{ ...witnessOf([...truth.values()]), ...changes }],
    all: false,
    now: scenario.now,
    ...options,
    keep: async (list, { line }) => void kept[list].push(readLine(line)),
  });
  const [witness] = found.witnesses;
  if (witness === undefined) throw new Error('the witness was not asked');
  const lines = inventoryLines(inventory.text() ?? '');
  const proven = provenIds(scenario.store, lines);
  const { limits } = found;
  return {
    scenario,
    delivered,
    truth,
    nameless,
    report,
    reportBefore,
    lines,
    proven,
    ...kept,
    witness,
    limits,
  };
}

/** The lines of an inventory. */
export function inventoryLines(text: string): readonly InventoryLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => readInventoryLine(line) ?? []);
}

/** The events of what was delivered; a log file that is delivered as no JSON has none. */
export function eventsOf(delivered: Deliveries): {
  readonly events: readonly TrueEvent[];
  readonly nameless: number;
} {
  let nameless = 0;
  const events = delivered.logs.flatMap((log) => {
    const digests = delivered.digests.filter(({ logs }) => logs.includes(log));
    return recordsOf(log.content).flatMap((record): readonly TrueEvent[] => {
      const { eventID: id, eventTime = '', recipientAccountId, awsRegion } = record;
      if (id === undefined) {
        nameless += 1;
        return [];
      }
      const place = `${recipientAccountId}/${awsRegion}`;
      return [{ id, time: Date.parse(eventTime), place, text: JSON.stringify(record), log, digests }];
    });
  });
  return { events, nameless };
}

/** The ids in the log files that an inventory calls valid. */
function provenIds(store: ObjectStore, lines: readonly InventoryLine[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { kind, status, bucket, key, versionId } of lines) {
    if (kind !== 'log' || status !== 'valid') continue;
    const bytes = store.get(bucket, key, versionId ?? undefined)?.bytes;
    if (bytes === undefined) throw new Error(`${key} is called valid, and is not there`);
    for (const { eventID } of recordsOf(contentOf(bytes))) if (eventID !== undefined) ids.add(eventID);
  }
  return ids;
}

/** The content of an object, which may be stored without its gzip; throws for more than a log file has, and for a damaged one. */
export function contentOf(bytes: Uint8Array): Uint8Array {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? gunzipSync(bytes, { maxOutputLength: MOST_CONTENT }) : bytes;
}

/** Far more than any log file here has: one scenario has a bomb. */
const MOST_CONTENT = 1 << 20;

function recordsOf(content: Uint8Array): readonly DeliveredRecord[] {
  try {
    return recordsIn(content);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** A witness that has these events, newest first, in pages as CloudTrail gives them. */
function witnessOf(events: readonly TrueEvent[]): Witness {
  const newestFirst = events.toSorted((one, other) => other.time - one.time);
  return {
    kind: 'event-history',
    name: 'the event history',
    days: undefined,
    limits: [],
    holdings: async () => () => true,
    ask: async ({ account, region }, { from, to }, take) => {
      const meant = newestFirst.filter(
        ({ place, time }) => place === `${account}/${region}` && from <= time && time <= to,
      );
      for (let at = 0; at < meant.length; at += PAGE)
        await take(meant.slice(at, at + PAGE).map(({ id, text }) => ({ id, record: text })));
      return { refusal: undefined };
    },
  };
}

/** LookupEvents gives fifty at most. */
const PAGE = 50;
const EVENT = ',"event":';

/** The text of the record is taken as it stands: parsing it would hide how it was written. */
function readLine(line: string): KeptEvent {
  const { eventId, belongsTo = [] } = JSON.parse(line);
  const begin = line.indexOf(EVENT) + EVENT.length;
  return { eventId, belongsTo, text: line.slice(begin, -'}\n'.length) };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
