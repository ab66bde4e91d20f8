/** `witness/README.md` of a bag: what a corroboration is, what it is worth, and how it is checked by hand. */
import { escapeTerminal } from '../render/escape.ts';
import type { CorroborationDocument } from '../witness/document.ts';
import { listsOf } from '../witness/read.ts';

/** What is said of a corroboration wherever a bag shows one. */
export const WITNESS_WORTH = "AWS's word over TLS, not signed by AWS, and never part of the verdict";

/** The text next to a corroboration in a bag. The same document gives the same text; `sha256` (hex) is that of its bytes. */
export function witnessText(document: CorroborationDocument, sha256: string): string {
  const { report, made, tool, result, witnesses } = document;
  const facts = [
    ['result', result],
    ['witnesses', witnesses.map(({ kind }) => kind).join(', ') || 'none'],
    ['made', `${made} by trail-verify ${escapeTerminal(tool.version)}`],
    ['corroboration.json SHA-256', sha256],
    ['report.json SHA-256', report.sha256],
    ...listsOf(document).map((list) => [`${list.file} SHA-256`, list.sha256] as const),
  ] as const;
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  return `# What a witness said

The report of this bag lacks some time or some files. \`trail-verify corroborate\` asked a second copy of the events about
them. \`corroboration.json\` is its answer. \`recovered.jsonl\` and \`unlogged.jsonl\`, where they are there, are the events that no
proven log file holds.

This is ${WITNESS_WORTH}: who signed
\`corroboration.json\`, if anybody did, says that AWS answered so. It was made after the report, which does not name it.

${facts.map(([label, value]) => `    ${label.padEnd(width)}${value}\n`).join('')}
## By hand

In this folder. The signature, where there is one, covers the bytes of \`corroboration.json\`:

    openssl cms -verify -binary -inform DER -in corroboration.json.p7s -content corroboration.json -CAfile SIGNER.pem -partial_chain -out /dev/null

The first hash must be in \`report\` of \`corroboration.json\`, and the others in \`recovered\` and \`unlogged\`:

    sha256sum ../report.json *.jsonl
    grep -A 2 -E '^  "(report|recovered|unlogged)": ' corroboration.json
`;
}
