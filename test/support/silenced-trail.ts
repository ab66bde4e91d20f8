/** A trail that somebody stopped for three hours, and what the event history has of that time. */
import { auditTrail, START } from '../../fixtures/scenario.ts';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { HistoryEntry } from './aws-server/options.ts';
import { type AwsServer, ObjectStore, startAwsServer } from './aws-server.ts';
import { atServer, keysAtServer, runCommand, serverKeys } from './command.ts';
import { controlRecord, logOf } from './control-records.ts';
import { historyOf } from './event-history.ts';
import type { TestTrail } from './test-trail.ts';

const BUCKET = 'example-trail-logs';

/** AWS as it is after that, and two commands that ask it. They write `out` and `witness` in the working directory. */
export interface SilencedTrail {
  readonly server: AwsServer;
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  verify(...more: readonly string[]): Promise<number>;
  corroborate(...more: readonly string[]): Promise<number>;
}

/** Starts it. `during` gives the event history of the silence: names of events, one every five minutes. */
export async function silencedTrail(
  during: readonly string[],
  changes: (name: string, at: number) => object = () => ({}),
): Promise<SilencedTrail> {
  const store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  const { trail } = auditTrail(2, { store });
  const request = { name: 'audit' };
  const stop = controlRecord({ name: 'StopLogging', at: trail.end + 10 * MINUTE, id: 'stop', request });
  trail.hour({ to: trail.end + 25 * MINUTE, logs: [{ minute: 20, content: logOf(stop) }] });
  const from = trail.end;
  trail.restart(trail.end + 3 * HOUR);
  const start = controlRecord({ name: 'StartLogging', at: trail.end - 5000, id: 'start', request });
  trail.hour({ logs: [{ content: logOf(start) }] }).hours(3);
  const now = trail.end + HOUR + 30 * MINUTE;
  const recorded = historyOf(trail.logFiles);
  const history = during.map((name, index) => entryOf(name, from + (index + 1) * 5 * MINUTE, changes));
  const server = await startAwsServer({
    store,
    publicKeys: serverKeys(),
    now: () => now,
    eventHistory: [...recorded, ...history],
  });
  const run = async (args: readonly string[]): Promise<number> => {
    const { exitCode } = await runCommand([...args, '--now', isoTime(now), '--no-sign']);
    return exitCode;
  };
  return {
    server,
    store,
    trail,
    verify: (...more) =>
      run(['verify', `s3://${BUCKET}`, '--output', 'out', ...keysAtServer(server), ...more]),
    corroborate: (...more) =>
      run(['corroborate', 'out/report.json', '--output', 'witness', ...atServer(server), ...more]),
  };
}

function entryOf(name: string, at: number, changes: (name: string, at: number) => object): HistoryEntry {
  const id = `history-${isoTime(at)}`;
  // Of any name: a witness may give what it likes.
  const usual = controlRecord({ name: 'StopLogging', at, id });
  const text = JSON.stringify({
    ...usual,
    eventName: name,
    eventSource: name === 'StopLogging' ? 'cloudtrail.amazonaws.com' : 'ec2.amazonaws.com',
    eventCategory: 'Management',
    ...changes(name, at),
  });
  return { account: '111122223333', region: 'us-east-1', id, time: at, category: 'management', text };
}
