/** The whole suite may run under `faketime` (libfaketime): processes with an environment of their own need its variables too. */

const NAMES = /^(?:LD_PRELOAD|DYLD_INSERT_LIBRARIES|.*FAKE.*)$/;

/** Whether the present is one that libfaketime makes up. */
export const isClockFaked: boolean = process.env.FAKETIME !== undefined;

/** What a process must be given to live in the same present as this one; nothing where the clock is the machine's. */
export const CLOCK_VARIABLES: Readonly<Record<string, string>> = isClockFaked
  ? Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        value !== undefined && NAMES.test(name) ? [[name, value]] : [],
      ),
    )
  : {};
