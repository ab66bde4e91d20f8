import { createHash } from 'node:crypto';
import type { Depth } from '../../findings/event.ts';
import type { Span } from '../../findings/finding.ts';
import type {
  AcceptanceReport,
  ClockRecord,
  EndpointRecord,
  ExaminerRecord,
  Report,
  SigningRecord,
} from '../../report/report.ts';
import { jsonPieces } from '../formats/json.ts';
import { countOf, enumerate, formatCount, formatDuration } from '../words.ts';

/** A report's facts about itself, in words for every rendering: its making, verdict, state and acceptances. None of it is escaped yet. */

/** Who examined, by the names that were given; undefined where none was. */
export function examinerName({ examiner }: Pick<Report, 'examiner'>): string | undefined {
  const names = [examiner?.operator, examiner?.organisation].filter((name) => typeof name === 'string');
  return names.length === 0 ? undefined : names.join(', ');
}

/** The AWS identity that the run read with. */
export function callerText(caller: ExaminerRecord['awsCaller']): string {
  if (caller === 'offline') return 'none: AWS was not asked for anything';
  if (caller === null) return 'unknown';
  const request = caller.requestId === undefined ? '' : `, by the answer to request ${caller.requestId}`;
  return `${caller.arn} (account ${caller.account}, user id ${caller.userId})${request}`;
}

/** The machine, and the job of continuous integration that ran on it. */
export function hostText(host: ExaminerRecord['host']): string {
  if (host === null) return 'not recorded';
  if (host.ci === null) return host.name;
  const { provider, runUrl, commit } = host.ci;
  const job = [`a job of ${provider}`, runUrl, commit === null ? null : `commit ${commit}`];
  return `${host.name}; ${job.filter((part) => part !== null).join(', ')}`;
}

/** Whose clock it was, and how far it was from that of S3. */
export function clockText({ source, skew, elapsedMilliseconds }: ClockRecord): string {
  const whose = source === 'given' ? 'The time was given (--now), not read.' : "This machine's clock.";
  const lasted =
    elapsedMilliseconds === undefined
      ? ''
      : ` By a clock that nobody can set the run lasted ${formatCount(elapsedMilliseconds)} ms.`;
  return `${whose} ${skewText(skew)}${lasted}`;
}

function skewText(skew: ClockRecord['skew']): string {
  if (skew === null) return 'It was not compared with another: S3 was not asked.';
  const { milliseconds, uncertainty } = skew;
  const within = `give or take ${formatCount(uncertainty)} ms`;
  if (Math.abs(milliseconds) <= uncertainty) return `It agreed with that of S3, ${within}.`;
  const far = Math.abs(milliseconds);
  const amount = far < 10_000 ? `${formatCount(far)} ms` : formatDuration(far);
  return `It was ${amount} ${milliseconds > 0 ? 'ahead of' : 'behind'} that of S3, ${within}.`;
}

/** Who is to sign the report; undefined where it does not say. */
export function signerText(signing: SigningRecord | null | undefined): string | undefined {
  if (signing === undefined) return undefined;
  if (signing === null) return 'nobody: the run was not to be signed';
  const { subject, certificateSha256, algorithm, localIdentity, timestampRequested } = signing;
  const own = localIdentity ? ', a key made on that machine, whose name nobody confirms' : '';
  const time = timestampRequested ? ', with a timestamp' : '';
  return `${subject}, certificate SHA-256 ${certificateSha256} (${algorithm}${own})${time}`;
}

/** The inventory and the root that binds it; undefined where there is none. */
export function inventoryText({ objects }: Pick<Report, 'objects'>): string | undefined {
  if (objects === undefined) return undefined;
  const { inventory, merkle } = objects;
  return `${formatCount(inventory.lines)} objects in ${inventory.path}, Merkle root ${merkle.root}`;
}

/** The options that narrowed what was examined, and the checks that were left out; '' where nothing was. */
export function narrowingText({ scope }: Pick<Report, 'scope'>): string {
  if (scope === undefined) return '';
  const named = (noun: string, names: readonly string[] | null): readonly string[] =>
    names === null ? [] : [`${noun} ${enumerate(names)}`];
  const only = [
    ...named('accounts', scope.accounts),
    ...named('Regions', scope.regions),
    ...named('trails', scope.trails),
  ];
  const left = [
    ...(scope.checks?.logs === false ? ['Log files were not compared with their digests.'] : []),
    ...(scope.checks?.unlisted === false
      ? ['Log folders were not searched for files that no digest lists.']
      : []),
  ];
  return [...(only.length === 0 ? [] : [`Only ${only.join('; ')}.`]), ...left].join(' ');
}

/** The meaning of each depth, for readers. */
export const DEPTH_WORDS: Readonly<Record<Depth, string>> = {
  full: 'everything in the window was read',
  'chain+listing': 'what is new was read; of the days before, their listings were compared',
  chain: 'what is new was read, and nothing of the days before',
};

/** How deep the run looked, in numbers of chains; not escaped. */
export function depthText({ chains }: Report): string {
  const counts = (['full', 'chain+listing', 'chain'] as const)
    .map((depth) => [depth, chains.filter((chain) => chain.depth === depth).length] as const)
    .filter(([, count]) => count > 0)
    .map(([depth, count]) => `${depth} (${countOf(count, 'chain')})`);
  return counts.join(', ') || 'no chain';
}

/**
 * What became of the days before the checkpoint, and at most `most` names of places whose checkpoint stays, the rest
 * counted; not escaped.
 */
export function daysText(
  state: NonNullable<Report['state']>,
  most: number = Number.POSITIVE_INFINITY,
): string {
  const { unchanged, changed, sampled } = state.days;
  const named = state.held.slice(0, most);
  const rest = state.held.length - named.length;
  const names = [...named, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  const held = names === '' ? '' : `; held back: ${names}`;
  return `${countOf(unchanged, 'day')} unchanged, ${changed.length} changed, ${sampled.length} drawn${held}`;
}

/** The place of the state and the checkpoint that the run began with; not escaped; for a run with a state. */
export function stateText({ location, read }: NonNullable<Report['state']>): string {
  if (read === null) return `${location}, none before`;
  return `${location}, from ${read.sha256} of ${read.written}${read.trustedBy === null ? `; ${FINDS_ONLY}` : ''}`;
}

/** The use of a state that no known signer signed. */
export const FINDS_ONLY =
  'no known signer signed it, so it only adds findings: everything in the window was read as without it';

/** A stretch of one chain that this run did not read again: the checkpoint it began with proves it, or nothing does. */
interface TrustedSpan extends Span {
  readonly id: string;
}

/** Every such stretch, in the order of chains. */
export function trustedSpans({ chains }: Report): readonly TrustedSpan[] {
  return chains.flatMap(({ id, trustedFromCheckpoint = [] }) =>
    trustedFromCheckpoint.map((span) => ({ id, ...span })),
  );
}

/** What became of one acceptance, as one short phrase. */
export function acceptanceOutcome({ status, findings, violations, expires }: AcceptanceReport): string {
  const stays =
    violations === 0
      ? ''
      : `; ${countOf(violations, 'violation')} that ${violations === 1 ? 'fits' : 'fit'} cannot be accepted and ${violations === 1 ? 'stays' : 'stay'}`;
  switch (status) {
    case 'applied':
      return `accepts ${countOf(findings, 'finding')} until ${expires}${stays}`;
    case 'expired':
      return `expired ${expires}: ${countOf(findings, 'finding')} that it would accept ${findings === 1 ? 'stays' : 'stay'} open${stays}`;
    case 'unmatched':
      return `accepts nothing: no unproven finding fits${stays}`;
  }
}

/** The subject of an acceptance: code, object, chain and window; not escaped. */
export function acceptanceSubject({ code, object, chain, window }: AcceptanceReport): string {
  const parts: string[] = [code];
  if (object !== undefined) parts.push(`of ${object}`);
  if (chain !== undefined) parts.push(`in ${chain}`);
  if (window !== undefined) parts.push(`from ${window.from ?? 'any time'} to ${window.to ?? 'any time'}`);
  return parts.join(' ');
}

/** Who accepts it and why; not escaped. */
export function acceptanceReason({ acceptedBy, reason }: AcceptanceReport): string {
  return `${acceptedBy}: ${reason}`;
}

/** A sentence for every acceptance that a reader must act on: expired, fitting nothing, or fitting violations; not escaped. */
export function acceptanceWarnings(report: Report): readonly string[] {
  return (report.acceptances ?? [])
    .filter(({ status, violations }) => status !== 'applied' || violations > 0)
    .map((acceptance) => `acceptance "${acceptance.name}" ${acceptanceOutcome(acceptance)}`);
}

/** Whether an acceptance needs no second look. */
export function isQuiet({ status, violations }: AcceptanceReport): boolean {
  return status === 'applied' && violations === 0;
}

/** The SHA-256 (hex) of `report.json` as `jsonPieces` writes it. */
export function reportSha256(report: Report): string {
  const hash = createHash('sha256');
  for (const piece of jsonPieces(report)) hash.update(piece);
  return hash.digest('hex');
}

/** The sentence of every rendering: it is not the authoritative result, and the hash identifies the file that is. */
export function authoritativeSentence(sha256: string): string {
  return `This is a rendering. The authoritative result is report.json with SHA-256 ${sha256}.`;
}

const SERVICES: Readonly<Record<EndpointRecord['service'], string>> = {
  account: 'Account',
  cloudtrail: 'CloudTrail',
  kms: 'KMS',
  organizations: 'Organizations',
  s3: 'S3',
  sts: 'STS',
};
const SOURCES: Readonly<Record<EndpointRecord['source'], string>> = {
  option: '--endpoint-url',
  environment: 'the environment',
  profile: 'the profile',
};
/** More endpoints than there are services; a report from elsewhere may hold any number. */
const MOST_ENDPOINTS = 20;

/** The endpoints that a run used in place of the usual ones, with their services, in one line; undefined where there were none. Not escaped. */
export function endpointsText({ run }: Pick<Report, 'run'>): string | undefined {
  const groups = new Map<string, { readonly record: EndpointRecord; readonly services: string[] }>();
  for (const record of run.endpoints ?? []) {
    const name = `${record.url} ${record.source} ${record.aws}`;
    const group = groups.get(name) ?? { record, services: [] };
    group.services.push(SERVICES[record.service]);
    groups.set(name, group);
  }
  if (groups.size === 0) return undefined;
  const parts = [...groups.values()].map(({ record: { url, source, aws }, services }) => {
    return `${url} for ${enumerate(services)} (from ${SOURCES[source]}; ${aws ? "AWS's own" : "not AWS's"})`;
  });
  const rest = parts.length - MOST_ENDPOINTS;
  return [...parts.slice(0, MOST_ENDPOINTS), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

/** The endpoints that are not AWS's and gave keys which a report names, each once, in order. */
export function foreignOrigins(report: Pick<Report, 'keys'> | undefined): readonly string[] {
  const endpoints = (report?.keys ?? []).flatMap(({ endpoint }) => endpoint ?? []);
  return [...new Set(endpoints)].sort().slice(0, MOST_ENDPOINTS);
}
