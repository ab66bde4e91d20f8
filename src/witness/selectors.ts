/** Whether the event selectors of a trail let an event in, as they are today: what a trail leaves out is in no log file. */
import type { EventSelectors, FieldSelector } from '../aws/trail-description.ts';
import type { EventRecord } from './compare.ts';

/** Whether a trail records an event; `unclear` where a selector narrows in a way that is not worked out here. */
export type Selection = 'recorded' | 'left-out' | 'unclear';

/** Whether any of a trail's selectors lets an event in. Events of Insights have selectors of their own: they are `unclear`. */
export function selectionOf({ basic, advanced }: EventSelectors, record: EventRecord): Selection {
  const { eventCategory } = record;
  if (eventCategory === 'Insight') return 'unclear';
  const isManagement = eventCategory === 'Management' || record.managementEvent === true;
  const all: Selection[] = [
    ...basic.map((one) => (isManagement ? ofBasic(one, record) : ofData(one))),
    ...advanced.map((fields) => ofAdvanced(fields, record, isManagement)),
  ];
  if (all.includes('recorded')) return 'recorded';
  return all.includes('unclear') ? 'unclear' : 'left-out';
}

/** Whether every one of several trails leaves an event out; undefined selectors are of a trail that could not be asked. */
export function isLeftOut(trails: readonly (EventSelectors | undefined)[], record: EventRecord): boolean {
  return (
    trails.length > 0 &&
    trails.every((selectors) => selectors !== undefined && selectionOf(selectors, record) === 'left-out')
  );
}

function ofBasic(
  { management, readWriteType, excludedSources }: EventSelectors['basic'][number],
  { eventSource, readOnly }: EventRecord,
): Selection {
  if (!management || excludedSources.some((source) => source === eventSource)) return 'left-out';
  if (readWriteType === 'All') return 'recorded';
  if (typeof readOnly !== 'boolean') return 'unclear';
  return readOnly === (readWriteType === 'ReadOnly') ? 'recorded' : 'left-out';
}

/** A data event's resources can be written in several ways: they are not compared. */
function ofData({ dataResources }: EventSelectors['basic'][number]): Selection {
  return dataResources.length === 0 ? 'left-out' : 'unclear';
}

function ofAdvanced(fields: readonly FieldSelector[], record: EventRecord, isManagement: boolean): Selection {
  const values = new Map<string, unknown>([
    ['eventCategory', isManagement ? 'Management' : record.eventCategory],
    ['readOnly', typeof record.readOnly === 'boolean' ? String(record.readOnly) : undefined],
    ['eventSource', record.eventSource],
    ['eventName', record.eventName],
    ['eventType', record.eventType],
  ]);
  const each = fields.map((field) => ofField(field, values.get(field.field)));
  if (each.includes('left-out')) return 'left-out';
  return each.includes('unclear') ? 'unclear' : 'recorded';
}

/** All that one field says must hold (API reference, AdvancedFieldSelector): any of `equals` and `startsWith`, and none of `notEquals`. */
function ofField({ equals, startsWith, notEquals, narrows }: FieldSelector, value: unknown): Selection {
  if (typeof value !== 'string') return 'unclear';
  const wanted = equals.includes(value) || startsWith.some((begin) => value.startsWith(begin));
  if (notEquals.includes(value) || (equals.length + startsWith.length > 0 && !wanted)) return 'left-out';
  return narrows ? 'unclear' : 'recorded';
}
