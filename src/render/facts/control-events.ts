import type { ControlEvent } from '../../findings/control-event.ts';

/** Who acted, as far as the event says: ARN, else principal, else service or kind; not escaped. */
export function actorWords({ actor }: Pick<ControlEvent, 'actor'>): string {
  const { arn, principalId, invokedBy, type, account } = actor;
  const name = arn ?? invokedBy ?? type ?? account ?? 'nobody named';
  const principal = principalId === undefined ? '' : ` (principal ${principalId})`;
  const service = invokedBy === undefined || invokedBy === name ? '' : ` through ${invokedBy}`;
  return `${name}${principal}${service}`;
}

/** From where and with what; not escaped. */
export function originWords({ sourceIp, userAgent }: ControlEvent): string {
  const parts = [
    ...(sourceIp === undefined ? [] : [`from ${sourceIp}`]),
    ...(userAgent === undefined ? [] : [`with ${userAgent}`]),
  ];
  return parts.length === 0 ? 'from nowhere named' : parts.join(' ');
}

/** What was done to what, and whether anything came of it; not escaped. */
export function actWords({ name, subject, requestOmitted, error }: ControlEvent): string {
  const what = subject === undefined ? name : `${name} of ${subject}`;
  const told = requestOmitted === undefined ? what : `${what} (its request was too large to be recorded)`;
  return error === undefined ? told : `${told}, refused: ${error}`;
}

/** One event in a phrase for a list of facts: act, time, who, from where, id and the log file that proves it; not escaped. */
export function eventFact(event: ControlEvent): string {
  return `${actWords(event)} at ${event.time} by ${actorWords(event)} ${originWords(event)}, event ${event.eventId} in ${event.log}`;
}

/** What a finding's events say beside its evidence, the likeliest in full and the others counted; not escaped. */
export function explanationFacts(explanation: readonly ControlEvent[] | undefined): readonly string[] {
  const [first, ...others] = explanation ?? [];
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more around it`;
  return [`may be explained by ${eventFact(first)}${more}`];
}
