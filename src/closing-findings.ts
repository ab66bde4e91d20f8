import type { RunContext } from './chain/chain-plan.ts';
import { checkExpectations, type FoundChain } from './chain/check-expectations.ts';
import type { Discovery } from './chain/discover.ts';
import type { Expectation } from './chain/expectation.ts';
import { findingObject } from './chain/finding-object.ts';
import type { TrailVerifyError } from './errors.ts';
import type { Finding, Interruption } from './findings/finding.ts';

/** A run that has looked at every place. */
export interface WholeRun {
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly context: RunContext;
  readonly discovery: Discovery;
  readonly expectations: readonly Expectation[];
  readonly summaries: readonly FoundChain[];
  /** The error that ended the run early. */
  readonly failure: TrailVerifyError | undefined;
}

/** The findings that only the whole run shows: chains that must be there and are not, folders not searched, nothing proven, an interruption. */
export function closingFindings(run: WholeRun): readonly Finding[] {
  const { targets, context, discovery, expectations, summaries } = run;
  const target = targets[0] ?? { bucket: '', prefix: '' };
  const object = findingObject({ bucket: target.bucket, key: target.prefix }, context.moves);
  if (run.failure !== undefined || context.signal?.aborted === true) {
    return [{ code: 'RUN_INTERRUPTED', weight: 'unproven', object, evidence: interruption(run.failure) }];
  }
  const findings: Finding[] = [...checkExpectations(expectations, summaries, target, context)];
  if (!discovery.complete) {
    findings.push({
      code: 'DISCOVERY_INCOMPLETE',
      weight: 'unproven',
      object,
      evidence: { foldersListed: discovery.foldersListed },
    });
  }
  if (!summaries.some(({ newestProven }) => newestProven !== undefined)) {
    findings.push({ code: 'NOTHING_VERIFIED', weight: 'unproven', object, evidence: {} });
  }
  return findings;
}

function interruption(failure: TrailVerifyError | undefined): Interruption {
  if (failure === undefined) return { reason: 'stopped' };
  const { code, message, hint } = failure;
  return { reason: 'failed', error: code, detail: message, ...(hint === undefined ? {} : { hint }) };
}
