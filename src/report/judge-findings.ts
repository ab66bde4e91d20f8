import type { Acceptance } from '../findings/acceptance.ts';
import type { Finding } from '../findings/finding.ts';
import { Acceptor } from './accept-findings.ts';
import type { ControlEventLog } from './control-event-log.ts';
import { explainer, type KnownChain } from './explain-findings.ts';
import type { AcceptanceReport, UncoveredSpan } from './report.ts';

/** What findings are held against, at the end of a run. */
export interface Evidence {
  readonly controls: ControlEventLog;
  /** By their ids. */
  readonly chains: ReadonlyMap<string, KnownChain>;
  readonly acceptances: readonly Acceptance[];
  /** When the run began, in milliseconds since the epoch: by this time an acceptance has expired or not. */
  readonly at: number;
}

/** Judges what was found: explained by control events, and held against acceptances. */
export class FindingJudge {
  readonly #explain: ReturnType<typeof explainer>;
  readonly #acceptor: Acceptor;
  readonly #explaining = new Set<string>();

  constructor(uncovered: readonly UncoveredSpan[], { controls, chains, acceptances, at }: Evidence) {
    this.#explain = explainer(controls.all(), chains);
    const explained = uncovered.map(this.#explain.uncovered);
    for (const { explainedBy = [] } of explained) for (const id of explainedBy) this.#explaining.add(id);
    this.#acceptor = new Acceptor(acceptances, at, explained);
  }

  /** One finding as the report has it; findings of one code come in the report's order. */
  finding(finding: Finding): Finding {
    const explained = this.#explain.finding(finding);
    for (const { eventId } of explained.explanation ?? []) this.#explaining.add(eventId);
    return this.#acceptor.finding(explained);
  }

  /** The uncovered time as the report has it; to be asked when every finding was given. */
  uncovered(): readonly UncoveredSpan[] {
    return this.#acceptor.uncovered();
  }

  /** What became of each acceptance; to be asked when every finding was given. */
  acceptances(): readonly AcceptanceReport[] {
    return this.#acceptor.acceptances();
  }

  /** The ids of the control events that explain anything; to be asked when every finding was given. */
  explaining(): ReadonlySet<string> {
    return this.#explaining;
  }
}
