/** The whole table. */
import type { Row } from './row.ts';
import { AGREEMENTS } from './rows-agree.ts';
import { PLANTED_AND_ANSWERED } from './rows-answers.ts';
import { BLIND_SPOTS_OF_DIGESTS } from './rows-digest-blind-spots.ts';
import { DAMAGED_DIGESTS } from './rows-digest-damage.ts';
import { FALSE_ALARMS } from './rows-false-alarms.ts';
import { BLIND_SPOTS_OF_TIME_AND_LOGS } from './rows-other-blind-spots.ts';

/** Every row, in the order of the files. */
export const TABLE: readonly Row[] = [
  ...AGREEMENTS,
  ...DAMAGED_DIGESTS,
  ...BLIND_SPOTS_OF_DIGESTS,
  ...BLIND_SPOTS_OF_TIME_AND_LOGS,
  ...PLANTED_AND_ANSWERED,
  ...FALSE_ALARMS,
];
