/** `trail-verify/report`: reports read, rendered, signed, and their signatures checked. */

export { type ErrorCode, TrailVerifyError } from '../base/errors.ts';
export { FINDING_CODES, isFindingCode } from '../findings/catalogue.ts';
export { type Certificate, readCertificateFile } from '../pki/certificate.ts';
export { bareSigner, readPkcs12, readPrivateKey } from '../pki/keys.ts';
export { keySigner, type ReportSigner, type SigningTask, signContent } from '../pki/sign.ts';
export { embedTimestamp, requestTimestamp, type Stamp, type TimestampOptions } from '../pki/timestamp.ts';
export { renderEventLine, renderJson, renderVerdictLine } from '../render/formats/json.ts';
export { renderMarkdown } from '../render/formats/markdown.ts';
export { renderMetrics } from '../render/formats/metrics.ts';
export {
  RENDER_FORMATS,
  type RenderedFile,
  type RenderFormat,
  renderedFiles,
  renderPieces,
} from '../render/rendering.ts';
export { renderCatalogue, renderExplanation } from '../render/text/explain.ts';
export { renderText, renderVerdict } from '../render/text/text.ts';
export { eventByEvent } from '../report/inventory.ts';
export type {
  AcceptanceReport,
  ChainReport,
  DigestTotals,
  FindingCount,
  KeyReport,
  LogTotals,
  OverflowFindings,
  Report,
  UncoveredSpan,
} from '../report/report.ts';
export { MOST_REPORT_BYTES, type ReadReport, readReport } from '../report/report-schema.ts';
export {
  type Bundle,
  formatBundle,
  readBundle,
  signBundle,
  stampBundle,
  statementOf,
} from '../signed/bundle.ts';
export {
  checkReport,
  type OpenCompanion,
  type ReportCheck,
  type ReportCheckOptions,
  renderReportCheck,
} from '../signed/check-report.ts';
export { COMPANION_CHECKS } from '../signed/companions.ts';
export type { ReportProblem, ReportProblemCode, TimestampTrust } from '../signed/problems.ts';
