/** What a finding is in a report: the fields that all have, and of each code its own evidence. */
import {
  byField,
  count,
  described,
  documentOf,
  flag,
  list,
  named,
  object,
  oneOf,
  only,
  optional,
  type Schema,
  text,
  time,
} from '../base/document-schema.ts';
import { FINDING_CODES } from '../findings/catalogue.ts';
import { CONTROL_EVENTS, type ControlEvent, isControlEventName } from '../findings/control-event.ts';
import { FAILURES, type Field, type Fields, type Shape } from '../findings/family.ts';
import { type Finding, type FindingCode, RULES, type Span, type Weight } from '../findings/finding.ts';

/** A span of time. */
export const span: () => Schema<Span> = named(
  'span',
  documentOf<Span>()(() => object({ from: time(), to: time() })),
);

/** How much a finding says. */
export const weight: () => Schema<Weight> = named('weight', () => oneOf(['violation', 'unproven', 'note']));

/** A finding's stable name. */
export const code: () => Schema<FindingCode> = named('code', () =>
  described(oneOf(FINDING_CODES), "A finding's stable name; `trail-verify explain CODE` gives its words."),
);

/** A control event. */
export const controlEvent: () => Schema<ControlEvent> = named(
  'controlEvent',
  documentOf<ControlEvent>()(() =>
    described(
      object({
        eventId: text(),
        name: oneOf(Object.keys(CONTROL_EVENTS).filter(isControlEventName)),
        time: time(),
        account: optional(text()),
        region: optional(text()),
        actor: described(
          object({
            type: optional(text()),
            arn: optional(text()),
            principalId: optional(text()),
            account: optional(text()),
            invokedBy: optional(text()),
          }),
          'Who acted, as the event says.',
        ),
        sourceIp: optional(text()),
        userAgent: optional(text()),
        subject: optional(
          described(
            text(),
            'The trail, the key, the member account, <account>/<Region> of a Region, or the URI of the bucket or object that it acted on.',
          ),
        ),
        requestOmitted: optional(
          described(
            only(true),
            'CloudTrail left the request out, for its size: the subject is what the service named.',
          ),
        ),
        error: optional(described(text(), 'The error that answered the call: it had no effect.')),
        chain: text(),
        log: described(text(), 'The URI of the log file that holds it.'),
        digest: described(text(), 'The URI of the proven digest that names the log file.'),
      }),
      'An event in a log file whose content a proven digest recorded; long texts are cut.',
    ),
  ),
);

const subject = named('object', () =>
  object({
    bucket: text(),
    key: text(),
    uri: text(),
    versionId: optional(text()),
    signedAs: optional(text()),
  }),
);

const history = named('history', () =>
  described(
    object({
      act: oneOf(['deleted', 'overwritten', 'unknown']),
      time: optional(time()),
      versionId: optional(text()),
      versions: count(),
      compared: count(),
      unread: count(),
      intact: optional(object({ versionId: text(), time: optional(time()) })),
    }),
    "What the object's versions say became of it, where they were looked up.",
  ),
);

const explanation = named('explanation', () =>
  described(
    list(controlEvent()),
    'What verified log files record around it that can have caused it, the likeliest first. It proves no cause and covers no time.',
  ),
);

const accepted = named('accepted', () =>
  described(text(), 'The name of the acceptance that accepts it: it has no part in the verdict.'),
);

/** The schema of each kind of field. */
const KINDS: { readonly [Kind in Exclude<Field, readonly string[]>]: () => Schema } = {
  text,
  texts: () => list(text()),
  count,
  flag,
  span,
  failure: () => oneOf(FAILURES),
};

function fieldOf(field: Field): Schema {
  return typeof field === 'string' ? KINDS[field]() : oneOf(field);
}

function fieldsOf(fields: Fields): ReturnType<typeof object> {
  return object(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) =>
        name.endsWith('?') ? [name.slice(0, -1), optional(fieldOf(field))] : [name, fieldOf(field)],
      ),
    ),
  );
}

/** What the tables of findings say of evidence, as a schema. */
function evidenceOf(shape: Shape): Schema {
  if (shape === 'nothing') return optional(object({}));
  return isForms(shape) ? byField('reason', several(shape.map(fieldsOf))) : fieldsOf(shape);
}

function isForms(shape: Exclude<Shape, 'nothing'>): shape is readonly Fields[] {
  return Array.isArray(shape);
}

function several<One>([first, ...others]: readonly One[]): readonly [One, ...One[]] {
  if (first === undefined) throw new RangeError('a union has one form at least');
  return [first, ...others];
}

/** A finding, distinguished by its code. */
export const findingSchema: () => Schema<Finding> = named('finding', () => {
  const forms = FINDING_CODES.map((name) =>
    object({
      code: only(name),
      weight: weight(),
      object: subject(),
      chain: optional(text()),
      time: optional(time()),
      accepted: optional(accepted()),
      explanation: optional(explanation()),
      evidence: evidenceOf(RULES[name].evidence),
      history: optional(history()),
    }),
  );
  // The evidence of the type and that of the schema are read off the same shapes.
  return byField('code', several(forms)) as Schema as Schema<Finding>;
});
