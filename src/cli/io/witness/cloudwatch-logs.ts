/** CloudWatch Logs as a witness: the log groups that trails also send their events to. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeLogGroup,
  LOGS_PACE_MS,
  type LogGroupArn,
  type LogGroupFacts,
  loadLogsPackage,
  parseLogGroupArn,
  readLogEvents,
  streamNames,
} from '../../../aws/cloudwatch-logs.ts';
import { type Turn, turns } from '../../../aws/event-history.ts';
import type { AwsSession } from '../../../aws/session.ts';
import { describeLoggedTrails, type LoggedTrails } from '../../../aws/trail-log-groups.ts';
import { DAY, HOUR, isoTime } from '../../../base/clock.ts';
import type { Limit } from '../../../findings/event.ts';
import { countOf } from '../../../render/words.ts';
import type { EventRecord } from '../../../witness/compare.ts';
import type { Witness, WitnessAnswer } from '../../../witness/contract.ts';
import type { AskIn } from './sessions.ts';

/** What its answers are worth, and what it never has. */
const LIMITS: readonly Limit[] = [
  {
    code: 'WITNESS_UNSIGNED',
    text: 'What CloudWatch Logs says is the word of AWS over TLS. Nobody signed it, and it changes no verdict.',
  },
  {
    code: 'WITNESS_CHANGEABLE',
    text: "A log group is in the hands of its account's administrators. No event in it can be edited, but the group and its streams can be deleted, and events can be added by anybody who may write to it.",
  },
  {
    code: 'WITNESS_WITHOUT_LARGE_EVENTS',
    text: 'A trail sends no event above 256 KB to CloudWatch Logs, and none of the time before it was set up to send there: those are not recovered.',
  },
];

/** The time of a log event may be that of its delivery, which is minutes after the event. */
const LATE = HOUR;
/** Bytes of an event that is surely sent. */
const SURELY_SENT = 128 << 10;
/** Reasons that are named of one question. */
const MOST_REASONS = 5;
/** CloudTrail's events have at most 1 MB; a longer text is none. */
const LONGEST_MESSAGE = 1 << 20;

type Question = Parameters<Witness['ask']>[0];
type TrailName = Question['trails'][number];

/** A log group, and the streams in it that are meant. */
interface GroupStreams {
  readonly group: LogGroupArn;
  readonly streams: Set<string>;
}

/** The log groups of trails, asked as fast as the service allows. The signal ends a wait for the next turn. Throws CONFIGURATION where the package is not installed. */
export async function cloudWatchLogsWitness(
  askIn: AskIn,
  signal: AbortSignal,
  now: number,
): Promise<Witness> {
  // Before anybody is asked for hours.
  await loadLogsPackage();
  const groups = new LogGroups(askIn, signal);
  return {
    kind: 'cloudwatch-logs',
    name: 'CloudWatch Logs',
    days: undefined,
    limits: LIMITS,
    givesMore: true,
    holdings: async (place) => {
      const { silent } = await groups.of(place);
      return (record, trail) =>
        record.eventCategory !== 'Insight' && !silent.has(nameOf(trail)) && isSent(record);
    },
    ask: async (place, { from, to }, take) => {
      const found = await groups.of(place);
      const reasons = new Set(found.refusals);
      if (found.groups.length === 0 && reasons.size === 0)
        reasons.add('no trail of it sends to CloudWatch Logs');
      let { foreign } = found;
      for (const { group, streams } of found.groups) {
        const answer = await askIn(group.account, async (session): Promise<WitnessAnswer> => {
          const facts = await groups.factsOf(session, group);
          for (const reason of lacksOf(facts, from, now)) reasons.add(reason);
          foreign ??= facts.foreign;
          for (const stream of streams) {
            const question = { group, stream, from, to: to + LATE };
            const read = await readLogEvents(session, question, groups.turnOf(group), (messages) =>
              take(messages.filter((one) => isOfRegion(one, place.region)).map(asGiven)),
            );
            foreign ??= read.foreign;
            if (read.refusal !== undefined) return { refusal: read.refusal };
          }
          return { refusal: undefined };
        });
        if (answer.refusal !== undefined) reasons.add(answer.refusal);
      }
      return { refusal: inWords([...reasons]), foreign };
    },
  };
}

/** What is known of log groups, each asked for once. */
class LogGroups {
  readonly #askIn: AskIn;
  readonly #signal: AbortSignal;
  readonly #trails = new Map<string, Promise<LoggedTrails>>();
  readonly #facts = new Map<string, Promise<LogGroupFacts>>();
  readonly #turns = new Map<string, Turn>();

  constructor(askIn: AskIn, signal: AbortSignal) {
    this.#askIn = askIn;
    this.#signal = signal;
  }

  /** The log groups that the trails of a place send to, and in words which trails could not be learned. */
  async of({ account, region, trails }: Question): Promise<{
    readonly groups: readonly GroupStreams[];
    readonly refusals: readonly string[];
    /** The trails that send to none, by `nameOf`. */
    readonly silent: ReadonlySet<string>;
    readonly foreign?: string | undefined;
  }> {
    const silent = new Set<string>();
    const groups = new Map<string, GroupStreams>();
    const refusals: string[] = [];
    let foreign: string | undefined;
    for (const trail of trails) {
      const found = await this.#groupOf(trail, account);
      foreign ??= found.foreign;
      if (found.refusal !== undefined) refusals.push(`trail ${trail.trail}: ${found.refusal}`);
      if (found.arn === undefined) {
        if (found.refusal === undefined) silent.add(nameOf(trail));
        continue;
      }
      const group = parseLogGroupArn(found.arn);
      if (group === undefined) {
        refusals.push(`trail ${trail.trail}: the name of its log group cannot be read`);
        continue;
      }
      const known = groups.get(group.arn) ?? { group, streams: new Set() };
      groups.set(group.arn, known);
      for (const name of streamNames({ ...trail, account, region })) known.streams.add(name);
    }
    return { groups: [...groups.values()], refusals, silent, foreign };
  }

  /** The ARN of a trail's log group; none where it has none. The caller may see it, and else the account itself. */
  async #groupOf(
    trail: TrailName,
    account: string,
  ): Promise<{
    readonly arn?: string | undefined;
    readonly refusal?: string | undefined;
    readonly foreign?: string | undefined;
  }> {
    let refused: string | undefined;
    for (const where of [undefined, account]) {
      const { trails, refusal, foreign } = await this.#trailsSeen(where, trail.homeRegion);
      const found = trails.find(
        (one) =>
          one.name === trail.trail &&
          one.homeRegion === trail.homeRegion &&
          (trail.organization === undefined ? one.account === account : one.isOrganizationTrail),
      );
      if (found !== undefined) return { arn: found.logGroupArn, foreign };
      refused = refusal ?? refused;
    }
    return { refusal: refused ?? 'CloudTrail does not know it' };
  }

  #trailsSeen(account: string | undefined, homeRegion: string): Promise<LoggedTrails> {
    return once(this.#trails, `${account ?? ''} ${homeRegion}`, async () => {
      const seen = await this.#askIn(account, (session) => describeLoggedTrails(session, homeRegion));
      return 'trails' in seen ? seen : { trails: [], ...seen };
    });
  }

  /** What a group keeps. */
  factsOf(session: AwsSession, group: LogGroupArn): Promise<LogGroupFacts> {
    return once(this.#facts, group.arn, () => describeLogGroup(session, group));
  }

  /** The turns of a group's account and Region. */
  turnOf({ account, region }: LogGroupArn): Turn {
    const place = `${account}/${region}`;
    const known =
      this.#turns.get(place) ??
      turns(
        LOGS_PACE_MS,
        (ms) => sleep(ms, undefined, { signal: this.#signal }),
        () => performance.now(),
      );
    this.#turns.set(place, known);
    return known;
  }
}

function nameOf({ trail, homeRegion, organization = '' }: TrailName): string {
  return JSON.stringify([organization, homeRegion, trail]);
}

/** Whether a trail surely sends an event: none above 256 KB, of which nobody says how they are counted. */
function isSent(record: EventRecord): boolean {
  return Buffer.byteLength(JSON.stringify(record)) <= SURELY_SENT;
}

/** The one answer to a question that many places have. */
function once<Answer>(
  known: Map<string, Promise<Answer>>,
  name: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const answer = known.get(name) ?? ask();
  known.set(name, answer);
  return answer;
}

/** In words what a group does not hold of a time from `from` on. */
function lacksOf({ refusal, retentionDays, created, isMasked }: LogGroupFacts, from: number, now: number) {
  const reasons: string[] = [];
  if (refusal !== undefined) reasons.push(`how long its log group keeps events is not known: ${refusal}`);
  if (retentionDays !== undefined && from < now - retentionDays * DAY)
    reasons.push(`its log group keeps events for ${countOf(retentionDays, 'day')}`);
  if (created !== undefined && created > from) reasons.push(`its log group was made at ${isoTime(created)}`);
  if (isMasked) reasons.push('its log group masks parts of events, so that they may differ');
  return reasons;
}

/** Streams of a trail's home Region may have events of every Region: those of the others are the answer to another question. */
function isOfRegion(message: string | undefined, region: string): boolean {
  if (message === undefined || message.length > LONGEST_MESSAGE) return true;
  try {
    const event: unknown = JSON.parse(message);
    const named =
      typeof event === 'object' && event !== null && 'awsRegion' in event ? event.awsRegion : undefined;
    return typeof named !== 'string' || named === region;
  } catch {
    return true;
  }
}

function asGiven(message: string | undefined) {
  return { id: undefined, record: message };
}

function inWords(reasons: readonly string[]): string | undefined {
  if (reasons.length === 0) return undefined;
  const rest = reasons.length - MOST_REASONS;
  return [...reasons.slice(0, MOST_REASONS), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
