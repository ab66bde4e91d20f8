import type { EventFamily } from '../findings/event.ts';

const FAMILIES: ReadonlyMap<string, EventFamily> = new Map([
  ['CloudTrail', 'management-and-data'],
  ['CloudTrail-Insight', 'insights'],
  ['CloudTrail-NetworkActivity', 'network-activity'],
  ['CloudTrail-Aggregated', 'aggregated'],
]);

/** What kind of events a log file holds, by the folder above its Region (user guide, "Finding your CloudTrail log files"). */
export function eventFamily(key: string): EventFamily {
  const folder = key.split('/').at(-6) ?? '';
  return FAMILIES.get(folder) ?? 'unknown';
}
