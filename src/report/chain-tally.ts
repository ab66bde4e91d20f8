import { isoTime } from '../base/clock.ts';
import { type Interval, union } from '../chain/coverage.ts';
import type { Chain } from '../digest/digest-key.ts';
import type { EventFamily, TrailEvent } from '../findings/event.ts';
import type { Span } from '../findings/finding.ts';
import type { ChainReport } from './report.ts';

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

/** The running count of one chain. */
export class ChainTally {
  readonly id: string;
  readonly chain: Chain;
  readonly #organization: string | undefined;
  readonly #digests = { listed: 0, valid: 0, invalid: 0, missing: 0, unproven: 0 };
  readonly #logs = { listed: 0, valid: 0, invalid: 0, missing: 0, unproven: 0 };
  readonly #families = new Map<EventFamily, number>();
  readonly #covered: Interval[] = [];

  constructor(event: EventOf<'chain'>) {
    this.id = event.id;
    this.chain = event.chain;
    this.#organization = event.organization;
  }

  digest(event: EventOf<'digest'>): void {
    if (event.listed) this.#digests.listed += 1;
    this.#digests[event.outcome] += 1;
    this.#logs.listed += event.logFiles;
  }

  digestsAgree({ count, logFiles }: EventOf<'digests'>): void {
    this.#digests.listed += count;
    this.#digests.valid += count;
    this.#logs.listed += logFiles;
  }

  log(event: EventOf<'log'>): void {
    this.#logs[event.outcome] += 1;
    this.#families.set(event.family, (this.#families.get(event.family) ?? 0) + 1);
  }

  logsAgree({ count, family }: EventOf<'logs'>): void {
    this.#logs.valid += count;
    this.#families.set(family, (this.#families.get(family) ?? 0) + count);
  }

  cover(interval: Interval): void {
    this.#covered.push({ from: interval.from, to: interval.to });
  }

  /** Log files that proven digests name, less those with an outcome: anything but 0 is a lost check. */
  get unaccounted(): number {
    const { listed, valid, invalid, missing, unproven } = this.#logs;
    return listed - valid - invalid - missing - unproven;
  }

  /** The chain, with its organization where it is one's. */
  get known(): Chain & { readonly organization?: string | undefined } {
    return {
      ...this.chain,
      ...(this.#organization === undefined ? {} : { organization: this.#organization }),
    };
  }

  get digests(): ChainReport['digests'] {
    return this.#digests;
  }

  get logs(): ChainReport['logs'] {
    return this.#logs;
  }

  get covered(): readonly Interval[] {
    return union(this.#covered);
  }

  report(): ChainReport {
    const covered = this.covered;
    const first = covered[0];
    const last = covered.at(-1);
    return {
      id: this.id,
      ...this.chain,
      ...(this.#organization === undefined ? {} : { organization: this.#organization }),
      digests: { ...this.#digests },
      logs: { ...this.#logs },
      families: Object.fromEntries([...this.#families].sort(([a], [b]) => (a < b ? -1 : 1))),
      covered: covered.map(toSpan),
      first: first === undefined ? null : isoTime(first.from),
      last: last === undefined ? null : isoTime(last.to),
    };
  }
}

/** An interval as the report has it: ISO 8601 UTC. */
export function toSpan(interval: Interval): Span {
  return { from: isoTime(interval.from), to: isoTime(interval.to) };
}
