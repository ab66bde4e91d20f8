import { TrailVerifyError } from '../base/errors.ts';

/**
 * The module of a package that few runs need, and that may be absent where this library is installed. `load` imports it, by a name
 * that a bundler can read. Throws CONFIGURATION with the command that installs it.
 */
export async function optionalPackage<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new TrailVerifyError('CONFIGURATION', `the package ${name} is not installed`, {
      hint: `install it next to trail-verify with npm install ${name}`,
      cause,
    });
  }
}
