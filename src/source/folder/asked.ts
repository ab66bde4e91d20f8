/**
 * The part of a copy that is asked for, by the path that the user gives. It means the same as a prefix of the bucket:
 *
 *     copy/AWSLogs/111122223333                 the copy `copy`, and in it what is below AWSLogs/111122223333/
 *     copy/AWSLogs/o-…/111122223333/CloudTrail  the same, with the organization
 *
 * The path alone decides, never what is in the folder. Of a folder that holds an account's folders and is in no `AWSLogs`,
 * `placed.ts` finds how its keys begin.
 */

import { dirname, resolve, sep } from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { isAccountId, isOrganizationId } from '../../base/names.ts';
import type { CopyRoot } from './lookup.ts';

/** A folder of a copy: the copy's own folder, and the prefix that is asked for, '' or ending in `/`. */
export interface AskedFolder {
  readonly root: string;
  readonly prefix: string;
  /** Whether it leads to an account's folder or below it. */
  readonly isOfAccount: boolean;
}

const AWS_LOGS = 'AWSLogs';
/** Names that a key and a path write alike: below an account CloudTrail gives no others. */
const PLAIN = /^[A-Za-z0-9-]{1,64}$/;

/** What a path asks for, where it leads to an `AWSLogs` folder or below one; undefined for the folder of a copy itself. */
export function askedBelow(path: string): AskedFolder | undefined {
  const full = resolve(path);
  const segments = full.split(sep);
  const at = segments.lastIndexOf(AWS_LOGS);
  if (at <= 0) return undefined;
  const inner = segments.slice(at + 1);
  const rest = isOrganizationId(inner[0] ?? '') ? inner.slice(1) : inner;
  const [account, ...deeper] = rest;
  if (account !== undefined && !isAccountId(account)) return undefined;
  if (!deeper.every((name) => PLAIN.test(name))) return undefined;
  let root = full;
  for (let up = 0; up <= inner.length; up += 1) root = dirname(root);
  const prefix = `${[AWS_LOGS, ...inner].join('/')}/`;
  return { root, prefix, isOfAccount: account !== undefined };
}

/** The same folder as part of the bucket whose keys begin with `above`, where the path ends so: `copy/logs` with `logs/`. */
export function liftedBy(asked: AskedFolder, above: string): AskedFolder {
  const names = above.split('/').slice(0, -1).join(sep);
  if (names === '' || !asked.root.endsWith(`${sep}${names}`)) return asked;
  const root = asked.root.slice(0, -names.length - 1);
  return { ...asked, root: root === '' ? sep : root, prefix: above + asked.prefix };
}

/** The refusal of a folder of that name that holds copies as well. */
export function twoDepths(root: CopyRoot, { root: above }: AskedFolder): TrailVerifyError {
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} can be read in two ways: as a part of the copy ${above}, and as a copy that holds AWSLogs folders of its own`,
    { hint: `give ${above} for all of the copy; --layout sync or collect where the folder itself is a copy` },
  );
}
