import { refOf } from '../report/scan-inventory.ts';
import { objectUri } from '../source/source.ts';
import type { ProofCheck } from './check.ts';

/** What a check of a proof came to, in one line without its end; not escaped. */
export function renderProofCheck({
  verdict,
  problems,
  object,
  proof,
  keysGiven,
  keyEndpoint,
  keyOrigins,
}: ProofCheck): string {
  const uri = object === undefined ? 'the object' : objectUri(refOf(object));
  const what = proof?.event === undefined ? uri : `event ${proof.event.id} in ${uri}`;
  if (verdict === 'VALID') {
    const { size = 0, root = '' } = proof?.tree ?? {};
    const from = keyEndpoint === undefined ? '' : `, from ${keyEndpoint}, which is not AWS's`;
    const whose = keysGiven
      ? `is one of those given with --keys (${keyOrigins.join(', ')}: it counts if that did not come with the proof)`
      : `is the report's own${from}, not checked against another source (give --keys)`;
    const key = `key ${proof?.signature?.key.fingerprint ?? ''} ${whose}`;
    return `VALID: ${what} is as AWS signed it, and one of the ${size} objects that the report binds (Merkle root ${root}); ${key}`;
  }
  const heaviest = verdict === 'INVALID' ? 'violation' : 'unproven';
  const texts = problems.filter(({ weight }) => weight === heaviest).map(({ text }) => text);
  return `${verdict}: ${what}: ${texts.join('; ')}`;
}
