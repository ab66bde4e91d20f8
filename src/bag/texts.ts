import { sha256 } from '../crypto/sha256.ts';
import { escapeTerminal } from '../render/escape.ts';
import { verdictSentence, verifiedThroughSentence } from '../render/facts/report.ts';
import { certificationText } from './certification-text.ts';
import type { BagFacts, Fact } from './facts.ts';
import { howToVerifyText } from './how-to-verify-text.ts';

/** The texts of a bag by name: BagIt's own, and those for people. The same facts give the same texts. */
export function bagTexts(facts: BagFacts): ReadonlyMap<string, string> {
  const lines = factsOf(facts);
  return new Map([
    ['bagit.txt', 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'],
    ['bag-info.txt', bagInfo(facts)],
    ['VERIFY.md', howToVerifyText(facts, lines)],
    ['CERTIFICATION.md', certificationText(facts, lines)],
  ]);
}

function factsOf({ report, reportSha256, signer, timestamp, payload, script }: BagFacts): readonly Fact[] {
  const { source, window, run, tool, evidence } = report;
  const from = window.requested.from ?? 'everything found';
  return [
    ['result', escapeTerminal(verdictSentence(report))],
    ['coverage', verifiedThroughSentence(report)],
    ['examined', escapeTerminal(source.target)],
    ['window', `${from} to ${window.requested.to}`],
    ['run', `${escapeTerminal(run.id)}, ${run.started} to ${run.finished}`],
    ['program', `trail-verify ${tool.version} on Node ${tool.node}`],
    ['signed by', signer === undefined ? 'nobody' : escapeTerminal(signer.name)],
    ...(signer === undefined ? [] : [['  certificate SHA-256', signer.fingerprint] as const]),
    [
      'timestamp',
      timestamp === undefined ? 'none' : `${timestamp.time} by ${escapeTerminal(timestamp.authority)}`,
    ],
    ['report.json SHA-256', reportSha256],
    ['manifest-sha256.txt SHA-256', evidence?.payloadManifestSha256 ?? ''],
    ['verify.sh SHA-256', sha256(script)],
    ['evidence', `${payload.files} files, ${payload.bytes} bytes`],
  ];
}

/** RFC 8493, 2.2.2. */
function bagInfo({ report, payload }: BagFacts): string {
  const lines = [
    `Bag-Software-Agent: trail-verify ${report.tool.version}`,
    `Bagging-Date: ${report.run.finished.slice(0, 10)}`,
    `External-Identifier: ${escapeTerminal(report.run.id)}`,
    `External-Description: Verification of AWS CloudTrail log files in ${escapeTerminal(report.source.target)}`,
    `Payload-Oxum: ${payload.bytes}.${payload.files}`,
  ];
  return `${lines.join('\n')}\n`;
}
