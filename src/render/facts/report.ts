/** What a report says of its own making, in words for every rendering: none of it is escaped yet. */
import type { ClockRecord, ExaminerRecord, SigningRecord } from '../../report/examination.ts';
import type { Report } from '../../report/report.ts';
import { enumerate, formatCount, formatDuration } from '../words.ts';

/** Who examined, by the names that were given; undefined where none was. */
export function examinerName({ examiner }: Pick<Report, 'examiner'>): string | undefined {
  const names = [examiner?.operator, examiner?.organisation].filter((name) => typeof name === 'string');
  return names.length === 0 ? undefined : names.join(', ');
}

/** The AWS identity that the run read with. */
export function callerText(caller: ExaminerRecord['awsCaller']): string {
  if (caller === 'offline') return 'none: AWS was not asked for anything';
  if (caller === null) return 'could not be learned';
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
  if (signing === null) return 'nobody: the run was told not to sign';
  const { subject, certificateSha256, algorithm, localIdentity, timestampRequested } = signing;
  const own = localIdentity ? ', a key made on that machine for which nobody vouches' : '';
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
