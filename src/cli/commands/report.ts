import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { coloured, plain } from '../../render/text/terminal.ts';
import { renderText } from '../../render/text/text.ts';
import { MOST_REPORT_BYTES, type ReadReport, readReport } from '../../report/report-schema.ts';
import { checkReport, type OpenCompanion, renderReportCheck } from '../../signed/check-report.ts';
import { COMPANION_CHECKS } from '../../signed/companions.ts';
import { openGivenFile } from '../../source/given-file.ts';
import { EXIT, exitCodeOfCheck } from '../io/exit.ts';
import { readGivenIfThere, readWholeFile } from '../io/files.ts';
import { writeNewFile } from '../io/output.ts';
import { bundleFileOf, signatureFileOf, timestampFileOf } from '../io/signing/sign-report.ts';
import { readAllCertificates } from '../io/signing/signer.ts';
import { type Terminal, wantsColour } from '../io/terminal.ts';
import { orRefused, recoveredInFolder } from '../io/witness/corroboration-folder.ts';
import type { ReportRenderSettings, ReportVerifySettings } from './report-options.ts';

/** Signatures, timestamps and bundles are some kilobytes. */
const MAX_SIGNATURE = 1024 * 1024;

/**
 * Checks a report's signature, signer, timestamp and agreement with itself, prints one line, and returns the exit code. Throws
 * TARGET_NOT_FOUND where there is no report, KEY_FILE_INVALID for certificates that cannot be read.
 */
export async function reportVerifyCommand(
  settings: ReportVerifySettings,
  terminal: Terminal,
): Promise<number> {
  const { file, trustFiles, authorityFiles, now } = settings;
  const trust = await readAllCertificates(trustFiles);
  const authorities = await readAllCertificates(authorityFiles);
  const report = await readCompanion(file, MOST_REPORT_BYTES);
  if (report === undefined) {
    throw new TrailVerifyError('TARGET_NOT_FOUND', `there is no report ${file}`, {
      hint: 'give the report.json that trail-verify verify wrote',
    });
  }
  const signatureFile = settings.signatureFile ?? signatureFileOf(file);
  const timestampFile = settings.timestampFile ?? timestampFileOf(signatureFile);
  const check = await checkReport({
    report,
    signature: await readNamed(signatureFile, settings.signatureFile),
    timestamp: await readNamed(timestampFile, settings.timestampFile),
    bundle: await readNamed(settings.bundleFile ?? bundleFileOf(file), settings.bundleFile),
    trust,
    timestampTrust: authorityFiles.length === 0 ? undefined : authorities,
    now,
    companions: { checks: COMPANION_CHECKS, open: opener(path.dirname(file)) },
  });
  terminal.out.write(`${escapeTerminal(renderReportCheck(check, file))}\n`);
  return exitCodeOfCheck(check.verdict, check.report?.verdict);
}

/** A file that may be absent, unless its name was given. */
async function readNamed(file: string, given: string | undefined): Promise<Uint8Array | undefined> {
  const bytes = await readCompanion(file, MAX_SIGNATURE);
  if (bytes !== undefined || given === undefined) return bytes;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `there is no file ${file}`, { hint: 'check its name' });
}

function readCompanion(file: string, most: number): Promise<Uint8Array | undefined> {
  return readGivenIfThere(file, {
    what: 'file',
    most,
    code: 'TARGET_NOT_FOUND',
    hint: 'give a report.json and its signature as trail-verify verify wrote them',
  });
}

/** Opens files of one folder by their plain names: a name in a report must not lead elsewhere. */
function opener(folder: string): OpenCompanion {
  return async (name) => {
    if (name !== path.basename(name) || name === '' || name === '..' || name === '.') return undefined;
    const file = path.join(folder, name);
    const handle = await openGivenFile(file).catch(() => undefined);
    return handle?.createReadStream();
  };
}

/**
 * Renders a report.json to standard output or a new file. Says nothing of its verdict by the exit code, and nothing
 * of its signature: that is what `report verify` is for. A corroboration that is not as it was written, or signed, is exit code 5. Throws
 * TARGET_NOT_FOUND, REPORT_INVALID, OUTPUT_NOT_USABLE, and CONFIGURATION for a corroboration of another report.
 */
export function reportRenderCommand(settings: ReportRenderSettings, terminal: Terminal): Promise<number> {
  return orRefused(() => reportRender(settings, terminal), terminal, settings.verbose === true);
}

async function reportRender(settings: ReportRenderSettings, terminal: Terminal): Promise<number> {
  const bytes = await readWholeFile(
    settings.file,
    MOST_REPORT_BYTES,
    'report',
    'give the report.json that trail-verify verify wrote',
  );
  const read = readReport(bytes, settings.file);
  const pieces = await piecesOf(settings, read, bytes, terminal);
  if (settings.output !== undefined) await writeNewFile(settings.output, pieces);
  else for (const piece of pieces) terminal.out.write(piece);
  return EXIT.valid;
}

async function piecesOf(
  settings: ReportRenderSettings,
  { report, sha256 }: ReadReport,
  bytes: Uint8Array,
  terminal: Terminal,
): Promise<Iterable<string>> {
  switch (settings.format) {
    case 'json':
      // The very bytes, because they were signed.
      return [new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)];
    case 'text': {
      const toTerminal = settings.output === undefined;
      const paint = toTerminal && wantsColour(settings.color, terminal) ? coloured : plain;
      const layout = { columns: terminal.out.columns, paint, verbose: settings.verbose === true };
      return [renderText(report, { ...layout, reportPath: settings.file, reportSha256: sha256 })];
    }
    case 'csv': {
      const { csvLines } = await import('../../render/formats/csv.ts');
      return csvLines(settings.table, report, sha256);
    }
    default: {
      const { renderPieces } = await import('../../render/rendering.ts');
      const { corroboration } = settings;
      const recovered =
        corroboration === undefined ? undefined : await recoveredInFolder(corroboration, { report, sha256 });
      return renderPieces(settings.format, report, sha256, recovered);
    }
  }
}
