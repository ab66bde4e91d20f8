import type { ExpectationBasis } from '../findings/finding.ts';

/**
 * A chain that must be there, and who says so. A missing `account`, `region` or `trail` means any. Times are
 * milliseconds since the epoch.
 */
export interface Expectation {
  readonly account?: string;
  readonly region?: string;
  readonly trail?: string;
  readonly homeRegion?: string;
  /** The organization id in its folders, for an organization trail. */
  readonly organization?: string;
  /** The account that owns the trail, for an organization trail. */
  readonly owner?: string;
  readonly basis: ExpectationBasis;
  /** When AWS says the newest digest was delivered there (GetTrailStatus, LatestDigestDeliveryTime). */
  readonly lastDelivered?: number;
  /** When the trail was switched off, as AWS says; undefined while it logs. */
  readonly stopped?: number;
  /** Since when the account has been a member of the trail's organization. */
  readonly memberSince?: number;
  /** What the organization says of the account (`SUSPENDED`, `PENDING_CLOSURE`), where that is not `ACTIVE`. */
  readonly memberStatus?: string;
  /** True for a Region that an account cannot switch off. */
  readonly regionAlwaysOn?: boolean;
  /** True for a Region that is not enabled now: only what was delivered in the window is owed. */
  readonly regionSwitchedOff?: true;
  /** True where the trail validates no more: only what it validated in the window is owed, and digests show that. */
  readonly validationOff?: true;
  /** What the trail is now, said once for each trail: what is expected follows from it. */
  readonly settings?: { readonly isMultiRegion: boolean; readonly isOrganization: boolean };
}
