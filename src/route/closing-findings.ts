import type { TrailVerifyError } from '../base/errors.ts';
import { append } from '../base/lists.ts';
import { findingObject } from '../chain/check-digest.ts';
import type { Discovery } from '../chain/discover.ts';
import { checkExpectations, type FoundChain, trailChanges } from '../chain/expectations.ts';
import type { Expectation, RunContext } from '../chain/list-digests.ts';
import type { Finding, FindingOf, Interruption } from '../findings/finding.ts';
import type { RunMemory } from '../state/run-memory.ts';
import { otherOrganization } from './other-organization.ts';

/** A run that has looked at every place. */
export interface WholeRun {
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly context: RunContext;
  readonly discovery: Discovery;
  readonly expectations: readonly Expectation[];
  readonly found: readonly FoundChain[];
  /** Folders without digests that the places showed. */
  readonly absent: readonly FindingOf<'CHAIN_ABSENT'>[];
  /** The error that ended the run early. */
  readonly failure: TrailVerifyError | undefined;
  /** What earlier runs left; undefined for a run without a state. */
  readonly memory: RunMemory | undefined;
}

/** The findings that only the whole run shows: chains that must be there and are not, folders not searched, nothing proven, an interruption. */
export function closingFindings(run: WholeRun): readonly Finding[] {
  const { targets, context, discovery, expectations, found } = run;
  const target = targets[0] ?? { bucket: '', prefix: '' };
  const object = findingObject({ bucket: target.bucket, key: target.prefix }, context.moves);
  if (run.failure !== undefined || context.signal?.aborted === true) {
    return [
      ...run.absent,
      { code: 'RUN_INTERRUPTED', weight: 'unproven', object, evidence: interruption(run.failure) },
    ];
  }
  const other = otherOrganization(expectations, discovery);
  if (other !== undefined) context.limit('ORGANIZATION_UNKNOWN', other);
  const findings: Finding[] = heaviestOfEach([
    ...run.absent,
    ...checkExpectations(expectations, found, target, context),
  ]);
  append(findings, trailChanges(expectations, found, target, context));
  append(findings, run.memory?.closing(found) ?? []);
  if (!discovery.complete) {
    findings.push({
      code: 'DISCOVERY_INCOMPLETE',
      weight: 'unproven',
      object,
      evidence: { foldersListed: discovery.foldersListed },
    });
  }
  if (!found.some(({ newestCovered }) => newestCovered !== undefined)) {
    findings.push({ code: 'NOTHING_VERIFIED', weight: 'unproven', object, evidence: {} });
  }
  return findings;
}

function interruption(failure: TrailVerifyError | undefined): Interruption {
  if (failure === undefined) return { reason: 'stopped' };
  const { code, message, hint } = failure;
  return { reason: 'failed', error: code, detail: message, ...(hint === undefined ? {} : { hint }) };
}

/** One finding for each folder that is empty, however many expected something there: the heaviest, of equals the first. */
function heaviestOfEach(absent: readonly FindingOf<'CHAIN_ABSENT'>[]): Finding[] {
  const byFolder = new Map<string, FindingOf<'CHAIN_ABSENT'>>();
  for (const finding of absent) {
    const known = byFolder.get(finding.object.uri);
    if (known === undefined || (known.weight !== 'violation' && finding.weight === 'violation'))
      byFolder.set(finding.object.uri, finding);
  }
  return [...byFolder.values()];
}
