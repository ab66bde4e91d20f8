/** A report held against witnesses: what they have of the times that the report lacks, and where both differ. */

import { mapParallel } from '../base/flow.ts';
import { append } from '../base/lists.ts';
import { Asking } from './asking.ts';
import type { Corroboration, CorroborationOptions } from './contract.ts';
import { MOST_FINDINGS } from './counts.ts';
import type { WitnessFinding, WitnessRecord } from './document.ts';
import { LaterLogs } from './place-logs.ts';
import { type PlaceQuestion, questionsOf } from './questions.ts';
import { type LogsOfPlace, logsOfPlaces, placeName } from './report-logs.ts';

/** Places that are asked at once. */
const PLACES_AT_ONCE = 16;

/**
 * Asks witnesses about a report, one after the other. Throws EVIDENCE_INVALID for an inventory or a log file that is not as the report
 * counted it, and what the signal, the source and the witnesses throw.
 */
export async function corroborate(options: CorroborationOptions): Promise<Corroboration> {
  const { report, now, all, witnesses } = options;
  const { places: questions, unplaced, limits } = questionsOf(report, all, now);
  const whole = timeOf(questions);
  options.onQuestions?.({ places: questions.length, time: whole });
  const { objects } = report;
  const logs =
    objects === undefined || questions.length === 0
      ? new Map<string, LogsOfPlace>()
      : await logsOfPlaces(await options.openInventory(), objects, questions);
  const later = new LaterLogs(options);
  const asked = new Map(questions.map((question) => [placeName(question), question.stretches]));
  const isAsked = (place: Parameters<typeof placeName>[0], time: number): boolean =>
    asked.get(placeName(place))?.some(({ from, to }) => from <= time && time <= to) === true;
  const runs: Asking[] = [];
  const groups: string[] = [];
  const records: WitnessRecord[] = [];
  for (const [index, witness] of witnesses.entries()) {
    const run = new Asking(options, witness, { index, whole, later, isAsked });
    runs.push(run);
    const places = await mapParallel(questions, PLACES_AT_ONCE, (question) =>
      run.ask(question, logs.get(placeName(question)) ?? []),
    );
    await run.settleWaiting();
    append(
      groups,
      places.flatMap((place) => place.groups),
    );
    records.push({ kind: witness.kind, ...run.counts, places: places.map(({ record }) => record()) });
  }
  const findings = runs.flatMap((run) => run.findings.sort(inOrder));
  return {
    witnesses: records,
    findings: findings.slice(0, MOST_FINDINGS),
    further: Math.max(0, findings.length - MOST_FINDINGS),
    isUnexplained: findings.some(({ explainedBy }) => explainedBy === undefined),
    unplaced,
    limits: [...runs.flatMap((run) => run.limits()), ...later.limits(), ...limits],
    groups,
  };
}

function inOrder(one: WitnessFinding, other: WitnessFinding): number {
  return (
    compare(one.account, other.account) ||
    compare(one.region, other.region) ||
    compare(one.time, other.time) ||
    compare(one.eventId, other.eventId)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function timeOf(questions: readonly PlaceQuestion[]): number {
  return questions.flatMap(({ stretches }) => stretches).reduce((sum, one) => sum + one.to - one.from, 0);
}
