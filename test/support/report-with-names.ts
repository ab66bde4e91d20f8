import type { Finding } from '../../src/findings/finding.ts';
import type { Report } from '../../src/report/report.ts';
import { examinationWith, toolFacts } from './examined-report.ts';
import { sampleChain, sampleFinding, sampleReport } from './sample-reports.ts';

/** A report in which each of `names` stands wherever a name of somebody else's may: objects, chains, details, target, limits, and the record of the examination. */
export function reportWithNames(names: readonly string[]): Report {
  const chains = names.map((name) => ({ ...sampleChain(), id: name, trail: name }));
  const findings = names.flatMap((name): readonly Finding[] => {
    const about = { chain: name };
    const signed = sampleFinding('LOG_MODIFIED', name);
    return [
      { ...sampleFinding('LOG_MISSING', name), ...about },
      { ...signed, ...about, object: { ...signed.object, versionId: name, signedAs: name } },
      { ...sampleFinding('LOG_UNLISTED', name), ...about },
      {
        code: 'DIGEST_UNREADABLE',
        weight: 'unproven',
        object: signed.object,
        ...about,
        evidence: { reason: 'denied', detail: name },
      },
    ];
  });
  const all = names.join('');
  const examination = examinationWith([all]);
  return sampleReport(chains, findings, {
    ...examination,
    inputs: { arguments: names, files: examination.inputs?.files ?? [] },
    source: { target: all, kind: 's3', relocated: names.map((name) => ({ from: name, to: name })) },
    limits: names.map((name) => ({ code: 'X', text: name })),
    run: { id: all, started: '2026-11-21T03:00:00.000Z', finished: '2026-11-21T03:01:15.000Z' },
    tool: { name: 'trail-verify', version: all, node: all, ...toolFacts(names) },
    keys: [{ fingerprint: '28f6b7a2'.repeat(4), region: all, validFrom: null, validTo: null, origin: all }],
  });
}
