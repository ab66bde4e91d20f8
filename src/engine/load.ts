/** BullMQ, where it is installed: an optional package, and so loaded late and by this file alone. */
import { messageOf, TrailVerifyError } from '../base/errors.ts';

/** The package as it is loaded. */
export type BullMq = typeof import('bullmq');

/** What is installed with it, by the kind of the store. */
const DRIVERS = { redis: 'ioredis', postgres: 'pg' } as const;

/** Loads the package. Throws CONFIGURATION where it is not installed. */
export async function loadBullMq(kind: keyof typeof DRIVERS): Promise<BullMq> {
  try {
    return await import('bullmq');
  } catch (error) {
    throw notInstalled('BullMQ', kind, error);
  }
}

/** The error where a package of the engine is not there. */
export function notInstalled(what: string, kind: keyof typeof DRIVERS, cause: unknown): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `the engine needs ${what}, and it is not installed`, {
    hint: `add it where npm installed trail-verify: npm install bullmq@6.7.0 ${DRIVERS[kind]}; the single executable cannot load it`,
    cause,
  });
}

/** The name of the driver that BullMQ did not find; undefined for another error. */
export function missingDriver(error: unknown): string | undefined {
  return /could not load the optional '(ioredis|pg)' package/.exec(messageOf(error))?.[1];
}
