/** `trail-verify/events`: verified events exported to Parquet, exports checked, and questions asked of them in SQL. */

export { type ErrorCode, TrailVerifyError } from '../base/errors.ts';
export {
  checkExport,
  type ExportCheck,
  type ExportCheckOptions,
  renderExportCheck,
} from '../events/check-export.ts';
export {
  type AthenaOptions,
  athenaDdl,
  type ManifestOptions,
  manifestDdl,
  type TrinoOptions,
  trinoDdl,
} from '../events/ddl.ts';
export { type EventsDocument, formatEvents, readEvents } from '../events/events-document.ts';
export { type AnswerDocument, formatAnswer } from '../query/answer-document.ts';
export { connectEvents } from '../query/connect.ts';
export { fillNamedQuery, NAMED_QUERIES } from '../query/named/fill.ts';
export type { NamedQuery } from '../query/named/query.ts';
export type { Rows, Value } from '../query/opened-events.ts';
export {
  type ExportedEvents,
  exportEvents,
  type QueriedEvents,
  type QueryEventsOptions,
  queryEvents,
} from '../verify-events.ts';
