/** Runs on an engine for tests: a target at a server of this process, and the command as processes of their own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { type AwsServer, type Fault, startAwsServer } from './aws-server.ts';
import { type RunningCommand, startBuilt } from './built-command.ts';
import { keysAtServer, serverKeys } from './command.ts';
import { replaceBytes } from './damage.ts';
import { ObjectStore } from './object-store.ts';
import { expectSame } from './same-reports.ts';
import { TestTrail } from './test-trail.ts';

/** The target of all runs: two accounts, one of which has a changed log file. */
export interface EngineTarget {
  readonly server: AwsServer;
  readonly trails: readonly TestTrail[];
  /** The options by which every command reaches it, at the time of the test. */
  readonly with_: readonly string[];
}

const ACCOUNTS = ['111122223333', '444455556666'];
const HOURS = 11;

/** Starts the server of a target. */
export async function startTarget(): Promise<EngineTarget> {
  const store = new ObjectStore(() => Date.parse('2026-10-05T12:00:00Z'));
  const trails = ACCOUNTS.map((account) =>
    new TestTrail({
      store,
      bucket: 'example-trail-logs',
      account,
      region: 'us-east-1',
      trail: 'audit',
      startLogging: Date.parse('2026-10-05T09:12:37Z'),
    }).hours(HOURS, { logs: 1 }),
  );
  store.createBucket('audit-runs');
  const [first] = trails;
  if (first === undefined) throw new Error('no trail');
  replaceBytes(store, first.logAt(3), Buffer.from('no log file'));
  const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => first.end + HOUR });
  const with_ = ['--now', isoTime(first.end + HOUR + 30 * MINUTE), ...keysAtServer(server)];
  return { server, trails, with_ };
}

/** Commands in one folder, against one target and one store; what still runs at the end is ended. */
export class EngineRun {
  readonly #started: RunningCommand[] = [];
  readonly #before: number;
  readonly target: EngineTarget;
  readonly url: string;
  readonly folder: string;
  /** Where the plans are: a folder of the run, or a bucket. */
  plans = 'plans';

  constructor(target: EngineTarget, url: string, folder: string) {
    this.target = target;
    this.url = url;
    this.folder = folder;
    this.#before = target.server.faults.struck;
  }

  /** A worker of the plans in the folder `plans`. */
  worker(...more: readonly string[]): Promise<RunningCommand> {
    return this.#start(['worker', this.plans, ...this.#engine(), ...more]);
  }

  /** A worker of another make of the command. */
  workerOf(program: string): Promise<RunningCommand> {
    return this.#start(['worker', this.plans, ...this.#engine()], program);
  }

  /** A run with the plan `one`, into the folder `output`. */
  verify(output: string, ...given: readonly string[]): Promise<RunningCommand> {
    // With the hash that the first run printed.
    const more = given.flatMap((word) => (word === '--resume' ? [word, this.#planHash()] : [word]));
    const plan = ['--engine', 'bullmq', '--plan', `${this.plans}/one`, '--output', output];
    return this.#start(['verify', 's3://example-trail-logs', ...plan, ...this.#engine(), ...more]);
  }

  /** The run of one machine, into the folder `one`. */
  async alone(): Promise<void> {
    const args = ['verify', 's3://example-trail-logs', '--output', 'one', ...this.target.with_];
    const { code } = await (await this.#start(args)).ended;
    expect(code).toBe(1);
  }

  #planHash(): string {
    const { store } = this.target.server;
    const inBucket = store.get('audit-runs', 'one/plan.json')?.bytes;
    const file = path.join(this.folder, 'plans/one/plan.json');
    return sha256(this.plans.startsWith('s3:') && inBucket !== undefined ? inBucket : readFileSync(file));
  }

  async close(): Promise<void> {
    for (const { child } of this.#started) child.kill('SIGKILL');
    await Promise.all(this.#started.map(({ ended }) => ended));
  }

  /** Has the first log file go wrong, once, that is asked for of these hours of the first account. */
  strike(hours: readonly number[], fault: Fault): void {
    const keys = hours.map((hour) => this.target.trails[0]?.logAt(hour).key ?? '');
    const isMeant = fault.of ?? (() => true);
    this.target.server.faults.add({
      ...fault,
      of: (record) =>
        record.method === 'GET' && keys.some((key) => record.path.endsWith(key)) && isMeant(record),
    });
  }

  /** Resolves when so many faults of this run have come to pass. */
  struck(count: number): Promise<void> {
    return until(() => this.target.server.faults.struck - this.#before >= count);
  }

  /** The names of the results that are there. */
  results(): readonly string[] {
    const folder = path.join(this.folder, 'plans/one/results');
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  /** Whether the report in `output` is that of one machine, but for what names the run. */
  expectSame(output: string): void {
    expectSame(path.join(this.folder, 'one'), path.join(this.folder, output));
  }

  /** How many findings of each code a report has. */
  findings(output: string): Readonly<Record<string, number>> {
    const text = readFileSync(path.join(this.folder, output, 'report.json'), 'utf8');
    const counts: Record<string, number> = {};
    for (const { code } of JSON.parse(text).findings) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }

  #engine(): readonly string[] {
    return ['--store', this.url, '--lock-seconds', '2', ...this.target.with_];
  }

  async #start(args: readonly string[], program?: string): Promise<RunningCommand> {
    const command = await startBuilt(args, this.folder, {}, program);
    this.#started.push(command);
    return command;
  }
}

/** Resolves when `is` says so. */
export async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; !is(); tries += 1) {
    if (tries > 1200) throw new Error('it never came');
    await delay(25);
  }
}
