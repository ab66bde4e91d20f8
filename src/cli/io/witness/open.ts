/** The witnesses that a command names. */
import type { SelectorsOf, Witness } from '../../../witness/contract.ts';
import type { WitnessKind } from '../../../witness/kinds.ts';
import { openSession } from '../open-target.ts';
import { cloudWatchLogsWitness } from './cloudwatch-logs.ts';
import { eventHistoryWitness } from './event-history.ts';
import { lakeWitness } from './lake.ts';
import type { WitnessOpening, WitnessSettings } from './opening.ts';
import { selectorsOfTrails } from './selectors.ts';
import { openAccounts } from './sessions.ts';

const OPENERS: Readonly<Record<WitnessKind, (opening: WitnessOpening) => Witness | Promise<Witness>>> = {
  'event-history': ({ askIn, signal }) => eventHistoryWitness(askIn, signal),
  'cloudwatch-logs': ({ askIn, signal, now }) => cloudWatchLogsWitness(askIn, signal, now),
  lake: lakeWitness,
};

/** Witnesses in the order of their names, and who says what trails leave out. */
export interface OpenedWitnesses {
  readonly witnesses: readonly Witness[];
  readonly selectorsOf: SelectorsOf;
}

/** Opens witnesses. Nothing is asked yet. Throws CONFIGURATION for one that cannot be asked, or whose package is not installed. */
export async function openWitnesses(
  kinds: readonly WitnessKind[],
  settings: WitnessSettings,
): Promise<OpenedWitnesses> {
  const own = openSession(settings.access, undefined);
  const askIn = openAccounts(own, settings.memberRole);
  const opening = { ...settings, own, askIn };
  return {
    witnesses: await Promise.all(kinds.map((kind) => OPENERS[kind](opening))),
    selectorsOf: selectorsOfTrails(askIn),
  };
}
