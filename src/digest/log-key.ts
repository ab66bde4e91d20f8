/**
 * The grammar of log file names (user guide, "CloudTrail log file name format"), in the day folder of their Region:
 *
 *     P/AWSLogs/[o-…/]111122223333/CloudTrail/us-east-2/2026/11/20/
 *       111122223333_CloudTrail_us-east-2_20261120T1510Z_Mu0KsOhtH1ar15ZZ.json.gz
 *
 * How the other families name their files is documented nowhere: theirs may hold the name of any family.
 */
import { DAY, HOUR } from '../base/clock.ts';
import { parseStamp } from './digest-key.ts';

/** Where log files lie: the account, its family's folder and the Region. */
export interface LogFolder {
  readonly account: string;
  readonly family: string;
  readonly region: string;
}

/** The time in a log file's name is that of a five-minute bucket, a few minutes off its delivery either way. */
export const NAME_SLACK: number = HOUR;

const DAY_PATH = /^(\d{4})\/(\d{2})\/(\d{2})\/(.+)$/s;
const NAME =
  /^(\d{12})_(CloudTrail(?:-[A-Za-z0-9]+)?)_([a-z0-9-]+)_(\d{8}T\d{4})Z_([A-Za-z0-9]{16})\.json\.gz$/;

/**
 * The time in the name of a log file (milliseconds since the epoch), `path` being its key below the Region's folder; undefined
 * where CloudTrail cannot have written it: no day folder, or a name that is not of this folder and day.
 */
export function parseLogPath(path: string, folder: LogFolder): number | undefined {
  const day = dayOfPath(path);
  const found = NAME.exec(path.slice('2026/11/20/'.length));
  if (day === undefined || found === null) return undefined;
  const [, account, infix = '', region, stamp] = found;
  const time = parseStamp(`${stamp}00Z`);
  if (account !== folder.account || region !== folder.region || time === undefined) return undefined;
  if (infix === 'CloudTrail-Digest' || (folder.family === 'CloudTrail' && infix !== 'CloudTrail'))
    return undefined;
  return time >= day - NAME_SLACK && time < day + DAY + NAME_SLACK ? time : undefined;
}

/** The day (milliseconds since the epoch) in whose folder a path lies; undefined where it lies in none. */
export function dayOfPath(path: string): number | undefined {
  const found = DAY_PATH.exec(path);
  return found === null ? undefined : parseStamp(`${found[1]}${found[2]}${found[3]}T000000Z`);
}
