/** What the profiles of the shared AWS configuration say, read without the rest of the SDK. */
import { loadConfig } from '@smithy/core/config';

/** The profile that AWS_PROFILE or `profile` names; the SDK's own choice where both are absent. */
export function ofProfile(profile: string | undefined): { profile?: string } {
  return profile === undefined ? {} : { profile };
}

/** The file of authorities that the profile names as its `ca_bundle`; undefined where it names none. */
export async function configuredBundle(profile: string | undefined): Promise<string | undefined> {
  const bundle = loadConfig<string | undefined>(
    {
      environmentVariableSelector: () => undefined,
      configFileSelector: (section) => section.ca_bundle,
      default: undefined,
    },
    ofProfile(profile),
  );
  return bundle();
}
