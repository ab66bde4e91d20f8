import { openCopyWriter } from '../../copy/writer.ts';
import { type Recovered, recoverVersions } from '../../history/recover.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { asciiJson } from '../../render/formats/json.ts';
import { countOf } from '../../render/words.ts';
import type { Report } from '../../report/report.ts';
import { MOST_REPORT_BYTES, readReport } from '../../report/report-schema.ts';
import { openS3 } from '../../source/s3/s3-source.ts';
import { EXIT } from '../io/exit.ts';
import { readWholeFile } from '../io/files.ts';
import { openSession } from '../io/open-target.ts';
import { openCopyFolder } from '../io/output/folder.ts';
import { askingAt } from '../io/signing/secrets.ts';
import type { Terminal } from '../io/terminal.ts';
import { UsageError } from '../options/common.ts';
import type { RecoverSettings } from './recover-options.ts';

/**
 * Copies intact older versions of a report's missing or changed objects into a folder, says what became of each, and
 * returns the exit code: 0, or 3 where one was not recovered. Throws TrailVerifyError where versions cannot be listed.
 */
export async function recoverCommand(settings: RecoverSettings, terminal: Terminal): Promise<number> {
  const { reportFile, folder, format, access } = settings;
  const { report } = readReport(await readWholeFile(reportFile, MOST_REPORT_BYTES, 'report'), reportFile);
  if (report.source.kind !== 's3')
    throw new UsageError(
      `report ${reportFile} is of a ${report.source.kind}, which keeps no versions`,
      'verify the bucket itself, and give the report of that',
    );
  const source = openS3(openSession(askingAt(terminal, access), undefined));
  const output = await openCopyFolder(folder);
  const writer = openCopyWriter(output.path);
  const results: Recovered[] = [];
  try {
    const recovered = recoverVersions({
      findings: report.findings,
      source,
      relocated: report.source.relocated,
      keep: async ({ object, stored }) => {
        const { bucket, key } = object;
        const { bytes, metadata, lastModified, versionId, etag, storageClass } = stored;
        await writer.addBucket(bucket);
        await writer.write(
          { bucket, key, size: bytes.length, metadata, lastModified, versionId, etag, storageClass },
          bytes,
        );
      },
    });
    for await (const one of recovered) {
      results.push(one);
      if (format === 'text') terminal.out.write(`${escapeTerminal(line(one))}\n`);
    }
  } finally {
    await writer.close();
    await output.discard();
  }
  const objects = results.filter(({ result }) => result !== 'not-followed');
  const done = objects.filter(({ result }) => result === 'recovered').length;
  if (format === 'json')
    terminal.out.write(`${asciiJson({ schema: 'trail-verify/recover/v1', objects: results })}\n`);
  else
    terminal.out.write(
      `${done} of ${countOf(objects.length, 'missing or changed object')} recovered to ${escapeTerminal(folder)}\n`,
    );
  const further = report.overflowFindings;
  if (further !== undefined) terminal.error.write(`${escapeTerminal(overflowWarning(further))}\n`);
  return done === results.length && further === undefined ? EXIT.valid : EXIT.inconclusive;
}

function overflowWarning({ path, lines }: NonNullable<Report['overflowFindings']>): string {
  const remedy =
    'verify again with a narrower --from and --to, or by --account, and recover from those reports';
  return `warning: ${countOf(lines, 'further finding')} in ${path} ${lines === 1 ? 'was' : 'were'} not looked at: ${remedy}`;
}

function line({ object, result, history, namedBy }: Recovered): string {
  const { intact } = history ?? {};
  const named = namedBy === undefined ? '' : `  named by a recovered digest`;
  switch (result) {
    case 'recovered':
      return (
        `recovered  ${object.uri}  version ${intact?.versionId ?? ''} ${intact?.time ?? ''}`.trimEnd() + named
      );
    case 'no-intact-version':
      return `lost       ${object.uri}  ${countOf(history?.versions ?? 0, 'version')}, none with the signed hash${named}`;
    case 'hash-unknown':
      return `unknown    ${object.uri}  no recovered digest says which hash it must have`;
    case 'not-followed':
      return `bound      ${object.uri}  names more log files than are looked for: verify the recovered objects, and recover again`;
  }
}
