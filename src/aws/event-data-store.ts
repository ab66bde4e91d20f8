/** The ARN of an event data store of CloudTrail Lake, and the statement that asks one for events. */
import { isAccountId, isRegionName } from '../base/names.ts';

/** An event data store by its ARN. All parts are of shapes that mean nothing in SQL. */
export interface EventDataStore {
  readonly arn: string;
  /** The account that owns it. */
  readonly account: string;
  readonly region: string;
  /** A UUID: what a statement calls the store. */
  readonly id: string;
}

/** What is asked of a store. Times are milliseconds since the epoch, both inclusive. */
export interface LakeQuestion {
  readonly account: string;
  readonly region: string;
  readonly from: number;
  readonly to: number;
}

const STORE_ARN =
  /^arn:aws(?:-[a-z0-9-]{1,20})?:cloudtrail:([a-z][a-z0-9-]{2,40}):(\d{12}):eventdatastore\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Reads `arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/` and a UUID; undefined for any other text. */
export function readEventDataStoreArn(text: string): EventDataStore | undefined {
  const [arn, region = '', account = '', id = ''] = STORE_ARN.exec(text) ?? [];
  return arn === undefined || !isRegionName(region) ? undefined : { arn, account, region, id };
}

/**
 * The statement for the events of one account and Region, each once, the youngest first: a store has an event twice that was copied to it
 * from a trail (user guide, "Copy trail events to an event data store"). A store for events of CloudTrail has the whole record of
 * each in the column `eventjson` (user guide, "Supported SQL schemas for event data stores"); stores for Insights events, and for what
 * is not CloudTrail's, have no such column, and refuse the statement. Undefined for a question of which a part is not of its shape:
 * nothing else gets into the statement. Times are to the second, outwards, as in the user guide's own statements.
 */
export function lakeStatement(
  { id }: Pick<EventDataStore, 'id'>,
  { account, region, from, to }: LakeQuestion,
): string | undefined {
  if (!isAccountId(account) || !isRegionName(region)) return undefined;
  const [begin, end] = [sqlTime(Math.floor(from / 1000)), sqlTime(Math.ceil(to / 1000))];
  if (begin === undefined || end === undefined) return undefined;
  return [
    `SELECT DISTINCT eventID, eventJson, eventTime FROM ${id}`,
    `WHERE eventTime >= '${begin}' AND eventTime <= '${end}'`,
    `AND recipientAccountId = '${account}' AND awsRegion = '${region}'`,
    'ORDER BY eventTime DESC',
  ].join(' ');
}

const SQL_TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

/** A time, in seconds since the epoch, as in `2026-11-20 09:12:37`; undefined for one that no such text has. */
function sqlTime(seconds: number): string | undefined {
  const time = new Date(seconds * 1000);
  const text = Number.isNaN(time.getTime()) ? '' : time.toISOString().slice(0, 19).replace('T', ' ');
  return SQL_TIME.test(text) ? text : undefined;
}
