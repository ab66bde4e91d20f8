/** The profiles of the shared AWS configuration, as far as they say where credentials come from. */
import { parseKnownFiles } from '@smithy/core/config';
import { TrailVerifyError } from '../base/errors.ts';

/** The fields of a profile that lead to credentials. */
type Profile = Readonly<Record<string, string | undefined>>;

/** Where the credentials of a profile come from. */
export interface ProfileSources {
  readonly name: string;
  /** The profile that is logged in with IAM Identity Center, where one is: this one, or one that it names as its source. */
  readonly sso: string | undefined;
  /** The profile that a role with a code is assumed from; undefined where no code is needed, or no other profile. */
  readonly beforeCode: string | undefined;
}

/** Profiles that an error names. */
const MOST_NAMED = 10;
/** As the SDK names other sections than those of profiles. */
const OTHER_SECTION = /^(?:services|sso-session)\./;

/**
 * Follows the profile that `given` or AWS_PROFILE names. Throws CREDENTIALS where it, or one that it names as its source, is not
 * there: the SDK would go on with the credentials of the machine, which are somebody else's.
 */
export async function profileSources(given: string | undefined): Promise<ProfileSources> {
  const ofEnvironment = process.env.AWS_PROFILE || undefined;
  const name = given ?? ofEnvironment ?? 'default';
  const profiles: Readonly<Record<string, Profile>> = await parseKnownFiles({});
  if (!Object.hasOwn(profiles, name)) {
    // Nobody needs to write that one.
    if (name === 'default') return { name, sso: undefined, beforeCode: undefined };
    const by = given === undefined ? ', which AWS_PROFILE names,' : '';
    throw absent(`there is no profile ${name}${by} in the shared AWS configuration`, name, profiles);
  }
  const visited = [name];
  for (let at = name; ; ) {
    const source = sourceOf(profiles[at] ?? {}, at === name);
    if (source === undefined || visited.includes(source)) break;
    if (!Object.hasOwn(profiles, source))
      throw absent(`profile ${at} has the source_profile ${source}, which is not there`, source, profiles);
    visited.push(source);
    at = source;
  }
  const needsCode = visited.filter((one) => profiles[one]?.mfa_serial !== undefined);
  const beforeCode = visited[visited.indexOf(needsCode.at(-1) ?? '') + 1];
  return {
    name,
    sso: visited.find((one) => Object.keys(profiles[one] ?? {}).some((field) => field.startsWith('sso_'))),
    beforeCode: needsCode.length === 0 ? undefined : beforeCode,
  };
}

/** The profile whose credentials assume the role of this one; a source with keys of its own needs no other. */
function sourceOf(profile: Profile, isFirst: boolean): string | undefined {
  const { role_arn: role, source_profile: source, aws_access_key_id: id } = profile;
  return role === undefined || (!isFirst && id !== undefined) ? undefined : source;
}

function absent(
  message: string,
  name: string,
  profiles: Readonly<Record<string, Profile>>,
): TrailVerifyError {
  const all = Object.keys(profiles).filter((one) => !OTHER_SECTION.test(one));
  const byDistance = all
    .map((one) => ({ one, distance: distance(one.toLowerCase(), name.toLowerCase()) }))
    .sort((left, right) => left.distance - right.distance);
  const nearest = byDistance.slice(0, MOST_NAMED).map(({ one }) => one);
  const more = all.length > MOST_NAMED ? `, and ${all.length - MOST_NAMED} more` : '';
  return new TrailVerifyError('CREDENTIALS', message, {
    hint:
      all.length === 0
        ? 'its files hold no profile: make one with "aws configure", or look at AWS_CONFIG_FILE'
        : `there are: ${nearest.join(', ')}${more}`,
  });
}

/** A name that is longer is compared by its beginning. */
const LONGEST_COMPARED = 64;

/** How many characters must be added, taken away or changed to make one text of the other (Levenshtein). */
function distance(from: string, to: string): number {
  const target = [...to].slice(0, LONGEST_COMPARED);
  let row = Array.from({ length: target.length + 1 }, (_, at) => at);
  for (const [at, character] of [...from].slice(0, LONGEST_COMPARED).entries()) {
    const next = [at + 1];
    for (const [column, other] of target.entries()) {
      const changed = (row[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
