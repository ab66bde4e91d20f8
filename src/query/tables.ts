/**
 * The tables of a statement, and what other people's queries call them: an event data store's id, the placeholders that AWS's
 * pages print for one, and the tables that Athena's pages and console make.
 *
 *     FROM $EDS_ID    FROM <event-data-store-ID>    FROM EXAMPLEf852-4e8f-8bd1-bcf6cEXAMPLE       lake_events
 *     FROM default.cloudtrail_logs    FROM cloudtrail_logs_aws_cloudtrail_logs_example            cloudtrail_logs
 */

/** The table or view that the others are made from. */
export const BASE = 'verified_events';
/** Athena's columns. */
export const ATHENA_VIEW = 'cloudtrail_logs';
/** The columns of an event data store of CloudTrail Lake. */
export const LAKE_VIEW = 'lake_events';
/** Another name of the base. */
export const EVENTS_VIEW = 'events';

/** Events that a witness recovered: in no log file that is proven, and never among the rows of the other tables. */
export const WITNESS_TABLE = 'witness_events';

/** What a statement may ask. */
export const TABLES: readonly string[] = [ATHENA_VIEW, LAKE_VIEW, EVENTS_VIEW, BASE];
/** The same where a corroboration is given. */
export const TABLES_WITH_WITNESS: readonly string[] = [...TABLES, WITNESS_TABLE];

const EVENT_DATA_STORE = [
  // The id of an event data store, or its ARN.
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  /^arn:[\w-]+:cloudtrail:.*:eventdatastore\/./i,
  // An example of one, as AWS prints it: EXAMPLEf852-4e8f-8bd1-bcf6cEXAMPLE, a1b2c3d4-5678-90ab-cdef-EXAMPLE11111.
  /^(?=.*EXAMPLE?)[0-9a-z]+(?:-[0-9a-z]+){2,5}$/i,
  // A placeholder: $EDS_ID, event_data_store_ID, <Event data store Id number>, your-eds-id, EDS1.
  /^(?:(?:your|my|the)[ _-]?)?(?:event[ _-]?data[ _-]?store|eds)(?:[ _-]?(?:id|arn|name))?(?:[ _-]?number)?[ _-]?\d*$/i,
];

/** True for what means an event data store: its id or ARN, an example of one, or a placeholder. */
export function isEventDataStore(name: string): boolean {
  return EVENT_DATA_STORE.some((pattern) => pattern.test(name.trim()));
}

/** The table of ours that a name means, whatever its letter case; undefined where it means none. */
export function knownTable(name: string, tables: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const own = tables.find((table) => table.toLowerCase() === lower);
  if (own !== undefined) return own;
  if (isEventDataStore(name)) return LAKE_VIEW;
  // The console of CloudTrail names the table that it makes in Athena after the bucket.
  return /^cloudtrail_logs_\w+$/.test(lower) ? ATHENA_VIEW : undefined;
}
