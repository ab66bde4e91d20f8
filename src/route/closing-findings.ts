/** The findings that no single place shows: of the whole run, and of what a copy holds outside its buckets. */

import type { TrailVerifyError } from '../base/errors.ts';
import { append } from '../base/lists.ts';
import { findingObject } from '../chain/check-digest.ts';
import type { Discovery } from '../chain/discover.ts';
import { checkExpectations, type FoundChain, trailChanges } from '../chain/expectations.ts';
import type { Expectation } from '../chain/list-digests.ts';
import { mayBeUnseen, refusedFindings } from '../chain/refused-listings.ts';
import {
  type AccountFolder,
  accountFolderKey,
  type Relocator,
  trailFolderOf,
  trailId,
} from '../digest/digest-key.ts';
import { type Finding, type FindingOf, type Interruption, makeFinding } from '../findings/finding.ts';
import type { Source } from '../source/source.ts';
import type { Target } from '../verify-options.ts';
import { type Run, seenBy } from './run.ts';

/** As much of a key as S3 has: the path of a folder that is too deep to be read may be of any length. */
const LONGEST_KEY = 1_024;
const HALF_A_CHARACTER = /[\ud800-\udbff]$/;
/** Organizations that a limit names. */
const MOST_NAMED = 20;

/**
 * The findings that only the whole run shows: chains that must be there and are not, folders not searched, nothing proven. Of a run
 * that was stopped, that it was. What is no finding becomes a limit.
 */
export function closingFindings(run: Run): readonly Finding[] {
  const { context, stop, expectations, memory } = run;
  const discovery = seenBy(run);
  const { found, absent } = run.places;
  const target = run.options.targets[0] ?? { bucket: '', prefix: '' };
  const object = findingObject({ bucket: target.bucket, key: target.prefix }, context.relocations);
  if (stop.isStopped) {
    return [...absent, makeFinding('RUN_INTERRUPTED', { object }, interruption(run.failure))];
  }
  const other = otherOrganization(expectations, discovery);
  if (other !== undefined) context.limit('ORGANIZATION_UNKNOWN', other);
  const twins = run.options.scope?.homeRegion === undefined ? undefined : twinsOfTrail(found, target);
  if (twins !== undefined) context.limit('TRAIL_HAS_TWIN', twins);
  const isUnseen = (one: Expectation): boolean => mayBeUnseen(discovery, one, context.relocations);
  const findings: Finding[] = heaviestOfEach([
    ...absent,
    ...checkExpectations(expectations, found, target, context, isUnseen),
  ]);
  append(findings, trailChanges(expectations, found, target, context));
  append(findings, memory?.closing(found, discovery) ?? []);
  const { complete, foldersListed } = discovery;
  if (!complete) findings.push(makeFinding('DISCOVERY_INCOMPLETE', { object }, { foldersListed }));
  append(findings, refusedFindings(discovery, context.relocations));
  if (run.onlyQueries) append(findings, absentQueries(run, object));
  // Results that are verified stand in for a trail only where nothing else was asked for: somebody may have deleted the trail.
  // What is accepted makes no set valid: of accepted findings alone there would be nothing that is as AWS signed it.
  const isAccepting = (run.options.acceptances ?? []).length > 0;
  const isProven = run.onlyQueries && run.queries.signed.some(({ isValid }) => isValid || !isAccepting);
  if (!isProven && !found.some(({ newestCovered }) => newestCovered !== undefined)) {
    findings.push(makeFinding('NOTHING_VERIFIED', { object }, {}));
  }
  return findings;
}

/** Where a run asks for query results alone: a finding for each account and Region that it names and of which it has none. */
function absentQueries({ options, queries }: Run, object: Finding['object']): readonly Finding[] {
  const { accounts = [], regions = [] } = options.scope ?? {};
  const absent = [
    ...accounts
      .filter((account) => !queries.signed.some((set) => set.account === account))
      .map((account) => ({ account })),
    ...regions
      .filter((region) => !queries.signed.some((set) => set.region === region))
      .map((region) => ({ region })),
  ];
  return absent.map((evidence) => makeFinding('LAKE_RESULTS_ABSENT', { object }, evidence));
}

function interruption(failure: TrailVerifyError | undefined): Interruption {
  if (failure === undefined) return { reason: 'stopped' };
  const { code, message, hint } = failure;
  return { reason: 'failed', error: code, detail: message, hint };
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

/**
 * Says where the bucket holds the folders of other organizations alone than the one that is expected: its members are then not
 * those whose files are there. Undefined where nothing of the kind is to be said.
 */
export function otherOrganization(
  expectations: readonly Expectation[],
  { places }: Discovery,
): string | undefined {
  const expected = new Set(expectations.flatMap(({ organization }) => organization ?? []));
  const found = new Set(
    places.flatMap(({ folders }) => folders.flatMap(({ organization }) => organization ?? [])),
  );
  if (expected.size === 0 || found.size === 0 || [...found].some((id) => expected.has(id))) return undefined;
  const names = [...found].sort();
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `The members that are expected are those of organization ${[...expected].sort().join(', ')}, and the folders found are of another: ${names.slice(0, MOST_NAMED).join(', ')}${more}. So a member of that one without any digest goes unnoticed.`;
}

/**
 * Says where one trail was asked for, and one account has two chains of its name. Which of them is meant is not known: a trail that
 * was turned into an organization's, or back, has both. Undefined where there are no two.
 */
export function twinsOfTrail(found: readonly FoundChain[], target: Target): string | undefined {
  const standard = found.map(({ chain }) => chain).filter(({ kind }) => kind === 'standard');
  for (const own of standard) {
    if (own.organization !== undefined) continue;
    const shared = standard.find((one) => one.organization !== undefined && trailId(one) === trailId(own));
    if (shared === undefined) continue;
    const { account, region, trail, organization } = shared;
    const { prefix } = trailFolderOf(target.prefix);
    const folder = (of: AccountFolder): string => `s3://${target.bucket}/${accountFolderKey(of)}`;
    return `Two trails named ${trail} deliver digests of ${account} in ${region}: the account's own, and one of organization ${organization}. Nothing signed joins the two, and both were judged. To judge one of them alone give its folder as target: ${folder({ prefix, account })} or ${folder({ prefix, organization, account })}.`;
  }
  return undefined;
}

/**
 * What a copy holds and no bucket of it does: trees and files of CloudTrail, keys that are in it twice, and folders that could not be
 * read. The scope leaves none of it out, for none of it was looked into.
 */
export async function outsideFindings(source: Source, relocations: Relocator): Promise<readonly Finding[]> {
  const outside = await source.outside?.();
  if (outside === undefined) return [];
  const findings: Finding[] = [];
  for (const { kind, path } of outside.outside) {
    // As if the copy's first-level folders were buckets, for it belongs to none.
    const slash = path.indexOf('/');
    const cut = slash === -1 ? path.length : slash;
    const object = findingObject({ bucket: path.slice(0, cut), key: path.slice(cut + 1) }, relocations);
    findings.push(makeFinding('OUTSIDE_TARGET', { object }, { kind, path }));
  }
  for (const { bucket, key, own } of outside.twins) {
    const object = findingObject({ bucket, key }, relocations);
    findings.push(makeFinding('OBJECT_TWICE', { object }, { other: own }));
  }
  for (const { bucket, key, reason } of outside.unread) {
    const path =
      key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY).replace(HALF_A_CHARACTER, '')}…` : key;
    const object = findingObject({ bucket, key: path }, relocations);
    const evidence = { kind: 'unread', path: path === '' ? bucket : path, reason } as const;
    findings.push(makeFinding('OUTSIDE_TARGET', { object }, evidence));
  }
  if (!outside.complete) {
    const object = findingObject({ bucket: source.description, key: '' }, relocations);
    findings.push(makeFinding('DISCOVERY_INCOMPLETE', { object }, { foldersListed: outside.folders }));
  }
  return findings;
}
