/** The findings that only memory can make: what was proven once, and is not what stands there now. */
import type { ListedDigest } from '../chain/digest-queue.ts';
import type { Place } from '../chain/discover.ts';
import { findingObject } from '../chain/finding-object.ts';
import { accountFolderKey, dayFolder } from '../digest/digest-key.ts';
import type { Relocator } from '../digest/relocation.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Finding, FindingOf } from '../findings/finding.ts';
import { objectUri } from '../source/source.ts';
import type { ChainCheckpoint, ReadCheckpoint } from './checkpoint.ts';
import type { ShrunkDay } from './plan-review.ts';

/** What every such finding rests on. */
export interface Basis {
  readonly read: ReadCheckpoint;
  /** Whether the checkpoint may spare reading (see `vouching`). */
  readonly isVouchedFor: boolean;
  readonly moves: Relocator;
}

function aboutLast(chain: ChainCheckpoint, { moves }: Basis): Pick<Finding, 'object' | 'chain' | 'time'> {
  const { bucket, key, end } = chain.last;
  return { object: findingObject({ bucket, key }, moves), chain: chain.id, time: end };
}

/** The chain ends before its checkpoint: `newest` is the newest digest that is left. */
export function rolledBack(chain: ChainCheckpoint, newest: ListedDigest, basis: Basis): Finding {
  const evidence = {
    expected: chain.last.sha256,
    provenThrough: chain.last.end,
    checkpoint: basis.read.sha256,
    newest: objectUri(newest.ref),
  };
  return { code: 'CHAIN_ROLLED_BACK', weight: 'violation', ...aboutLast(chain, basis), evidence };
}

/** Something else, or nothing, stands where the checkpoint's last digest was. */
export function rewritten(
  chain: ChainCheckpoint,
  actual: { readonly sha256?: string | undefined; readonly signature?: string | undefined },
  basis: Basis,
): Finding {
  const { sha256, signature } = actual;
  const evidence = {
    expected: chain.last.sha256,
    expectedSignature: chain.last.signature,
    ...(sha256 === undefined ? {} : { actual: sha256 }),
    ...(signature === undefined ? {} : { actualSignature: signature }),
    checkpoint: basis.read.sha256,
  };
  return { code: 'CHAIN_REWRITTEN', weight: 'violation', ...aboutLast(chain, basis), evidence };
}

/** No digest of the chain is left. */
export function vanishedChain(
  chain: ChainCheckpoint,
  gone: FindingOf<'CHAIN_VANISHED'>['evidence']['gone'],
  basis: Basis,
): Finding {
  const { account, region, trail } = chain;
  const facts = { account, region, trail, provenThrough: chain.last.end };
  const evidence = { gone, ...facts, checkpoint: basis.read.sha256 };
  return { code: 'CHAIN_VANISHED', weight: 'violation', ...aboutLast(chain, basis), evidence };
}

/** A day of `place` with fewer objects than it had. */
export function shrunkDay(place: Place, { day, before, now }: ShrunkDay, basis: Basis): Finding {
  const isDigests = now.digests < before.digests;
  const folder = place.folders.find(({ families }) => families.includes('CloudTrail-Digest') || !isDigests);
  const family = isDigests
    ? 'CloudTrail-Digest'
    : (folder?.families.find((one) => one !== 'CloudTrail-Digest') ?? 'CloudTrail');
  const top = folder === undefined ? `AWSLogs/${place.account}/` : accountFolderKey(folder);
  const ref = {
    bucket: folder?.bucket ?? '',
    key: `${top}${family}/${place.region}/${dayFolder(Date.parse(day))}`,
  };
  const evidence = {
    day,
    digestsBefore: before.digests,
    digestsNow: now.digests,
    logsBefore: before.logs,
    logsNow: now.logs,
    checkpoint: basis.read.sha256,
  };
  return {
    code: 'LISTING_SHRUNK',
    weight: isDigests ? 'violation' : 'unproven',
    object: findingObject(ref, basis.moves),
    time: `${day}T00:00:00Z`,
    evidence,
  };
}

/** A log file that an earlier run found as its digest recorded it, and that is now what `finding` says. */
export function sinceCheckpoint(finding: Finding, { read }: Basis): TrailEvent | undefined {
  const { object, chain, time } = finding;
  const about = {
    object,
    ...(chain === undefined ? {} : { chain }),
    ...(time === undefined ? {} : { time }),
  };
  const known = { checkpoint: read.sha256, checkpointTime: read.checkpoint.written };
  switch (finding.code) {
    case 'LOG_MISSING': {
      const evidence = { ...finding.evidence, ...known };
      const code = 'LOG_VANISHED_SINCE_CHECKPOINT';
      return { type: 'finding', finding: { code, weight: 'violation', ...about, evidence } };
    }
    case 'LOG_MODIFIED':
    case 'LOG_MALFORMED':
    case 'LOG_TRAILING_DATA': {
      const { expected, digest } = finding.evidence;
      const actual = 'actual' in finding.evidence ? { actual: finding.evidence.actual } : {};
      const evidence = { expected, ...actual, digest, ...known };
      const code = 'LOG_CHANGED_SINCE_CHECKPOINT';
      return { type: 'finding', finding: { code, weight: 'violation', ...about, evidence } };
    }
    default:
      return undefined;
  }
}

/** Whether a finding keeps the checkpoint where it is: all do but notes and those that every run makes anew of what is there. */
export function holdsBack({ code, weight }: Finding): boolean {
  return weight === 'violation' || (weight === 'unproven' && CATALOGUE[code].holdsBack !== 'nothing');
}
