import type { EventFamily } from '../findings/event.ts';

const FAMILIES: ReadonlyMap<string, EventFamily> = new Map([
  ['CloudTrail', 'management-and-data'],
  ['CloudTrail-Insight', 'insights'],
  ['CloudTrail-NetworkActivity', 'network-activity'],
  ['CloudTrail-Aggregated', 'aggregated'],
]);

/** A day's folders and the name of the file stand behind the Region's folder. */
const BELOW_FAMILY = 5;

/** What kind of events a log file holds, by the folder above its Region (user guide, "Finding your CloudTrail log files"). */
export function eventFamily(key: string): EventFamily {
  let end = key.length;
  for (let folder = 0; folder < BELOW_FAMILY && end > 0; folder += 1) end = key.lastIndexOf('/', end - 1);
  const name = end > 0 ? key.slice(key.lastIndexOf('/', end - 1) + 1, end) : '';
  return FAMILIES.get(name) ?? 'unknown';
}
