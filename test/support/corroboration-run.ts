/** Runs of `corroborate` against the test server: the trail, the server and the clock they share, and what they wrote. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { auditTrail, START } from '../../fixtures/scenario.ts';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { CorroborationDocument } from '../../src/witness/document.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from './aws-server.ts';
import {
  atServer,
  type CommandResult,
  keysAtServer,
  runCommand,
  serverKeys,
  stubAwsEnvironment,
} from './command.ts';
import { historyOf } from './event-history.ts';
import { temporaryFolder } from './temporary-folder.ts';
import type { DeliveredLog } from './test-digest.ts';
import type { TestTrail } from './test-trail.ts';

/** The bucket of the trail. */
export const BUCKET = 'example-trail-logs';

/** One line of recovered.jsonl or unlogged.jsonl. */
export interface EventLine {
  readonly witness: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly belongsTo?: readonly {
    readonly kind: string;
    readonly code?: string;
    readonly reason?: string;
    readonly uri?: string;
  }[];
  readonly changedFiles?: readonly { readonly uri: string; readonly says: string }[];
  readonly explainedBy?: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** What a run wrote; without a document it wrote nothing. */
export interface WrittenAnswer {
  readonly document: CorroborationDocument | undefined;
  readonly recovered: readonly EventLine[];
  readonly unlogged: readonly EventLine[];
}

/** Reads the folder that a run wrote, or did not. */
export function writtenAnswer(folder = 'witness'): WrittenAnswer {
  const document = path.join(folder, 'corroboration.json');
  return {
    document: existsSync(document) ? JSON.parse(readFileSync(document, 'utf8')) : undefined,
    recovered: linesOf(path.join(folder, 'recovered.jsonl')),
    unlogged: linesOf(path.join(folder, 'unlogged.jsonl')),
  };
}

function linesOf(file: string): readonly EventLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'latin1').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** The ids of lines, sorted. */
export function ids(lines: readonly Pick<EventLine, 'eventId'>[]): readonly string[] {
  return lines.map(({ eventId }) => eventId).sort();
}

/** The ids of the events that the event history has of log files, sorted. */
export function idsOf(logs: readonly DeliveredLog[]): readonly string[] {
  return historyOf(logs)
    .map(({ id }) => id)
    .sort();
}

/** A trail, and a server that has its bucket, for one test after the other: each runs in a folder of its own. */
export function corroborationBench(hours = 6): CorroborationBench {
  const bench = new CorroborationBench(hours);
  beforeEach(() => bench.open());
  afterEach(() => bench.close());
  return bench;
}

/** What a test of `corroborate` works with. The trail has delivered some hours, and the event history has what they hold. */
export class CorroborationBench {
  /** What the server answers by; it may be changed within a test. */
  options: AwsServerOptions = {};
  store: ObjectStore = new ObjectStore(() => START);
  readonly #hours: number;
  readonly #home = process.cwd();
  #trail: TestTrail | undefined;
  #server: AwsServer | undefined;

  constructor(hours: number) {
    this.#hours = hours;
  }

  async open(): Promise<void> {
    stubAwsEnvironment();
    process.chdir(temporaryFolder());
    this.options = {};
    await this.begin();
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    process.chdir(this.#home);
    vi.unstubAllEnvs();
  }

  /** Begins with a new bucket and a new trail, which may be an organization's. */
  async begin(changes: { readonly organization?: string } = {}): Promise<void> {
    this.store = new ObjectStore(() => START);
    this.store.createBucket(BUCKET);
    const { store } = this;
    this.#trail = auditTrail(this.#hours, { store, ...changes }).trail;
    const eventHistory = historyOf(this.trail.logFiles);
    Object.assign(this.options, { store, publicKeys: serverKeys(), now: () => this.now(), eventHistory });
    // The store of a server is that of its start.
    await this.#server?.close();
    this.#server = await startAwsServer(this.options);
  }

  get trail(): TestTrail {
    return given(this.#trail, 'no trail: no test runs');
  }

  get server(): AwsServer {
    return given(this.#server, 'no server: no test runs');
  }

  /** When commands run: ninety minutes after the end of the trail's newest window. */
  now(): number {
    return this.trail.end + HOUR + 30 * MINUTE;
  }

  /** A log file of the trail, in the order of their delivery. */
  logAt(position: number): DeliveredLog {
    return given(this.trail.logFiles[position], `the trail has no log file ${position}`);
  }

  /** Verifies the bucket into the folder `out`, and returns the exit code. */
  async verify(...more: readonly string[]): Promise<number> {
    const target = [`s3://${BUCKET}`, '--now', isoTime(this.now()), '--no-sign', '--output', 'out'];
    return (await runCommand(['verify', ...target, ...keysAtServer(this.server), ...more])).exitCode;
  }

  /** Asks about that report into the folder `witness`. */
  async corroborate(...more: readonly string[]): Promise<CommandResult & WrittenAnswer> {
    const result = await runCommand([...this.corroborateArgs(), ...more]);
    return { ...result, ...writtenAnswer() };
  }

  /** The arguments of `corroborate`. */
  corroborateArgs(): readonly string[] {
    const args = ['out/report.json', '--now', isoTime(this.now()), '--output', 'witness', '--no-sign'];
    return ['corroborate', ...args, ...atServer(this.server)];
  }
}

function given<Thing>(thing: Thing | undefined, problem: string): Thing {
  if (thing === undefined) throw new Error(problem);
  return thing;
}
