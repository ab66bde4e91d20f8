import { checkBag, renderBagCheck } from '../../bag/check.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { bagFolder } from '../../source/bag/index.ts';
import { readVerifyScript } from '../../source/given-file.ts';
import { EXIT } from '../io/exit.ts';
import { liesInside, readTrustedKeys } from '../io/files.ts';
import { readAllCertificates } from '../io/signing/signer.ts';
import type { Terminal } from '../io/terminal.ts';
import type { EvidenceVerifySettings } from './evidence-options.ts';

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
