import path from 'node:path';
import { checkBag, renderBagCheck } from '../../bag/check.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { BAG_WITNESS, bagFolder } from '../../source/bag/index.ts';
import { readVerifyScript } from '../../source/given-file.ts';
import { requireNewArchive, writeBagArchive } from '../io/bag.ts';
import { EXIT } from '../io/exit.ts';
import { liesInside, readTrustedKeys } from '../io/files.ts';
import { readAllCertificates } from '../io/signing/signer.ts';
import type { Terminal } from '../io/terminal.ts';
import { orRefused } from '../io/witness/corroboration-folder.ts';
import { addWitnessToBag } from '../io/witness/into-bag.ts';
import type { EvidenceAddSettings, EvidenceVerifySettings } from './evidence-options.ts';

/** Exit codes by conclusion; those of `verify.sh`. */
const EXIT_CODES = {
  VALID: EXIT.valid,
  INVALID: EXIT.invalid,
  REFUSED: EXIT.refused,
  INCONCLUSIVE: EXIT.inconclusive,
} as const;

/**
 * Checks an evidence bag, prints the result with the conclusion last, and returns its exit code. Throws TARGET_NOT_FOUND where
 * there is no bag, KEY_FILE_INVALID for certificates or keys that cannot be read.
 */
export async function evidenceVerifyCommand(
  settings: EvidenceVerifySettings,
  terminal: Terminal,
): Promise<number> {
  const { trustFiles, authorityFiles, keyFiles, now } = settings;
  const trust = await readAllCertificates(trustFiles);
  const authorities = await readAllCertificates(authorityFiles);
  const keys = await readTrustedKeys(keyFiles, (file) => liesInside(file, settings.folder));
  const folder = bagFolder(settings.folder);
  const names = new Set((await folder.list()).map(({ path }) => path));
  if (!names.has('report.json') && !names.has('manifest-sha256.txt')) {
    throw new TrailVerifyError('TARGET_NOT_FOUND', `folder ${settings.folder} is no evidence bag`, {
      hint: 'give the folder that trail-verify verify --bag wrote, unpacked',
    });
  }
  const check = await checkBag({
    folder,
    trust,
    timestampTrust: authorityFiles.length === 0 ? undefined : authorities,
    keys: keyFiles.length === 0 ? undefined : keys,
    script: await readVerifyScript(),
    now,
  });
  terminal.out.write(renderBagCheck(check));
  return EXIT_CODES[check.conclusion];
}

/**
 * Puts a corroboration into the bag of its report, and returns the exit code: 5 for one that is not as it was written or signed. Throws
 * TARGET_NOT_FOUND, OUTPUT_NOT_USABLE, OUTPUT_NOT_WRITTEN, and CONFIGURATION for one of another report or a bag that holds another.
 */
export function evidenceAddCommand(settings: EvidenceAddSettings, terminal: Terminal): Promise<number> {
  return orRefused(() => evidenceAdd(settings, terminal), terminal, settings.verbose);
}

async function evidenceAdd(
  { folder: root, corroboration, archive }: EvidenceAddSettings,
  terminal: Terminal,
): Promise<number> {
  const archivePath = archive === undefined ? undefined : path.resolve(archive);
  if (archivePath !== undefined) await requireNewArchive(archivePath, path.resolve(root));
  const folder = bagFolder(root);
  const { document, signer } = await addWitnessToBag(folder, root, corroboration);
  const lines = [
    `Corroboration: ${path.join(root, BAG_WITNESS)}${signer === undefined ? ', which nobody signed' : ''}; see README.md in it`,
  ];
  if (archivePath !== undefined) {
    await writeBagArchive(folder, archivePath, document.report.run);
    lines.push(`Archive: ${archive}`);
  }
  for (const line of lines) terminal.out.write(`${escapeTerminal(line)}\n`);
  return EXIT.valid;
}
