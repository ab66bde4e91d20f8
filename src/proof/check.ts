/**
 * Checks a proof against its report alone: that the report counted the object and with which outcome, that AWS signed the
 * digest that names it with that very content, and that the event stands where the proof says. Whether the report is
 * genuine is another question (`checkReport`).
 */

import { TrailVerifyError } from '../base/errors.ts';
import type { PublicKey } from '../crypto/key-ring.ts';
import { sha256 } from '../crypto/sha256.ts';
import { type Verdict, verdictOf } from '../findings/verdict.ts';
import type { InventoryLine } from '../report/inventory-line.ts';
import { readReport } from '../report/read-report.ts';
import type { FindingCount, Report } from '../report/report.ts';
import { checkProofDigests } from './check-digests.ts';
import { checkProofEvent } from './check-event.ts';
import { includedLine, type NoteProblem, type ProofProblem } from './problem.ts';
import { type Proof, readProof } from './proof.ts';

/** What is checked. All bytes are those of the files. */
export interface ProofCheckOptions {
  readonly proof: Uint8Array;
  readonly report: Uint8Array;
  /** The log file as stored, for a proof of an event that does not hold it. */
  readonly log?: Uint8Array | undefined;
  /** CloudTrail's public keys from elsewhere: the one that signed must be among them. Without any, nothing is proven. */
  readonly keys?: readonly PublicKey[] | undefined;
  /** True where the report is known to be genuine, so that its own keys count: for whoever just made the proof of it. */
  readonly reportIsOwn?: boolean | undefined;
}

/** What a check came to: VALID where the proof holds and the object is what AWS signed by a key that is known from elsewhere. */
export interface ProofCheck {
  readonly verdict: Verdict;
  readonly problems: readonly ProofProblem[];
  /** The object that it is about, and the proof itself, as far as they can be read. */
  readonly object: InventoryLine | undefined;
  readonly proof: Proof | undefined;
  /** Whether AWS's key was held against keys from elsewhere; else it is the report's word that it is AWS's. */
  readonly keysGiven: boolean;
  /** Where the keys from elsewhere came from that are the one of the proof. */
  readonly keyOrigins: readonly string[];
  /** The endpoint, not AWS's, from which the report had that key. */
  readonly keyEndpoint: string | undefined;
}

/** Checks a proof; whatever is wrong with it is a problem, never an error. */
export function checkProof(options: ProofCheckOptions): ProofCheck {
  const problems: ProofProblem[] = [];
  const note = (weight: ProofProblem['weight'], text: string): void => {
    problems.push({ weight, text });
  };
  const proof = attempt(() => readProof(options.proof, 'the proof'), note);
  const report = attempt(() => readReport(options.report, 'the report').report, note);
  let object: InventoryLine | undefined;
  if (proof !== undefined && report !== undefined) {
    bindToReport(proof, options.report, report, note);
    object = includedLine(proof, proof.object, 'the object', note);
    if (object !== undefined) {
      checkProofDigests(proof, { object, report, keys: options.keys, note });
      if (options.keys === undefined && options.reportIsOwn !== true)
        note(
          'unproven',
          "the key is the report's own word: give CloudTrail's public keys from another source with --keys",
        );
      checkProofEvent(proof, { object, log: options.log, note });
      judgeStatus(object, report, note);
    }
  }
  return {
    verdict: verdictOf(problems.map(({ weight }) => weight)),
    problems,
    object,
    proof,
    keysGiven: options.keys !== undefined,
    keyOrigins: originsOf(options.keys ?? [], proof?.signature?.key.fingerprint),
    keyEndpoint: report?.keys.find(({ fingerprint }) => fingerprint === proof?.signature?.key.fingerprint)
      ?.endpoint,
  };
}

function originsOf(keys: readonly PublicKey[], fingerprint: string | undefined): readonly string[] {
  const same = keys.filter((key) => key.fingerprint === fingerprint && key.distrust === undefined);
  return [...new Set(same.map(({ origin }) => origin))];
}

function attempt<Value>(read: () => Value, note: NoteProblem): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TrailVerifyError)) throw error;
    note('violation', error.message);
    return undefined;
  }
}

function bindToReport(proof: Proof, bytes: Uint8Array, report: Report, note: NoteProblem): void {
  if (sha256(bytes) !== proof.report.sha256) note('violation', 'the proof is of another report');
  else if (proof.report.id !== (report.reportId ?? report.run.id))
    note('violation', 'the proof names its report by another id');
  const tree = report.objects?.merkle;
  if (tree?.root !== proof.tree.root || tree.size !== proof.tree.size)
    note('violation', 'the proof leads to another Merkle root than the one that the report binds');
}

function judgeStatus(
  { status, kind, bucket, key }: InventoryLine,
  { findings, furtherFindings }: Report,
  note: NoteProblem,
): void {
  if (status === 'valid') {
    // Two digests may name one log file, and one of its two lines says what the other does not.
    const contrary = findings.find(
      ({ code, weight, object }) =>
        kind === 'log' &&
        weight === 'violation' &&
        code.startsWith('LOG_') &&
        object?.bucket === bucket &&
        object.key === key,
    );
    if (contrary !== undefined)
      note('violation', `the report has the finding ${contrary.code} of the object as well`);
    else if (kind === 'log' && furtherFindings?.counts.some(isOfLogs) === true)
      note(
        'unproven',
        `a finding in ${furtherFindings.path}, which is not read here, may be of the object as well`,
      );
    return;
  }
  if (status === 'unproven') note('unproven', 'the report could not prove the object');
  else note('violation', `the report found the object ${status}`);
}

function isOfLogs({ code, weight }: FindingCount): boolean {
  return weight === 'violation' && code.startsWith('LOG_');
}
