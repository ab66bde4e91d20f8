import type { ControlEvent } from '../../src/findings/control-event.ts';
import type { Finding } from '../../src/findings/finding.ts';
import type { Disagreement, Recovered } from '../../src/render/facts/recovered.ts';
import type { Report } from '../../src/report/report.ts';
import { examinationWith, toolFacts } from './examined-report.ts';
import { sampleChain, sampleFinding, sampleReport } from './sample-reports.ts';

function eventWith(name: string): ControlEvent {
  const actor = { type: name, arn: name, principalId: name, account: name, invokedBy: name };
  const origin = { account: name, region: name, sourceIp: name, userAgent: name, subject: name, error: name };
  const place = { chain: name, log: name, digest: name };
  return { eventId: name, name: 'StopLogging', time: '2026-11-20T14:00:00Z', actor, ...origin, ...place };
}

/** A report in which each of `names` stands wherever a name of somebody else's may: objects, chains, details, target, limits, and the record of the examination. */
export function reportWithNames(names: readonly string[]): Report {
  const chains = names.map((name) => ({ ...sampleChain(), id: name, trail: name }));
  const findings = names.flatMap((name): readonly Finding[] => {
    const about = { chain: name };
    const signed = sampleFinding('LOG_MODIFIED', name);
    return [
      { ...sampleFinding('LOG_MISSING', name), ...about, explanation: [eventWith(name)] },
      { ...signed, ...about, object: { ...signed.object, versionId: name, signedAs: name } },
      { ...sampleFinding('LOG_UNLISTED', name), ...about },
      {
        code: 'DIGEST_UNREADABLE',
        weight: 'unproven',
        object: signed.object,
        ...about,
        accepted: name,
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
    controlEvents: names.map(eventWith),
    acceptances: names.map((name) => ({
      ...{ name, code: 'DIGEST_UNREADABLE', object: name, chain: name, reason: name, acceptedBy: name },
      ...{ expires: '2027-01-31T00:00:00Z', status: 'applied', findings: 1, violations: 0 },
    })),
    limits: names.map((name) => ({ code: 'X', text: name })),
    run: {
      id: all,
      started: '2026-11-21T03:00:00.000Z',
      finished: '2026-11-21T03:01:15.000Z',
      endpoints: names.map((url) => ({ service: 's3', url, source: 'option', aws: false })),
    },
    tool: { name: 'trail-verify', version: all, node: all, ...toolFacts(names) },
    keys: [
      { fingerprint: '28f6b7a2'.repeat(4), region: all, validFrom: null, validTo: null, origin: all },
      {
        ...{ fingerprint: '28f6b7a2'.repeat(4), region: all, validFrom: null, validTo: null },
        ...{ origin: 'ListPublicKeys us-east-1', trusted: false, endpoint: all },
      },
    ],
  });
}

/** What a witness recovered of such a report: an event of each name, of the chain of that name. */
export function recoveredWithNames(names: readonly string[]): Recovered {
  const events = names.map((name) => ({
    ...{ witness: name, account: name, region: name, eventId: name, eventName: name, eventSource: name },
    ...{ time: '2026-11-20T14:00:00Z', actor: name, chains: [name] },
  }));
  return { events, total: events.length, isAnswered: false, disagreement: AGREED };
}

/** Witnesses that agree with the proven log files. */
export const AGREED: Disagreement = { differing: 0, unlogged: 0, leftOut: 0, lacking: 0 };
