import { checkProof, renderProofCheck } from '../../proof/check.ts';
import { MOST_PROOF_BYTES } from '../../proof/proof.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { MOST_REPORT_BYTES } from '../../report/report-schema.ts';
import { exitCodeOf } from '../io/exit-code.ts';
import { readWholeFile } from '../io/files.ts';
import { liesInCopyOf } from '../io/inside-folder.ts';
import type { Terminal } from '../io/terminal.ts';
import { readTrustedKeys } from '../io/trusted-keys.ts';
import type { ProofVerifySettings } from './proof-verify-options.ts';

/**
 * Checks a proof against its report, prints one line, and returns the exit code. Throws TARGET_NOT_FOUND where a file cannot
 * be read, KEY_FILE_INVALID for keys that cannot.
 */
export async function proofVerifyCommand(settings: ProofVerifySettings, terminal: Terminal): Promise<number> {
  const { file, reportFile, logFile, keyFiles } = settings;
  const keys = await readTrustedKeys(keyFiles, (key) => liesInCopyOf(key, reportFile));
  const check = checkProof({
    proof: await readWholeFile(file, MOST_PROOF_BYTES, 'proof'),
    report: await readWholeFile(reportFile, MOST_REPORT_BYTES, 'report'),
    log: logFile === undefined ? undefined : await readWholeFile(logFile, MOST_PROOF_BYTES, 'log file'),
    keys: keyFiles.length === 0 ? undefined : keys,
  });
  terminal.out.write(`${escapeTerminal(renderProofCheck(check))}\n`);
  return exitCodeOf(check.verdict, 'inconclusive');
}
