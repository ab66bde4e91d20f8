import { isoTime } from '../../base/clock.ts';
import type { Report } from '../../report/report.ts';
import { signerText } from '../facts/report.ts';
import { type Content, element, type Markup } from './markup.ts';
import { commands, section } from './section.ts';

const paragraph = (...text: readonly Content[]): Markup => element('p', {}, text);

/** How a reader who does not trust this page finds out whether report.json is what its signer signed. */
export function signatureSection(report: Report, sha256: string): Markup {
  const { signing, run } = report;
  const who = signerText(signing);
  const hasTime = mayHaveTime(report);
  return section(
    'signature',
    'How to check the signature',
    paragraph(
      `This page proves nothing by itself: anybody could have written it. What counts is report.json beside it${
        signing === null
          ? ', and this one was not signed when it was made.'
          : ` and its detached signature, report.json.p7s${signing === undefined ? ', unless the run was told not to sign' : ''}.`
      } OpenSSL 3 checks both; on macOS take the one of Homebrew (openssl@3).`,
    ),
    paragraph('The report that this page was made from has this SHA-256:'),
    commands('openssl dgst -sha256 -r report.json', sha256),
    signing !== null && [
      who !== undefined && paragraph('The report names as its signer: ', element('strong', {}, who), '.'),
      paragraph(
        'Its signature, against the certificate of the signer or of a certification authority (signer.pem) that you had from somewhere else than from here:',
      ),
      commands(
        'openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -CAfile signer.pem -partial_chain -out /dev/null',
      ),
      paragraph('Whose signature it is, to compare with the signer that the report names:'),
      commands(
        'openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -noverify -signer who.pem -out /dev/null',
        'openssl x509 -in who.pem -noout -subject -fingerprint -sha256',
      ),
      hasTime && [
        paragraph('Its time, where report.json.p7s.tsr is there:'),
        commands('openssl ts -verify -data report.json.p7s -in report.json.p7s.tsr -CAfile tsa-ca.pem'),
        paragraph(
          `Once certificates have expired, add -attime with the seconds of the time stamp to the commands that name signer.pem and tsa-ca.pem. This run ended ${isoTime(Date.parse(run.finished))}; a time stamp must not be older.`,
        ),
      ],
      paragraph('All of that, and whether the report agrees with itself and its inventory, in one line:'),
      commands(`trail-verify report verify report.json ${trustOptions(report)}`),
    ],
    bagCommands(report),
  );
}

/** False for a report whose signature was not to be timestamped. */
function mayHaveTime({ signing }: Report): boolean {
  return signing?.timestampRequested !== false;
}

function trustOptions(report: Report): string {
  return `--trust signer.pem${mayHaveTime(report) ? ' --tsa-ca tsa-ca.pem' : ''}`;
}

/** How to check the evidence that the report rests on. */
function bagCommands(report: Report): Content {
  const { evidence, signing } = report;
  if (evidence === undefined) return undefined;
  return [
    element('h3', {}, 'The evidence bag'),
    paragraph(
      'The report belongs to an evidence bag: the digest files with their signatures, the keys and the inventory, byte for byte. VERIFY.md in it explains every step. Its manifest names each file and must have the SHA-256 that the report names; then each file must be as the manifest says:',
    ),
    commands(
      'openssl dgst -sha256 -r manifest-sha256.txt',
      evidence.payloadManifestSha256,
      'sha256sum -c --quiet manifest-sha256.txt',
    ),
    signing !== null && [
      paragraph(
        "All of it, down to AWS's signature of every digest file: with a shell and OpenSSL alone (take verify.sh from elsewhere, or read it first), or with trail-verify:",
      ),
      commands(
        `sh verify.sh signer.pem${mayHaveTime(report) ? ' tsa-ca.pem' : ''}`,
        `trail-verify evidence verify . ${trustOptions(report)}`,
      ),
    ],
  ];
}
