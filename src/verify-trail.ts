/** The library's two acts: the events of a verification, and the report they fold into. */
import { randomUUID } from 'node:crypto';
import { Channel } from './channel.ts';
import { examine } from './examine.ts';
import type { TrailEvent } from './findings/event.ts';
import { ReportBuilder } from './report/build-report.ts';
import type { Report } from './report/report.ts';
import type { VerifyOptions } from './verify-options.ts';
import { VERSION } from './version.ts';

/** Events that wait for a slow reader before the run waits too. */
const EVENTS_WAITING = 1024;

/**
 * The events of a verification as they happen. When `signal` aborts, or an error ends the run after the first digest
 * was judged, it winds down with a RUN_INTERRUPTED finding, so that nothing found so far is lost. Throws
 * TrailVerifyError where the run cannot even begin (TARGET_NOT_FOUND, TARGET_WITHOUT_TRAIL, ACCESS_DENIED, CREDENTIALS,
 * UNREACHABLE), and INTERNAL for a fault of this library.
 */
export async function* examineTrail(options: VerifyOptions): AsyncGenerator<TrailEvent> {
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

/** Verifies and reports: `examineTrail`, folded. Every event is also handed to `onEvent`. Throws as `examineTrail`. */
export async function verifyTrail(
  options: VerifyOptions,
  onEvent?: (event: TrailEvent) => void,
): Promise<Report> {
  const builder = new ReportBuilder({
    runId: options.runId ?? randomUUID(),
    version: VERSION,
    node: process.versions.node,
    source: {
      target: options.source.description,
      kind: options.source.kind,
      relocated: options.relocated ?? [],
    },
    logsChecked: options.logs !== false,
    keys: () => options.keyRing.used(),
  });
  for await (const event of examineTrail(options)) {
    builder.add(event);
    onEvent?.(event);
  }
  return builder.build();
}
