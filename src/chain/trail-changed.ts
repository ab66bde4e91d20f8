import { type Chain, chainId, digestFolderKey } from '../digest/digest-key.ts';
import type { FindingOf } from '../findings/finding.ts';
import type { RunContext } from './chain-plan.ts';
import type { FoundChain } from './check-expectations.ts';
import type { Expectation } from './expectation.ts';
import { findingObject } from './finding-object.ts';

/**
 * A TRAIL_CHANGED finding for each setting of a trail that proven digests of the window contradict: what is expected follows the
 * settings as they are now, and one call of UpdateTrail makes them narrower, so that a wiped Region or account is owed no more.
 */
export function trailChanges(
  expectations: readonly Expectation[],
  found: readonly FoundChain[],
  target: { readonly bucket: string; readonly prefix: string },
  context: RunContext,
): readonly FindingOf<'TRAIL_CHANGED'>[] {
  const findings: FindingOf<'TRAIL_CHANGED'>[] = [];
  for (const expected of expectations) {
    if (expected.settings === undefined) continue;
    const { isMultiRegion, isOrganization } = expected.settings;
    const proven = found.filter(
      ({ chain, newestCovered }) => newestCovered !== undefined && isOfTrail(chain, expected),
    );
    const elsewhere = proven.find(({ chain }) => chain.region !== chain.homeRegion);
    const shared = proven.find(({ organization }) => organization !== undefined);
    const tell = ({ chain, organization }: FoundChain, setting: 'multi-region' | 'organization'): void => {
      const { account, region } = chain;
      const { prefix } = target;
      const folder = organization === undefined ? { prefix, account } : { prefix, organization, account };
      findings.push({
        code: 'TRAIL_CHANGED',
        weight: 'unproven',
        object: findingObject({ bucket: target.bucket, key: digestFolderKey(folder, region) }, context.moves),
        chain: chainId(chain),
        evidence: { setting, ...(organization === undefined ? {} : { organization }) },
      });
    };
    if (!isMultiRegion && elsewhere !== undefined) tell(elsewhere, 'multi-region');
    if (!isOrganization && shared !== undefined) tell(shared, 'organization');
  }
  return findings;
}

/** Whether a chain is the expected trail's, of whatever Region and account: members deliver by its name as well. */
function isOfTrail(chain: Chain, { trail, homeRegion }: Expectation): boolean {
  return chain.kind === 'standard' && chain.trail === trail && chain.homeRegion === homeRegion;
}
