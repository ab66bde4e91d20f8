/** The evidence bag that a run makes of its output folder, and the archive of it. */
import { createWriteStream } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { BagBuilder } from '../../bag/build.ts';
import { type TarEntry, tarPieces } from '../../bag/tar.ts';
import { signatureFacts } from '../../bag/texts.ts';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import type { TakeExamined } from '../../chain/list-digests.ts';
import { unwritable } from '../../copy/disk-full.ts';
import { sha256 } from '../../crypto/hash.ts';
import type { KeyRing } from '../../crypto/public-key.ts';
import type { Finding } from '../../findings/finding.ts';
import { asciiJson } from '../../render/formats/json.ts';
import type { Report } from '../../report/report.ts';
import { MOST_REPORT_BYTES } from '../../report/report-schema.ts';
import { type BagFolder, bagFolder, UNFINISHED_BAG } from '../../source/bag/index.ts';
import { giveNewName } from '../../source/file-moves.ts';
import { readVerifyScript } from '../../source/given-file.ts';
import { noteUnfinished, withUnfinished } from '../../source/unfinished.ts';
import type { BagSettings } from '../commands/verify-options.ts';

/** The evidence bag that a run makes of its output folder. */
export interface BagOutput {
  /** Keeps the objects that the run reads. */
  readonly add: TakeExamined;
  /** Takes a finding of the run into account. */
  readonly addFinding: (finding: Finding) => void;
  /** Ends the evidence; returns the report with the hash of its manifest. Throws OUTPUT_NOT_USABLE, OUTPUT_NOT_WRITTEN. */
  sealPayload(report: Report, keyRing: KeyRing): Promise<Report>;
  /** Ends the bag, when the report is written and signed; returns lines for people (not escaped). Throws likewise. */
  sealTags(report: Report): Promise<readonly string[]>;
}

const MOST_SIGNATURE_BYTES = 1024 * 1024;

/** Opens a bag in the output folder `root`; `show` is how paths are printed. Throws OUTPUT_NOT_USABLE for an archive that exists. */
export async function openBagOutput(
  { includeLogs, archive }: BagSettings,
  root: string,
  show: (file: string) => string,
): Promise<BagOutput> {
  const archivePath = archive === undefined ? undefined : path.resolve(archive);
  if (archivePath !== undefined) await requireNewArchive(archivePath, path.resolve(show(root)));
  const folder = bagFolder(root, true);
  const builder = new BagBuilder(folder, { includeLogs });
  await folder.write(UNFINISHED_BAG.name, UNFINISHED_BAG.content);
  return {
    add: (object) => builder.add(object),
    addFinding: (finding) => builder.addFinding(finding),
    sealPayload: async (report, keyRing) => {
      const meta: Record<string, string> = {};
      // AWS's description of the trail, and who examined: in the report too, here as files of their own.
      if (report.trail !== undefined) meta['trail.json'] = `${asciiJson(report.trail, 2)}\n`;
      if (report.examiner !== undefined) meta['examiner.json'] = `${asciiJson(report.examiner, 2)}\n`;
      const payloadManifestSha256 = await builder.sealPayload({ report, keys: keyRing.used(), meta });
      return { ...report, evidence: { payloadManifestSha256 } };
    },
    sealTags: async (report) => {
      const bytes = await folder.read('report.json', MOST_REPORT_BYTES);
      if (bytes === undefined)
        throw new TrailVerifyError('OUTPUT_NOT_USABLE', `report.json in ${root} cannot be read again`);
      const signature = await folder.read('report.json.p7s', MOST_SIGNATURE_BYTES);
      const timestamp = await folder.read('report.json.p7s.tsr', MOST_SIGNATURE_BYTES);
      const facts = signatureFacts(bytes, signature, timestamp);
      const script = await readVerifyScript();
      await builder
        .sealTags({ report, reportSha256: sha256(bytes), ...facts, script })
        .catch((error: unknown) => Promise.reject(incomplete(error)));
      await folder.remove([UNFINISHED_BAG.name]);
      const lines = [
        `Evidence bag: ${show(root)}, ${builder.payload.files} files of evidence; see VERIFY.md in it`,
      ];
      if (archivePath === undefined) return lines;
      await writeBagArchive(folder, archivePath, report.run.id);
      noteUnfinished(archivePath, 'file', root);
      return [...lines, `Archive: ${show(archivePath)}`];
    },
  };
}

function incomplete(error: unknown): unknown {
  if (!(error instanceof TrailVerifyError)) return error;
  const { code, message, hint } = error;
  return new TrailVerifyError(code, `the evidence bag is not complete: ${message}`, { hint, cause: error });
}

/** Throws OUTPUT_NOT_USABLE for an archive that exists, has no folder, or would be in the bag itself. */
export async function requireNewArchive(file: string, root: string): Promise<void> {
  const refuse = (why: string): TrailVerifyError =>
    new TrailVerifyError('OUTPUT_NOT_USABLE', `archive ${file} ${why}`, {
      hint: 'give the name of a new file outside the output folder with --archive',
    });
  if (file.startsWith(root + path.sep)) throw refuse('would be in the bag itself');
  // A link that leads nowhere takes the name as well.
  if ((await lstat(file).catch(() => undefined)) !== undefined) throw refuse('exists already');
  if ((await stat(path.dirname(file)).catch(() => undefined))?.isDirectory() !== true)
    throw refuse('would be in a folder that is not there');
}

/** Where a gzip header names the operating system, and the value for "unknown" (RFC 1952). */
const GZIP_SYSTEM_AT = 9;
const GZIP_SYSTEM_UNKNOWN = 255;

/**
 * Writes a bag as one `.tar.gz`, which must not exist yet: the same bag gives the same bytes. Its folder in the archive is
 * `trail-verify-<run id>`. Throws OUTPUT_NOT_USABLE, or
 * OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function writeBagArchive(folder: BagFolder, file: string, runId: string): Promise<void> {
  const name = `trail-verify-${runId.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 64)}`;
  try {
    const entries: TarEntry[] = [];
    for (const { path } of await folder.list()) {
      const size = (await folder.hash(path))?.size ?? 0;
      entries.push({ path: `${name}/${path}`, size, content: () => folder.pieces(path) });
    }
    await withUnfinished(file, async (partial) => {
      await pipeline(
        Readable.from(tarPieces(entries)),
        createGzip({ level: 9 }),
        anonymousSystem(),
        createWriteStream(partial, { flags: 'wx' }),
      );
      await giveNewName(partial, file);
    });
  } catch (cause) {
    const why = messageOf(cause);
    const hint = 'free some space or give another name with --archive; the bag itself is complete';
    throw unwritable(`archive ${file} cannot be written: ${why}`, cause, { full: hint, else: hint });
  }
}

/** Takes the operating system out of a gzip header, which zlib writes otherwise on each. */
function anonymousSystem(): Transform {
  let at = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      if (at <= GZIP_SYSTEM_AT && at + chunk.length > GZIP_SYSTEM_AT)
        chunk[GZIP_SYSTEM_AT - at] = GZIP_SYSTEM_UNKNOWN;
      at += chunk.length;
      done(null, chunk);
    },
  });
}
