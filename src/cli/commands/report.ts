import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { MOST_REPORT_BYTES } from '../../report/report-schema.ts';
import { BESIDE_CHECKS } from '../../signed/beside.ts';
import { checkReport, type OpenBeside, renderReportCheck } from '../../signed/check-report.ts';
import { openGivenFile } from '../../source/given-file.ts';
import { exitCodeOf } from '../io/exit-code.ts';
import { readFileIfThere } from '../io/files.ts';
import { signatureFileOf, timestampFileOf } from '../io/sign-report.ts';
import { readAllCertificates } from '../io/signer.ts';
import type { Terminal } from '../io/terminal.ts';
import { bundleFileOf } from '../io/write-bundle.ts';
import type { ReportVerifySettings } from './report-options.ts';

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
  const report = await readBeside(file, MOST_REPORT_BYTES);
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
    beside: { checks: BESIDE_CHECKS, open: opener(path.dirname(file)) },
  });
  terminal.out.write(`${escapeTerminal(renderReportCheck(check, file))}\n`);
  return exitCodeOf(check.verdict, 'inconclusive');
}

/** A file that may be absent, unless its name was given. */
async function readNamed(file: string, given: string | undefined): Promise<Uint8Array | undefined> {
  const bytes = await readBeside(file, MAX_SIGNATURE);
  if (bytes !== undefined || given === undefined) return bytes;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `there is no file ${file}`, { hint: 'check its name' });
}

function readBeside(file: string, most: number): Promise<Uint8Array | undefined> {
  return readFileIfThere(
    file,
    most,
    'give a report.json and its signature as trail-verify verify wrote them',
  );
}

/** Opens files of one folder by their plain names: what a report names must not lead elsewhere. */
function opener(folder: string): OpenBeside {
  return async (name) => {
    if (name !== path.basename(name) || name === '' || name === '..' || name === '.') return undefined;
    const file = path.join(folder, name);
    const handle = await openGivenFile(file).catch(() => undefined);
    return handle?.createReadStream();
  };
}
