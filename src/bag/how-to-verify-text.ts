import { escapeTerminal } from '../render/escape.ts';
import type { BagFacts, Fact } from './facts.ts';

/** `VERIFY.md`: how a person with a POSIX shell and openssl, and nothing of ours, checks a bag. */
export function howToVerifyText(
  { report, includesLogs, signer, timestamp }: BagFacts,
  facts: readonly Fact[],
): string {
  const regions = [...new Set(report.chains.map(({ region }) => region))];
  const authority = timestamp === undefined ? '' : ' TSA-CA.pem';
  return `# How to check this evidence

This folder is an evidence bag (BagIt 1.0, RFC 8493): the report of an examination of AWS CloudTrail log files, and the
files that it rests on, byte for byte. It can be checked without the program that made it.

${codeBlock(facts)}
\`report.json\` is the authoritative result; everything else here leads to it or explains it. Its signature covers \`data\`,
and neither this text nor the other texts and renderings around it.

## What you need that this folder cannot give you

A bag cannot vouch for itself: whoever can change it can change all of it, this text included. So get from elsewhere

1. \`SIGNER.pem\`: the certificate of whoever signed the report, or of the authority that issued it. Ask the signer, and
   compare the fingerprint above by telephone or on paper.${signer === undefined ? '\n   This report is not signed: it proves no more than that its files belong together.' : ''}
2. \`TSA-CA.pem\`: the root certificate of the timestamp authority.${timestamp === undefined ? ' Not needed: there is no timestamp.' : ''}
3. \`verify.sh\`: the one in the trail-verify package, which is the same in every bag of one version. Or read the one here:
   it is short.
4. CloudTrail's own public keys, if you want to rely on AWS rather than on the signer for them:
${regions.map((region) => `\n       aws cloudtrail list-public-keys --region ${escapeTerminal(region)} --start-time ${report.window.requested.from ?? '2013-11-01'}`).join('')}

   Each key's Value must be that of the same Fingerprint in \`data/keys/list-public-keys.json\`.

## All of it in one command

In this folder:

    sh /path/to/verify.sh SIGNER.pem${authority}

The last line is the conclusion:

| last line begins with | it means | exit code |
|---|---|---|
| \`VALID\` | the bag is as it was signed, and the report found everything as AWS signed it | 0 |
| \`INVALID\` | the bag is as it was signed, and the report found evidence that contradicts AWS's signatures | 1 |
| \`REFUSED\` | the bag is not what a trusted signer signed, or contradicts itself | 1 |
| \`INCONCLUSIVE\` | something is not proven: see the lines with SKIP, and the report | 3 |

## Step by step, by hand

These commands were tried with OpenSSL 3.0. \`-binary\` is needed.

1. **When.** ${timestamp === undefined ? 'There is no timestamp: when the report was signed rests on the word of the signer.' : 'The timestamp is over the signature. The second command shows its time.'}
${
  timestamp === undefined
    ? ''
    : `
       openssl ts -verify -data report.json.p7s -in report.json.p7s.tsr -CAfile TSA-CA.pem
       openssl ts -reply -in report.json.p7s.tsr -text
`
}
2. **Who.** The signature is over the bytes of \`report.json\`. Years later, when the certificate has expired, add
   \`-attime\` and the time of the timestamp in seconds since 1970 to this command and to the one above.

       openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -CAfile SIGNER.pem -partial_chain -out /dev/null

3. **Which files.** The two hashes must be the same; then every file must be as its manifest says, and no file more
   be there.

       sed -n 's/.*"payloadManifestSha256": "\\(.*\\)".*/\\1/p' report.json; openssl dgst -sha256 -r manifest-sha256.txt
       sha256sum -c --quiet manifest-sha256.txt; wc -l < manifest-sha256.txt; find data -type f | wc -l

4. **AWS's signature of each digest file.** CloudTrail signs the end of the digest's time, its place, the SHA-256 of its
   uncompressed content and the signature of the digest before it.

       tab=$(printf '\\t')
       sed 1d data/digests.tsv | while IFS="$tab" read -r file outcome counted proof key end place sha256 previous rest; do
         hash=$(gzip -dc "$file" | openssl dgst -sha256 -r | cut -c1-64)
         printf '%s\\n%b\\n%s\\n%s' "$end" "$place" "$hash" "$previous" |
           openssl dgst -sha256 -verify "data/keys/$key.pem" -signature "$file.sig" | tr '\\n' ' '
         echo "$outcome $file"
       done

   \`Verified OK\` must stand before every digest that the report counts as valid by its own signature (\`proof\`).

5. **Each log file.** ${includesLogs ? 'The SHA-256 of its uncompressed content must be the `hashValue` in the digest that names it (`data/logs.tsv`).' : 'This bag holds no log files. For one from elsewhere, the SHA-256 of its uncompressed content must be the `hashValue` in the digest that names it.'}

       gzip -dc LOG-FILE.json.gz | openssl dgst -sha256 -r
       gzip -dc DIGEST-FILE.json.gz | tr '{' '\\n' | grep -F LOG-FILE.json.gz

## What it does not show

${report.limits.map(({ text }) => `    ${escapeTerminal(text)}`).join('\n')}
`;
}

/** Facts as an indented code block, in which Markdown reads nothing. */
export function codeBlock(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  return facts.map(([label, value]) => `    ${label.padEnd(width)}${value}\n`).join('');
}
