import { DAY, HOUR, isoTime } from '../../base/clock.ts';
import { CATALOGUE, FINDING_CODES, findingSpan } from '../../findings/catalogue.ts';
import {
  type Acceptance,
  isAcceptable,
  MOST_PATTERN,
  patternOf,
  TO_BE_WRITTEN,
} from '../../findings/event.ts';
import type { Finding, FindingCode, Weight } from '../../findings/finding.ts';
import { RULES } from '../../findings/finding.ts';
import { acceptedOf, isAccepted } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { countOf, formatDuration } from '../words.ts';
import { shortTime } from './timeline.ts';

/**
 * Findings gathered by cause: what one event did to many chains or files is one group. A cause is the code, what its evidence gives
 * as the reason, and for chains the stretch of time, to the hour. Nothing of it is escaped.
 */

/** An entry for the file of --accept. Its reason and its name of a person are to be filled in. */
export type AcceptEntry = Acceptance;

/** Findings of one cause. */
export interface CauseGroup {
  readonly code: FindingCode;
  readonly weight: Weight;
  /** The name of the acceptance that accepts them; undefined for what is open. */
  readonly accepted: string | undefined;
  /** What these have in common beyond the code, in a few words; '' where the code says it all. */
  readonly cause: string;
  /** How many there are, named in the report or only counted. */
  readonly count: number;
  /** How many chains they belong to. */
  readonly chains: number;
  /** Those that the report names, in its order. */
  readonly findings: readonly Finding[];
  /** The first of each of a few chains. */
  readonly examples: readonly Finding[];
  /** Accepts exactly what is in the group now; undefined where nobody can, or only with a pattern that is too wide. */
  readonly acceptEntry: AcceptEntry | undefined;
}

type Part = Pick<Report, 'findings' | 'overflowFindings' | 'window' | 'chains' | 'run'>;

/** A group as it grows. */
interface Growing {
  readonly code: FindingCode;
  readonly weight: Weight;
  readonly accepted: string | undefined;
  readonly reason: string | undefined;
  readonly findings: Finding[];
  readonly chains: Set<string>;
  /** Those that are only counted. */
  beyond: number;
}

/** Different times of one code that are shown apart; more are one group. */
const MOST_TIMES = 6;
const MOST_EXAMPLES = 3;
const WEIGHTS: readonly Weight[] = ['violation', 'unproven', 'note'];

/** A report's findings by cause: the heaviest first, what is accepted behind what is open, then by code and by number. */
export function groupFindings(report: Part): readonly CauseGroup[] {
  const groups = new Map<string, Growing>();
  const groupOf = (
    code: FindingCode,
    weight: Weight,
    accepted: string | undefined,
    reason: string | undefined,
  ): Growing => {
    const name = JSON.stringify([code, weight, accepted, reason]);
    const known = groups.get(name);
    if (known !== undefined) return known;
    const group = { code, weight, accepted, reason, findings: [], chains: new Set<string>(), beyond: 0 };
    groups.set(name, group);
    return group;
  };
  for (const finding of report.findings) {
    const accepted = isAccepted(finding) ? finding.accepted : undefined;
    const group = groupOf(finding.code, finding.weight, accepted, reasonOf(finding));
    group.findings.push(finding);
    if (finding.chain !== undefined) group.chains.add(finding.chain);
  }
  for (const further of report.overflowFindings?.counts ?? []) {
    const { code, weight, count, chain } = further;
    // Their evidence is in another file: what they have in common is not known here.
    const reason = reasonField(code) === undefined ? undefined : UNKNOWN_REASON;
    const accepted = acceptedOf(further);
    for (const [part, name] of [
      [count - accepted, undefined],
      [accepted, UNKNOWN_ACCEPTANCE],
    ] as const) {
      if (part === 0) continue;
      const group = groupOf(code, weight, name, reason);
      group.beyond += part;
      if (chain !== undefined) group.chains.add(chain);
    }
  }
  const finishedGroups = [...groups.values()]
    .flatMap(byTime)
    .map((group) => finished(group, report))
    .sort(
      (a, b) =>
        WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight) ||
        Number(a.accepted !== undefined) - Number(b.accepted !== undefined) ||
        FINDING_CODES.indexOf(a.code) - FINDING_CODES.indexOf(b.code) ||
        b.count - a.count,
    );
  return withOwnNames(finishedGroups);
}

/** Groups whose entries have names of their own, as the file of --accept asks for. */
function withOwnNames(groups: readonly CauseGroup[]): readonly CauseGroup[] {
  const uses = new Map<string, number>();
  return groups.map((group) => {
    const { acceptEntry } = group;
    if (acceptEntry === undefined) return group;
    const use = (uses.get(acceptEntry.name) ?? 0) + 1;
    uses.set(acceptEntry.name, use);
    return use === 1
      ? group
      : { ...group, acceptEntry: { ...acceptEntry, name: `${acceptEntry.name} (${use})` } };
  });
}

const UNKNOWN_REASON = 'named in the file of further findings only';
const UNKNOWN_ACCEPTANCE = 'see the file of further findings';

/** The fields of evidence that say why, where they are one of a few texts. */
const REASON_FIELDS = ['reason', 'basis', 'setting', 'kind', 'gone'] as const;

/** The field of a code's evidence that distinguishes causes; undefined where there is none. */
function reasonField(code: FindingCode): string | undefined {
  const { evidence } = RULES[code];
  if (typeof evidence === 'string') return undefined;
  const [shape] = Array.isArray(evidence) ? evidence : [evidence];
  const fields: Readonly<Record<string, unknown>> = { ...shape };
  return REASON_FIELDS.find((name) =>
    [fields[name], fields[`${name}?`]].some((field) => Array.isArray(field) || field === 'failure'),
  );
}

function reasonOf({ code, evidence }: Finding): string | undefined {
  const field = reasonField(code);
  if (field === undefined) return undefined;
  const value: unknown = { ...Object(evidence) }[field];
  return typeof value === 'string' ? value : undefined;
}

const REASON_WORDS: Readonly<Record<string, string>> = {
  denied: 'access denied',
  archived: 'in a storage class that must be restored first',
  undecryptable: 'it cannot be decrypted',
  unreachable: 'not reached after retries',
  vanished: 'gone between the listing and the reading',
  'not-in-copy': 'not in the copy',
  'no-file': 'a link or a pipe, or the like, is in the place of its file',
  'endpoint-not-aws': "the endpoint is not AWS's own",
  'inside-target': 'the key file is in what is verified',
  'not-back': 'it leads not back in time',
  'other-chain': 'it leads to another chain',
  name: 'CloudTrail writes no such name',
  place: 'CloudTrail writes nothing at that place',
  undecided: 'not decided whether a digest lists it',
  'expect-file': 'expected by the file of --expect',
  scope: 'expected because it was asked for',
  'trail-description': "expected by the trail's description",
  'trail-status': "expected by the trail's status",
  organization: "of the organization's trail",
  'log-files': 'there are log files of it',
  'digest-folder': 'its folder is there and has no digest',
  'backfill-digests': 'there are backfill digests of it',
};

function reasonWords(reason: string): string {
  return REASON_WORDS[reason] ?? reason.replaceAll('-', ' ');
}

interface Spanned {
  readonly from: number;
  readonly to: number;
}

function spanOf(finding: Finding): Spanned | undefined {
  const span = findingSpan(finding);
  if (span === undefined) return undefined;
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)];
  return Number.isNaN(from) || Number.isNaN(to) ? undefined : { from, to };
}

/**
 * The parts of a group that are of one time: the ends of their spans are within an hour of those of the first. Chains whose time is
 * open for as long, at the same time, are so for the same reason. The group itself where it is about files, or where the times are many.
 */
function byTime(group: Growing): readonly Growing[] {
  if (CATALOGUE[group.code].subject !== 'chain' || group.beyond > 0) return [group];
  const parts = new Map<string, Growing & { readonly first: Spanned }>();
  const near = ({ from, to }: Spanned) => {
    const [hourFrom, hourTo] = [Math.floor(from / HOUR), Math.floor(to / HOUR)];
    for (const a of [0, -1, 1])
      for (const b of [0, -1, 1]) {
        const part = parts.get(`${hourFrom + a} ${hourTo + b}`);
        if (part !== undefined && Math.abs(part.first.from - from) <= HOUR) {
          if (Math.abs(part.first.to - to) <= HOUR) return part;
        }
      }
    return undefined;
  };
  for (const finding of group.findings) {
    const span = spanOf(finding);
    if (span === undefined) return [group];
    let part = near(span);
    if (part === undefined) {
      part = { ...group, findings: [], chains: new Set(), first: span };
      parts.set(`${Math.floor(span.from / HOUR)} ${Math.floor(span.to / HOUR)}`, part);
    }
    part.findings.push(finding);
    if (finding.chain !== undefined) part.chains.add(finding.chain);
  }
  return parts.size > MOST_TIMES ? [group] : [...parts.values()];
}

function finished(group: Growing, report: Part): CauseGroup {
  const { code, weight, accepted, findings, chains, beyond } = group;
  const count = findings.length + beyond;
  return {
    code,
    weight,
    accepted,
    cause: causeWords(group),
    count,
    chains: chains.size,
    findings,
    examples: examplesOf(findings),
    acceptEntry: accepted === undefined && beyond === 0 ? acceptEntryOf(group, report) : undefined,
  };
}

function examplesOf(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string | undefined>();
  const examples: Finding[] = [];
  for (const finding of findings) {
    if (examples.length === MOST_EXAMPLES) break;
    if (seen.has(finding.chain)) continue;
    seen.add(finding.chain);
    examples.push(finding);
  }
  return examples;
}

/** The time that all of them are within; undefined where one of them names none. */
function hullOf(findings: readonly Finding[]): Spanned | undefined {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const finding of findings) {
    const span = spanOf(finding);
    if (span === undefined) return undefined;
    from = Math.min(from, span.from);
    to = Math.max(to, span.to);
  }
  return from <= to ? { from, to } : undefined;
}

function causeWords({ code, reason, findings, beyond }: Growing): string {
  const parts = reason === undefined ? [] : [reasonWords(reason)];
  const hull = beyond > 0 ? undefined : hullOf(findings);
  if (CATALOGUE[code].subject === 'chain' && hull !== undefined) {
    let longest = 0;
    let shortest = Number.POSITIVE_INFINITY;
    for (const finding of findings) {
      const { from, to } = spanOf(finding) ?? hull;
      longest = Math.max(longest, to - from);
      shortest = Math.min(shortest, to - from);
    }
    const when = `${shortTime(isoTime(hull.from))} to ${shortTime(isoTime(hull.to))}`;
    const isOneTime = hull.to - hull.from <= shortest + 2 * HOUR;
    parts.push(
      isOneTime
        ? `${formatDuration(longest)}, ${when}`
        : `up to ${formatDuration(longest)} each, within ${when}`,
    );
  }
  return parts.join('; ');
}

const ACCEPTED_FOR = 90 * DAY;
/** Written over by who uses the entry: this tool knows neither. */
const WRITE_REASON = `${TO_BE_WRITTEN} why this is known and harmless`;
const WRITE_PERSON = `${TO_BE_WRITTEN} who accepts it`;

/**
 * The entry that accepts what is in a group, as narrow as can be: the very object or chain; else, where they have a time in common
 * that is part of the window, that time, and what their chains' names have in common.
 */
function acceptEntryOf({ code, weight, findings, chains }: Growing, report: Part): AcceptEntry | undefined {
  if (weight !== 'unproven' || !isAcceptable(code)) return undefined;
  const [first] = findings;
  if (first === undefined) return undefined;
  const subject = subjectOf(code, findings, chains, report);
  if (subject === undefined) return undefined;
  const since = subject.window === undefined ? '' : ` from ${subject.window.from}`;
  const what = chains.size > 1 ? countOf(chains.size, 'chain') : countOf(findings.length, 'finding');
  return {
    name: `${code}: ${what}${since}`,
    code,
    ...subject,
    reason: WRITE_REASON,
    acceptedBy: WRITE_PERSON,
    expires: isoTime(Date.parse(report.run.finished) + ACCEPTED_FOR).slice(0, '2026-11-20'.length),
  };
}

function subjectOf(
  code: FindingCode,
  findings: readonly Finding[],
  chains: ReadonlySet<string>,
  report: Part,
): Pick<AcceptEntry, 'object' | 'chain' | 'window'> | undefined {
  const [first] = findings;
  const hull = hullOf(findings);
  const window =
    hull === undefined ? undefined : { from: wholeSecond(hull.from, 'down'), to: wholeSecond(hull.to, 'up') };
  const ofWindow = window === undefined || window.from >= window.to ? {} : { window };
  const isOfObject = CATALOGUE[code].subject !== 'chain' || chains.size === 0;
  if (first !== undefined && findings.length === 1 && isOfObject)
    return canBeNamed(first.object.uri) ? { object: patternOf(first.object.uri) } : undefined;
  if (CATALOGUE[code].acceptance === 'by-object') return undefined;
  const isEachOfChain = findings.every(({ chain }) => chain !== undefined);
  const [chain] = chains;
  if (isEachOfChain && chains.size === 1 && chain !== undefined)
    return canBeNamed(chain) ? { chain: patternOf(chain), ...ofWindow } : undefined;
  if (hull === undefined || !('window' in ofWindow) || !isPartOfWindow(hull, report)) return undefined;
  const pattern = isEachOfChain ? commonPattern([...chains]) : undefined;
  // A time alone would accept what comes to any account and Region.
  return pattern === undefined ? undefined : { chain: pattern, ...ofWindow };
}

/** The whole second at or before a time, or at or after it: the file of --accept knows no finer times. */
function wholeSecond(time: number, way: 'down' | 'up'): string {
  const second = 1000;
  return isoTime((way === 'down' ? Math.floor(time / second) : Math.ceil(time / second)) * second);
}

/** Whether an entry can name a text. */
function canBeNamed(text: string): boolean {
  return patternOf(text).length <= MOST_PATTERN && !/\p{Cc}/u.test(text) && /\S/.test(text);
}

/** Whether a time leaves a part of the window open, and of what is proven: an entry of all time is refused. */
function isPartOfWindow({ from, to }: Spanned, { window, chains }: Part): boolean {
  const { requested } = window;
  const begins = requested.from === null ? Number.NEGATIVE_INFINITY : Date.parse(requested.from);
  const isOutside = (first: number, last: number): boolean => first < from || last > to;
  if (!isOutside(begins, Date.parse(requested.to))) return false;
  return chains.some(
    ({ first, last }) => first !== null && last !== null && isOutside(Date.parse(first), Date.parse(last)),
  );
}

/** What ids of chains have in common as a pattern: trail and home Region, or else the account; undefined where nothing. */
function commonPattern(ids: readonly string[]): string | undefined {
  const tails = new Set(ids.map((id) => id.split('/').slice(2).join('/')));
  const heads = new Set(ids.map((id) => id.split('/')[0]));
  const [tail = ''] = tails;
  const [head = ''] = heads;
  if (tails.size === 1 && canBeNamed(tail)) return `*/${patternOf(tail)}`;
  return heads.size === 1 && canBeNamed(head) ? `${patternOf(head)}/*` : undefined;
}
