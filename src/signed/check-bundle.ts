import { asciiJson } from '../base/json.ts';
import { schemeOf, verifyScheme } from '../pki/algorithms.ts';
import type { Certificate } from '../pki/certificate.ts';
import { verifyTimestamp } from '../pki/timestamp.ts';
import type { ReadReport } from '../report/read-report.ts';
import { type Bundle, keyHint, preAuthenticationEncoding, readBundle, statementOf } from './bundle.ts';
import {
  attempt,
  type NoteProblem,
  type TimestampTrust,
  trustedTimestamp,
  unproven,
  violation,
} from './problems.ts';

/** What a bundle is checked against. */
export interface BundleCheckOptions extends TimestampTrust {
  readonly report: ReadReport;
  /** Who signed the report itself, and so must have signed the bundle; undefined where that is not known. */
  readonly signer: Certificate | undefined;
}

const WHAT = 'the Sigstore bundle';

/**
 * Whether a Sigstore bundle says the very same as the report and is of the same signer: notes what is not so. Trust in the
 * signer of the report is judged elsewhere.
 */
export function checkBundle(bytes: Uint8Array, options: BundleCheckOptions, note: NoteProblem): boolean {
  let isGood = true;
  const tell: NoteProblem = (found) => {
    isGood = false;
    note(found);
  };
  const bundle = attempt(
    () => readBundle(bytes, WHAT),
    ({ message }) => tell(violation('BUNDLE_INVALID', message)),
  );
  if (bundle === undefined) return false;
  checkSigner(bundle, options, tell);
  checkStatement(bundle, options.report, tell);
  const { timestamp, signature } = bundle;
  if (timestamp !== undefined) {
    const what = `the timestamp in ${WHAT}`;
    trustedTimestamp(() => verifyTimestamp(timestamp, signature, what), options, tell);
  }
  return isGood;
}

function checkSigner(bundle: Bundle, { signer, trust }: BundleCheckOptions, tell: NoteProblem): void {
  const { payload, signature, hint } = bundle;
  const candidates = signer === undefined ? trust : [signer];
  const found = candidates.find(({ key }) => keyHint(key) === hint);
  if (found === undefined) {
    tell(
      signer === undefined
        ? unproven(
            'BUNDLE_SIGNER_UNKNOWN',
            `${WHAT} names its key by a hash, and no certificate is of that key`,
          )
        : violation('BUNDLE_INVALID', `${WHAT} is of another key than the signature of ${signer.name}`),
    );
    return;
  }
  const signed = preAuthenticationEncoding(payload);
  // DSSE does not name the algorithm: for Sigstore's tools the kind of the key decides.
  const algorithms = ['rsa-pkcs1-sha256', 'ecdsa-sha256'] as const;
  if (!algorithms.some((one) => verifyScheme(schemeOf(one), found.key, signed, signature)))
    tell(violation('BUNDLE_INVALID', `${WHAT} holds a signature that is not that of ${found.name}`));
}

/** One report, one statement, one text of it. */
function checkStatement({ payload }: Bundle, report: ReadReport, tell: NoteProblem): void {
  const said = Buffer.from(payload).toString('latin1');
  if (said === asciiJson(statementOf(report))) return;
  tell(
    said.includes(report.sha256)
      ? violation('BUNDLE_INCONSISTENT', `${WHAT} says something else than the report`)
      : violation('BUNDLE_CHANGED', `${WHAT} is not about this report`),
  );
}
