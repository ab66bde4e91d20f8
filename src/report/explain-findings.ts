import { HOUR } from '../base/clock.ts';
import { type Chain, chainId, chainOf, parseDigestKey } from '../digest/digest-key.ts';
import { CATALOGUE, findingSpan } from '../findings/catalogue.ts';
import {
  CONTROL_EVENTS,
  type ControlEffect,
  type ControlEvent,
  type ControlKind,
} from '../findings/control-event.ts';
import type { Limit } from '../findings/event.ts';
import type { Finding, FindingCode, FindingOf, Span } from '../findings/finding.ts';
import { compareText } from './findings-beyond.ts';
import type { UncoveredSpan } from './report.ts';

/**
 * Control events, tied to the findings and the uncovered time that they can have caused: by what they acted on, and by time
 * where a stretch of silence is to be explained. Nothing here changes a weight, a verdict or what is covered.
 */

/** Events named for one finding or stretch; the report has all of them. */
const MOST_NAMED = 5;
/** A stop is recorded up to an hour before the last digest ends, and a start up to an hour after the first; delivery adds to it. */
const AROUND = 2 * HOUR;

/** A subject that became silent or vanished. */
interface Trouble {
  readonly code: FindingCode;
  readonly chain: string | undefined;
  /** The URIs of the object: where it was found, and where it was signed to be. */
  readonly uris: readonly string[];
  /** The digests on both sides of a silence: a trail that moved has them in two buckets. */
  readonly companions?: readonly string[] | undefined;
  readonly bucket: string | undefined;
  readonly span: Span | undefined;
  /** The facts about a chain that is not there. */
  readonly absent?: FindingOf<'CHAIN_ABSENT'>['evidence'] | undefined;
  /** The storage's words on why it could not be read. */
  readonly refusal?: string | undefined;
}

/** The chain that an id names. */
export type KnownChain = Chain & { readonly organization?: string | undefined };

/** Names the events that can have caused a finding or a stretch of uncovered time. */
interface Explainer {
  readonly finding: (finding: Finding) => Finding;
  readonly uncovered: (span: UncoveredSpan) => UncoveredSpan;
}

/** An explainer by the control events of a run. `chains` are by their ids. */
export function explainer(
  events: readonly ControlEvent[],
  chains: ReadonlyMap<string, KnownChain>,
): Explainer {
  // A call that was refused caused nothing; it stays in the report's list.
  const index = indexOf(events.filter(({ error }) => error === undefined));
  return {
    finding: (finding) => {
      const explanation = causesOf(troubleOf(finding), index, chains);
      return explanation.length === 0 ? finding : { ...finding, explanation };
    },
    uncovered: (span) => {
      const trouble = { code: span.reason, chain: span.chain, uris: [], bucket: undefined, span };
      const explainedBy = causesOf(trouble, index, chains).map(({ eventId }) => eventId);
      return explainedBy.length === 0 ? span : { ...span, explainedBy };
    },
  };
}

interface EventIndex {
  /** By what they acted on: an object's URI, and that of its bucket for a deletion without keys. */
  readonly objects: ReadonlyMap<string, readonly ControlEvent[]>;
  /** Deleted digests, by the chain that their keys name. */
  readonly digests: ReadonlyMap<
    string,
    readonly { readonly endTime: number; readonly event: ControlEvent }[]
  >;
  /** By the URI of the bucket that they changed or deleted. */
  readonly buckets: ReadonlyMap<string, readonly ControlEvent[]>;
  readonly keys: readonly ControlEvent[];
  /** Of all buckets of an account. */
  readonly accounts: readonly ControlEvent[];
  /** All but those of objects. */
  readonly others: readonly ControlEvent[];
}

function indexOf(events: readonly ControlEvent[]): EventIndex {
  const objects = new Map<string, ControlEvent[]>();
  const digests = new Map<string, { endTime: number; event: ControlEvent }[]>();
  const buckets = new Map<string, ControlEvent[]>();
  const keys: ControlEvent[] = [];
  const accounts: ControlEvent[] = [];
  const others: ControlEvent[] = [];
  for (const event of events) {
    const { subject = '', name } = event;
    const kind = kindOf(event);
    if (kind !== 'object') {
      others.push(event);
      if (kind === 'bucket') push(buckets, subject, event);
      if (kind === 'key') keys.push(event);
      if (kind === 'buckets') accounts.push(event);
      continue;
    }
    push(objects, subject, event);
    const key = name === 'DeleteObject' ? parseDigestKey(subject.replace(/^s3:\/\/[^/]+\//, '')) : undefined;
    if (key !== undefined) push(digests, chainId(chainOf(key)), { endTime: key.endTime, event });
  }
  return { objects, digests, buckets, keys, accounts, others };
}

function push<Value>(lists: Map<string, Value[]>, name: string, value: Value): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

function kindOf({ name }: ControlEvent): ControlKind {
  return CONTROL_EVENTS[name].kind;
}

function can({ name }: ControlEvent, effect: ControlEffect): boolean {
  return CONTROL_EVENTS[name].effects.includes(effect);
}

function troubleOf(finding: Finding): Trouble {
  const { code, chain, object } = finding;
  const uris = object.signedAs === undefined ? [object.uri] : [object.uri, object.signedAs];
  const trouble = { code, chain, uris, bucket: object.bucket, span: findingSpan(finding) };
  if (finding.code === 'CHAIN_ABSENT') return { ...trouble, absent: finding.evidence };
  switch (finding.code) {
    case 'CHAIN_RESTARTED':
      return { ...trouble, companions: [finding.evidence.lastBefore] };
    case 'WINDOW_HOLE':
      return { ...trouble, companions: [finding.evidence.newer, finding.evidence.older] };
    case 'DIGEST_UNREADABLE':
    case 'LOG_UNREADABLE':
      return { ...trouble, refusal: finding.evidence.detail };
    default:
      return trouble;
  }
}

/** The events that can have caused it, the likeliest first. */
function causesOf(
  trouble: Trouble,
  index: EventIndex,
  chains: ReadonlyMap<string, KnownChain>,
): readonly ControlEvent[] {
  const chain = trouble.chain === undefined ? undefined : chains.get(trouble.chain);
  const ranked = new Map<ControlEvent, number>();
  const take = (event: ControlEvent, rank: number): void => {
    if ((ranked.get(event) ?? Number.POSITIVE_INFINITY) > rank) ranked.set(event, rank);
  };
  const { code, uris, bucket } = trouble;
  const { causes, subject } = CATALOGUE[code];
  if (causes === 'silence') {
    for (const event of index.others) if (silences(event, trouble, chain)) take(event, rankOf(event, code));
    for (const { endTime, event } of index.digests.get(trouble.chain ?? '') ?? [])
      if (isIn(endTime, trouble.span)) take(event, 0);
  }
  if (subject === 'digest' || subject === 'log' || subject === 'object') {
    for (const uri of uris)
      for (const event of index.objects.get(uri) ?? [])
        if (causes !== 'removal' || can(event, 'removal')) take(event, 0);
  }
  if (causes === 'removal') {
    for (const event of index.objects.get(`s3://${bucket}`) ?? [])
      if (isAfter(event, trouble.span)) take(event, 3);
    // A bucket that was deleted before held other objects.
    for (const event of ofBuckets(trouble, index))
      if (can(event, 'removal') && (event.name !== 'DeleteBucket' || isAfter(event, trouble.span)))
        take(event, 2);
  }
  if (causes === 'refusal') {
    for (const event of index.keys) take(event, isNamed(event, trouble.refusal) ? 1 : 2);
    for (const event of ofBuckets(trouble, index)) if (can(event, 'unreadable')) take(event, 2);
    for (const event of index.accounts) take(event, 3);
  }
  return [...ranked]
    .sort(([a, rankA], [b, rankB]) => {
      const near = distance(a, trouble.span) - distance(b, trouble.span);
      return rankA - rankB || near || compareText(a.time, b.time) || compareText(a.eventId, b.eventId);
    })
    .slice(0, MOST_NAMED)
    .map(([event]) => event);
}

/** A refusal of KMS names the key's ARN; it only orders the events that are named. */
function isNamed({ subject }: ControlEvent, refusal: string | undefined): boolean {
  const id = subject?.split('/').at(-1) ?? '';
  return id !== '' && refusal?.includes(`key/${id}`) === true;
}

/** Events that end or begin a trail, a member or a Region come first. Selectors and rights thin a trail out, or may not affect it. */
function rankOf(event: ControlEvent, code: FindingCode): number {
  // An event that begins logging explains a late beginning, and ends any other silence.
  if (can(event, 'begin')) return code === 'CHAIN_STARTS_LATE' ? 1 : 2;
  switch (kindOf(event)) {
    case 'trail':
      return event.name === 'PutEventSelectors' ? 3 : 1;
    case 'organization':
    case 'account':
    case 'region':
      return 1;
    case 'bucket':
      return event.name === 'DeleteBucket' ? 1 : 3;
    default:
      return 3;
  }
}

/** Whether an event can have made a chain fall silent, or speak again, around that time. */
function silences(event: ControlEvent, trouble: Trouble, chain: KnownChain | undefined): boolean {
  const { span, absent } = trouble;
  if (!can(event, 'silence') && !can(event, 'begin')) return false;
  if (span !== undefined && distance(event, span) > AROUND) return false;
  const { account, region } = absent ?? chain ?? {};
  switch (kindOf(event)) {
    case 'account':
      return account === (event.subject ?? event.account);
    case 'region':
      return event.subject === `${account}/${region}`;
    default:
      return chain === undefined
        ? mayKeepAway(event, absent)
        : silencesChain(event, chain, bucketsOf(trouble));
  }
}

/** Whether it can be why a chain is not there at all: of an organization's trail, also where the organization is managed. */
function mayKeepAway(event: ControlEvent, absent: Trouble['absent']): boolean {
  const { account = event.account, trail, basis } = absent ?? {};
  const name = kindOf(event) === 'trail' ? event.subject?.split('/').at(-1) : undefined;
  if (account !== event.account && basis !== 'organization') return false;
  return (trail ?? name ?? '') === (name ?? trail ?? '');
}

function silencesChain(event: ControlEvent, chain: KnownChain, buckets: ReadonlySet<string>): boolean {
  const { organization } = chain;
  const isOfAccount = event.account === chain.account || organization !== undefined;
  switch (kindOf(event)) {
    case 'trail':
      return isOfAccount && isOfTrail(event, chain);
    case 'bucket':
      return buckets.size === 0 || buckets.has(event.subject ?? '');
    default:
      return isOfAccount;
  }
}

/** A trail is named by its name or its ARN; a call that names none may be about any of its account. */
function isOfTrail({ subject, region, account }: ControlEvent, chain: KnownChain): boolean {
  const isHome = region === undefined || region === chain.homeRegion;
  if (subject === undefined) return isHome && account === chain.account;
  const [, homeRegion, name] = /^arn:[^:]+:cloudtrail:([^:]*):[^:]*:trail\/(.+)$/.exec(subject) ?? [];
  if (name !== undefined) return name === chain.trail && homeRegion === chain.homeRegion;
  return isHome && subject === chain.trail;
}

/** The events that changed the bucket of an object, or the one in which it was signed. */
function* ofBuckets(trouble: Trouble, { buckets }: EventIndex): Generator<ControlEvent> {
  for (const name of bucketsOf(trouble)) yield* buckets.get(name) ?? [];
}

/** The URIs of the buckets that trouble is in; none where it is only known by its time. */
function bucketsOf({ bucket, uris, companions = [] }: Trouble): ReadonlySet<string> {
  const names = [...uris, ...companions].map((uri) => uri.split('/', 3).join('/'));
  return new Set(bucket === undefined ? names : [`s3://${bucket}`, ...names]);
}

function isIn(time: number, span: Span | undefined): boolean {
  return span === undefined || (Date.parse(span.from) <= time && time <= Date.parse(span.to) + HOUR);
}

function isAfter({ time }: ControlEvent, span: Span | undefined): boolean {
  return span === undefined || Date.parse(time) >= Date.parse(span.from);
}

/** How far an event is from a stretch of time, in milliseconds; 0 within it. */
function distance({ time }: ControlEvent, span: Span | undefined): number {
  if (span === undefined) return 0;
  const at = Date.parse(time);
  return Math.max(0, Date.parse(span.from) - at, at - Date.parse(span.to));
}

/**
 * Events held, at some 700 bytes each: refused calls apart, so that nobody can crowd the others out by trying;
 * deletions and writes of single objects, of which an attacker makes as many as there are objects; and calls on keys, which
 * are any of the account's.
 */
const MOST_HELD = { done: 5000, refused: 500, objects: 50_000, keys: 2000 } as const;

/** The control events of a run, each once, however many trails recorded it. */
export class ControlEventLog {
  readonly #held = {
    done: new Map<string, ControlEvent>(),
    refused: new Map<string, ControlEvent>(),
    objects: new Map<string, ControlEvent>(),
    keys: new Map<string, ControlEvent>(),
  };
  #dropped = 0;

  /** Takes an event, or the better proof of one that it has: of several log files the first by its URI. */
  add(event: ControlEvent): void {
    const part = partOf(event);
    const held = this.#held[part];
    const known = held.get(event.eventId);
    if (known === undefined && held.size >= MOST_HELD[part]) this.#dropped += 1;
    else if (known === undefined || event.log < known.log) held.set(event.eventId, event);
  }

  /** Every event, oldest first. */
  all(): readonly ControlEvent[] {
    return inOrder(Object.values(this.#held).flatMap((held) => [...held.values()]));
  }

  /** The events of the report: all but those of single objects that explain nothing; `named` are the ids of those that do. */
  reported(named: ReadonlySet<string>): readonly ControlEvent[] {
    return this.all().filter(
      ({ name, eventId }) => CONTROL_EVENTS[name].kind !== 'object' || named.has(eventId),
    );
  }

  /** The limit to report where there were more events than are held. */
  limits(): readonly Limit[] {
    if (this.#dropped === 0) return [];
    const text = `${this.#dropped} control events were left out, because a run holds no more: stops, deletions and policy changes may be unnamed.`;
    return [{ code: 'CONTROL_EVENTS_CAPPED', text }];
  }
}

function partOf({ name, error }: ControlEvent): keyof typeof MOST_HELD {
  if (error !== undefined) return 'refused';
  const { kind } = CONTROL_EVENTS[name];
  return kind === 'object' ? 'objects' : kind === 'key' ? 'keys' : 'done';
}

function inOrder(events: readonly ControlEvent[]): readonly ControlEvent[] {
  const name = ({ time, eventId }: ControlEvent): string => `${time} ${eventId}`;
  return [...events].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}
