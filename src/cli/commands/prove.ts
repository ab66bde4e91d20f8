import { TrailVerifyError } from '../../base/errors.ts';
import { sha256 } from '../../crypto/hash.ts';
import { checkProof, type ProofCheck, proofConclusion, renderProofCheck } from '../../proof/check.ts';
import { makeProof, type ProofSubject } from '../../proof/make.ts';
import { formatProof, MOST_PROOF_BYTES, type Proof } from '../../proof/proof.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { MOST_REPORT_BYTES, readReport } from '../../report/report-schema.ts';
import { EXIT, showFailure } from '../io/exit.ts';
import { isOfItsWriter, liesInCopyOf, readTrustedKeys, readWholeFile } from '../io/files.ts';
import { writeNewFile } from '../io/output.ts';
import { openInventoryOf, openSourceOf } from '../io/report-objects.ts';
import type { Terminal } from '../io/terminal.ts';
import type { ProofVerifySettings, ProveSettings } from './prove-options.ts';

/**
 * Writes the proof of one object or event, says of it what `proof verify` would say, and returns that exit code. An inventory or object that
 * is no longer the report's is exit code 1. Throws TrailVerifyError where the proof cannot be made.
 */
export async function proveCommand(settings: ProveSettings, terminal: Terminal): Promise<number> {
  const { reportFile, subject, eventId, keyFiles, source } = settings;
  // A maker of proofs knows no more of the key than their readers: the report of another run says where it came from.
  const keys = await readTrustedKeys(
    keyFiles,
    async (key) =>
      (await liesInCopyOf(key, reportFile)) || (source !== undefined && (await isOfItsWriter(key, source))),
  );
  const bytes = await readWholeFile(reportFile, MOST_REPORT_BYTES, 'report');
  const report = readReport(bytes, reportFile);
  const logFile =
    'file' in subject ? await readWholeFile(subject.file, MOST_PROOF_BYTES, 'log file') : undefined;
  let proof: Proof;
  try {
    proof = await makeProof({
      report,
      openInventory: () => openInventoryOf(settings, report.report),
      source: await openSourceOf(settings, report.report, terminal),
      subject: proofSubject(subject, logFile),
      eventId,
      logFile,
    });
  } catch (error) {
    const isContradiction = error instanceof TrailVerifyError && error.code === 'EVIDENCE_INVALID';
    if (!isContradiction) throw error;
    await showFailure(error, terminal, settings.verbose);
    return EXIT.refused;
  }
  const check = checkProof({
    proof: Buffer.from(formatProof(proof), 'latin1'),
    report: bytes,
    keys: settings.keyFiles.length === 0 ? undefined : keys,
  });
  const { log: _log, ...withoutLog } = proof;
  const text = formatProof(settings.withLog ? proof : withoutLog);
  const line = `${escapeTerminal(renderProofCheck(check))}\n`;
  if (settings.output === undefined) {
    terminal.out.write(text);
    terminal.error.write(line);
  } else {
    await writeNewFile(settings.output, [text]);
    terminal.out.write(line);
  }
  return exitCodeOfProof(check);
}

/** A genuine proof that the object is not intact says what an INVALID report says. */
function exitCodeOfProof(check: ProofCheck): number {
  const { word, isIntact } = proofConclusion(check);
  if (word === 'REFUSED') return EXIT.refused;
  if (word === 'UNPROVEN') return EXIT.inconclusive;
  return isIntact ? EXIT.valid : EXIT.invalid;
}

function proofSubject(subject: ProveSettings['subject'], logFile: Uint8Array | undefined): ProofSubject {
  if ('file' in subject) return { stored: sha256(logFile ?? new Uint8Array()), name: subject.file };
  return { ref: subject };
}

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
  return exitCodeOfProof(check);
}
