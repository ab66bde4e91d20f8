/** The library's two acts: the events of a verification, and the report they fold into. */
import { randomUUID } from 'node:crypto';
import { TrailVerifyError } from './base/errors.ts';
import { Channel } from './base/flow.ts';
import { VERSION } from './base/version.ts';
import type { Acceptance, TrailEvent } from './findings/event.ts';
import { ReportBuilder } from './report/build-report.ts';
import { eventByEvent, InventoryWriter } from './report/inventory.ts';
import type { Report } from './report/report.ts';
import { selfTest } from './report/self-test.ts';
import { examine } from './route/examine.ts';
import type { VerifyOptions } from './verify-options.ts';

/** Events that wait for a slow reader before the run waits too. */
const EVENTS_WAITING = 1024;

/**
 * The events of a verification as they happen. When `signal` aborts, or an error ends the run after the first digest
 * was judged, it winds down with a RUN_INTERRUPTED finding, so that nothing found so far is lost. Throws
 * TrailVerifyError where the run cannot even begin (TARGET_NOT_FOUND, TARGET_WITHOUT_TRAIL, ACCESS_DENIED, CREDENTIALS,
 * UNREACHABLE), and INTERNAL for a fault of this library.
 */
export async function* examineTrail(options: VerifyOptions): AsyncGenerator<TrailEvent> {
  for await (const events of examineInBatches(options))
    for (const event of events) yield* eventByEvent(event);
}

/** As `examineTrail`, with all events that wait at a time. */
async function* examineInBatches(options: VerifyOptions): AsyncGenerator<readonly TrailEvent[]> {
  const channel = new Channel<TrailEvent>(EVENTS_WAITING);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const run = examine({ ...options, signal }, (event) => channel.push(event)).then(
    () => channel.close(),
    (error: unknown) => channel.close({ error }),
  );
  try {
    yield* channel;
  } finally {
    // A reader that leaves early ends the run as well.
    stop.abort();
    await run;
  }
}

/**
 * Verifies and reports: `examineTrail`, folded. Every event is also handed to `onEvent`, digests and log files in a row that agree as one
 * (`eventByEvent` gives those of each), and every object goes into `options.inventory`, if there is one. Throws as `examineTrail` and the stores of `options` do, CONFIGURATION where two acceptances
 * have one name, and INTERNAL where this installation computes known answers wrongly.
 */
export async function verifyTrail(
  options: VerifyOptions,
  onEvent?: (event: TrailEvent) => void,
): Promise<Report> {
  const { source, scope } = options;
  const logsChecked = options.logs !== false;
  requireDistinctNames(options.acceptances ?? []);
  const tested = selfTest();
  if (!tested.passed) throw unsound();
  const inventory =
    options.inventory === undefined ? undefined : new InventoryWriter(options.inventory, logsChecked);
  const batches = examineInBatches(options);
  const builder = new ReportBuilder({
    runId: options.runId ?? randomUUID(),
    version: VERSION,
    node: process.versions.node,
    machine: {
      openssl: process.versions.openssl,
      platform: `${process.platform}-${process.arch}`,
      selfTest: tested,
    },
    source: describeSource(options),
    logsChecked,
    keys: () => options.keyRing.used(),
    acceptances: options.acceptances,
    asked: scope,
    checks: { logs: logsChecked, unlisted: options.unlisted !== false },
    skew: () => source.clockSkew?.(),
    overflowFindings: options.overflowFindings,
  });
  for await (const events of batches) {
    for (const event of events) {
      // Asked for one by one, for nearly all have nothing to wait for.
      const held = builder.add(event);
      if (held !== undefined) await held;
      const kept = inventory?.add(event);
      if (kept !== undefined) await kept;
      onEvent?.(event);
    }
  }
  const objects = await inventory?.finish();
  await builder.writeOverflow();
  return builder.build({ objects, examination: await options.facts });
}

function describeSource({ source, targets, relocated = [] }: VerifyOptions): Report['source'] {
  const { description, kind } = source;
  const parts = kind === 'folder' ? targets.filter(({ prefix }) => prefix !== '') : [];
  const readAs = parts.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`);
  return { target: description, kind, relocated, ...(readAs.length === 0 ? {} : { readAs }) };
}

function requireDistinctNames(acceptances: readonly Acceptance[]): void {
  const names = new Set(acceptances.map(({ name }) => name));
  if (names.size === acceptances.length) return;
  throw new TrailVerifyError('CONFIGURATION', 'two acceptances have one name', {
    hint: 'give each a name of its own: the report names them by it',
  });
}

function unsound(): TrailVerifyError {
  return new TrailVerifyError('INTERNAL', 'the self-test failed: known answers were computed wrongly', {
    hint: 'install Node.js and trail-verify again; a cryptographic library that was replaced or restricted can cause this',
  });
}
