/**
 * Which events a report lacks, worked out from what CloudTrail delivered and from what is left of it: how the program finds the times
 * to ask about has no part in it.
 */
import { HOUR } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { type CorroboratedScenario, contentOf, type TrueEvent } from './corroborated-scenario.ts';
import type { DeliveredDigest } from './test-digest.ts';

/**
 * Why an event is lacking: its log file is named by a proven digest and is not what that says (`file`); its digest is of a time that
 * the report does not prove (`digest`); no digest names its log file, and its time is not proven (`time`). `edge` events are of the
 * hour before such a time, or came after all that is proven: they can have been in its files, and this run proved them nowhere else.
 */
export type Lack = 'file' | 'digest' | 'time' | 'edge';

/** A time of an account and Region that a report does not prove; milliseconds since the epoch. */
interface LackingTime {
  readonly place: string;
  readonly from: number;
  readonly to: number;
  /** The end of what may belong to it: of the window, where nothing after it is proven either. */
  readonly until: number;
}

type Verified = Pick<CorroboratedScenario, 'truth' | 'proven' | 'lines' | 'report' | 'delivered'>;

/** The events that a report lacks and no proven log file holds, by their ids. */
export function lackingEvents(verified: Verified): ReadonlyMap<string, Lack> {
  const { truth, proven, lines } = verified;
  const lost = new Set(lines.filter(({ kind, status }) => kind === 'log' && status !== 'valid').map(uriOf));
  const times = lackingTimes(verified, lost);
  const lacking = new Map<string, Lack>();
  for (const event of truth.values()) {
    if (proven.has(event.id)) continue;
    const why = lost.has(uriOf(event.log))
      ? 'file'
      : lackIn(
          event,
          times.filter(({ place }) => place === event.place),
        );
    if (why !== undefined) lacking.set(event.id, why);
  }
  return lacking;
}

function lackIn({ time, digests }: TrueEvent, times: readonly LackingTime[]): Lack | undefined {
  const isOf = ({ startTime, endTime }: DeliveredDigest): boolean =>
    times.some(({ from, to }) => from < endTime && startTime < to);
  if (digests.some(isOf)) return 'digest';
  if (times.some(({ from, to }) => from <= time && time <= to)) return 'time';
  return times.some(({ from, until }) => from - HOUR <= time && time <= until) ? 'edge' : undefined;
}

function lackingTimes({ report, delivered }: Verified, lost: ReadonlySet<string>): readonly LackingTime[] {
  const uncovered = report.window.uncovered.map(({ chain, from, to }) =>
    lackingTime(report, chain, { from: Date.parse(from), to: Date.parse(to) }),
  );
  const ofDigests = report.findings
    .filter(({ code, weight }) => /^(?:DIGEST|LINK)_/.test(code) && weight !== 'note')
    .map(({ chain = '', object }) => lackingTime(report, chain, hourOf(object.uri, delivered.digests)));
  const ofFiles = delivered.digests
    .filter(({ logs }) => logs.some((log) => lost.has(uriOf(log))))
    .map(({ key, startTime: from, endTime: to }) => ({ place: placeOf(key), from, to, until: to }));
  return [...uncovered, ...ofDigests, ...ofFiles, ...goneTimes(report)];
}

/** The times of chains that have no proven digest at all, and of days that have lost files. */
function goneTimes({ findings, chains, window }: Report): readonly LackingTime[] {
  const to = Date.parse(window.requested.to);
  const from = window.requested.from === null ? 0 : Date.parse(window.requested.from);
  const isProven = (chain: string): boolean =>
    chains.some(({ id, kind, last }) => id === chain && (kind !== 'standard' || last !== null));
  const unproven = [
    ...chains.filter(({ kind }) => kind === 'standard').map(({ id }) => id),
    ...findings.flatMap(({ chain, weight }) => (chain === undefined || weight === 'note' ? [] : [chain])),
  ].filter((chain) => !isProven(chain));
  const places = unproven.map((chain) => chain.split('/').slice(0, 2).join('/'));
  const shrunk: LackingTime[] = [];
  for (const finding of findings) {
    if (finding.weight === 'note') continue;
    if (finding.code === 'CHAIN_ABSENT')
      places.push(`${finding.evidence.account}/${finding.evidence.region}`);
    if (finding.code !== 'LISTING_SHRUNK') continue;
    const day = Date.parse(`${finding.evidence.day}T00:00:00Z`);
    const [, account, region] = /\/AWSLogs\/(\d+)\/[^/]+\/([^/]+)\//.exec(finding.object.uri) ?? [];
    shrunk.push({ place: `${account}/${region}`, from: day, to: day + 24 * HOUR, until: day + 24 * HOUR });
  }
  return [...places.map((place) => ({ place, from, to, until: to })), ...shrunk];
}

function lackingTime(
  { chains, window }: Report,
  chain: string,
  { from, to }: { readonly from: number; readonly to: number },
): LackingTime {
  const last = chains.find(({ id }) => id === chain)?.last ?? null;
  const isNewest = last === null || to >= Date.parse(last);
  const [account, region] = chain.split('/');
  const until = isNewest ? Math.max(to, Date.parse(window.requested.to)) : to;
  return { place: `${account}/${region}`, from, to, until };
}

/** The hour of a digest: as it was delivered, or by its name where it lies elsewhere. */
function hourOf(
  uri: string,
  digests: readonly DeliveredDigest[],
): { readonly from: number; readonly to: number } {
  const found = digests.find((digest) => uriOf(digest) === uri);
  if (found !== undefined) return { from: found.startTime, to: found.endTime };
  const to = Date.parse(
    uri.replace(/^.*_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_backfill)?\.json\.gz$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (Number.isNaN(to)) throw new Error(`${uri} is not named as a digest`);
  return { from: to - HOUR, to };
}

/** The account and Region in the name of a digest. */
function placeOf(key: string): string {
  const [, account, region] = /\/(\d{12})_CloudTrail-Digest_([a-z0-9-]+)_/.exec(key) ?? [];
  return `${account}/${region}`;
}

function uriOf({ bucket, key }: { readonly bucket: string; readonly key: string }): string {
  return `s3://${bucket}/${key}`;
}

/** The events of log files that are gone, changed or not to be read, and that no proven log file holds. */
export function removedEvents({
  truth,
  proven,
  scenario: { store },
}: Pick<CorroboratedScenario, 'truth' | 'proven' | 'scenario'>): readonly TrueEvent[] {
  const isWhole = ({ bucket, key, content }: TrueEvent['log']): boolean => {
    const held = store.hasBucket(bucket) ? store.get(bucket, key) : undefined;
    if (held === undefined || store.failureOf(bucket, key) !== undefined) return false;
    try {
      return Buffer.from(contentOf(held.bytes)).equals(content);
    } catch {
      return false;
    }
  };
  return [...truth.values()].filter(({ id, log }) => !proven.has(id) && !isWhole(log));
}
