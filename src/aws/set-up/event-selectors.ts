/** Event selectors, as trails and event data stores have them, of an answer whose types nobody checked. */
import { AnswerNotUnderstoodError } from '../failure.ts';
import { fieldsOf, isAbsent } from '../network/fields.ts';
import type { EventSelectors, FieldSelector } from '../trail-description.ts';

/** The selectors of a trail, of which there is always one. Throws AnswerNotUnderstoodError for an answer that is not the service's. */
export function readEventSelectors(answer: unknown): EventSelectors {
  const given = fieldsOf(answer);
  const basic = listOf(given.EventSelectors).map(readBasic);
  const advanced = readFieldSelectors(given.AdvancedEventSelectors);
  if (basic.length + advanced.length === 0) throw notUnderstood();
  return { basic, advanced };
}

function readBasic(given: unknown): EventSelectors['basic'][number] {
  const {
    ReadWriteType = 'All',
    IncludeManagementEvents = true,
    ExcludeManagementEventSources,
    DataResources,
  } = fieldsOf(given);
  if (typeof ReadWriteType !== 'string' || typeof IncludeManagementEvents !== 'boolean')
    throw notUnderstood();
  return {
    readWriteType: ReadWriteType,
    management: IncludeManagementEvents,
    excludedSources: textsOf(ExcludeManagementEventSources),
    dataResources: listOf(DataResources).map((one) => {
      const { Type = '', Values } = fieldsOf(one);
      if (typeof Type !== 'string') throw notUnderstood();
      return { type: Type, values: textsOf(Values) };
    }),
  };
}

/** The fields of each advanced selector; none where there are no selectors. Throws AnswerNotUnderstoodError for another form than the service's. */
export function readFieldSelectors(given: unknown): readonly (readonly FieldSelector[])[] {
  return listOf(given).map((one) => listOf(fieldsOf(one).FieldSelectors).map(readField));
}

function readField(given: unknown): FieldSelector {
  const { Field, Equals, StartsWith, NotEquals, ...others } = fieldsOf(given);
  if (typeof Field !== 'string') throw notUnderstood();
  const { EndsWith, NotStartsWith, NotEndsWith } = others;
  return {
    field: Field,
    equals: textsOf(Equals),
    startsWith: textsOf(StartsWith),
    notEquals: textsOf(NotEquals),
    narrows: [EndsWith, NotStartsWith, NotEndsWith].some((texts) => textsOf(texts).length > 0),
  };
}

function listOf(given: unknown): readonly unknown[] {
  if (isAbsent(given)) return [];
  if (!Array.isArray(given)) throw notUnderstood();
  return given;
}

function textsOf(given: unknown): readonly string[] {
  return listOf(given).map((text) => {
    if (typeof text !== 'string') throw notUnderstood();
    return text;
  });
}

function notUnderstood(): AnswerNotUnderstoodError {
  return new AnswerNotUnderstoodError('its event selectors cannot be read');
}
