import { describe, expect, test } from 'vitest';
import { ocsfLines } from '../../../src/render/formats/ocsf.ts';
import type { Report } from '../../../src/report/report.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { ocsfErrors } from '../../support/ocsf-schema.ts';
import { reportWithNames } from '../../support/report-with-names.ts';
import {
  ALL_CODES,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

const SHA256 = '5a'.repeat(32);
interface OcsfEvent {
  readonly class_uid: number;
  readonly severity: string;
  readonly is_alert?: boolean;
  readonly compliance?: { readonly status: string };
  readonly finding_info: { readonly uid: string; readonly types: readonly string[] };
  readonly resources: readonly { readonly uid: string }[];
  readonly unmapped: { readonly report_sha256: string };
}

function eventsOf(report: Report): readonly OcsfEvent[] {
  return [...ocsfLines(report, SHA256)].map((line) => {
    expect(line).toMatch(/^[ -~]*\n$/);
    const event: unknown = JSON.parse(line);
    expect(ocsfErrors(event)).toEqual([]);
    return event as OcsfEvent;
  });
}

describe('ocsfLines', () => {
  test('one compliance finding for the run, one detection finding for each finding, each naming the report', () => {
    const events = eventsOf(
      sampleReport(
        [sampleChain()],
        ALL_CODES.map((code) => sampleFinding(code)),
      ),
    );
    expect(events.map(({ class_uid }) => class_uid)).toEqual([2003, ...ALL_CODES.map(() => 2004)]);
    expect(events.slice(1).map(({ finding_info }) => finding_info.types[0])).toEqual(ALL_CODES);
    for (const event of events) expect(event.unmapped.report_sha256).toBe(SHA256);
    expect(new Set(events.map(({ finding_info }) => finding_info.uid)).size).toBe(events.length);
  });

  test.each([
    ['Pass', 'Informational', sampleReport()],
    ['Warning', 'Medium', sampleReport([sampleChain()], [sampleFinding('LOG_UNLISTED')])],
    ['Fail', 'Critical', tamperedReport()],
  ])('the verdict as %s, %s', (status, severity, report) => {
    expect(eventsOf(report)[0]).toMatchObject({ severity, compliance: { status } });
  });

  test('only violations are alerts', () => {
    const alerts = eventsOf(tamperedReport()).filter((event) => event.is_alert === true);
    expect(alerts.map(({ finding_info }) => finding_info.types[0])).toEqual([
      'DIGEST_MISSING',
      'LINK_HASH_MISMATCH',
      'LOG_MISSING',
      'LOG_MODIFIED',
    ]);
  });

  test('hostile names stay inside their strings, one event a line', () => {
    const events = eventsOf(reportWithNames(HOSTILE_NAMES));
    expect(events).toHaveLength(1 + 4 * HOSTILE_NAMES.length);
    expect(events[1]?.resources[0]?.uid).toBe(`s3://example-trail-bucket/${HOSTILE_NAMES[0]}`);
  });
});
