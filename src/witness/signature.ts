/** The signature of a corroboration: it need not have one, and one that it has must be right. */
import { checkSignature, type SignedBy, type SignedContent } from '../signed/check-signature.ts';
import type { NoteReportProblem } from '../signed/problems.ts';

/** The files of the signature of a corroboration, next to it. */
export const CORROBORATION_SIGNATURE = 'corroboration.json.p7s';
export const CORROBORATION_TIMESTAMP = 'corroboration.json.p7s.tsr';

/** Who signed a corroboration, by the rules for a report; undefined where nobody did. Whatever is wrong is noted. */
export function checkCorroborationSignature(
  options: Omit<SignedContent, 'what'>,
  note: NoteReportProblem,
): SignedBy | undefined {
  // A timestamp without the signature that it covers shows that one was taken away.
  if (options.signature === undefined && options.timestamp === undefined) return undefined;
  return checkSignature({ ...options, what: 'the corroboration' }, note);
}
