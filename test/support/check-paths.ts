import { type CheckerOptions, openChecker } from '../../src/checking/check-threads.ts';
import type { OpenChecker } from '../../src/checking/checker.ts';
import type { Source } from '../../src/source/source.ts';

/** The source as only its own methods read it: log files are then checked one by one. */
export function withoutAccess({ access: _, ...source }: Source): Source {
  return source;
}

/** A checker whose threads start with the first file. Throws where there is none by these options. */
export function threadsAtOnce(options: CheckerOptions): OpenChecker {
  const checker = openChecker({ after: 0, ...options });
  if (checker === undefined) throw new Error('there is no checker of that kind');
  return checker;
}
