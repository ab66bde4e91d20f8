import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { renderJunit } from '../../../src/render/formats/junit.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { reportWithNames } from '../../support/report-with-names.ts';
import {
  ALL_CODES,
  logKey,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

const SHA256 = '5a'.repeat(32);
const XSD = fileURLToPath(new URL('../../schemas/junit.xsd', import.meta.url));

const { error: absence } = spawnSync('xmllint', ['--version']);
if (absence !== undefined) {
  console.log(
    `the JUnit schema test is skipped, for xmllint (libxml2-utils) cannot be started: ${absence.message}`,
  );
}

/** `outcome: suite / case (type)` of every case that did not pass, and the totals. */
function outline(xml: string): readonly string[] {
  const cases = xml.matchAll(
    /<testcase classname="([^"]*)" name="([^"]*)" time="0">(?:<(failure|error|skipped) (?:type="(\w+)" )?message="([^"]*)")?/g,
  );
  return [...cases].flatMap(([, suite = '', name = '', outcome, type, message]) =>
    outcome === undefined ? [] : [`${outcome}: ${suite} / ${name} (${type ?? message})`],
  );
}

describe('renderJunit', () => {
  test('an intact trail passes; a tampered one fails where evidence speaks against it', () => {
    expect(outline(renderJunit(sampleReport(), SHA256))).toEqual([]);
    const xml = renderJunit(tamperedReport(), SHA256);
    expect(xml).toMatch(/<testsuites name="trail-verify" tests="13" failures="3" errors="0" skipped="1"/);
    const chain = '111122223333/us-east-1/management@us-east-1';
    expect(outline(xml)).toEqual([
      `failure: ${chain} / digest files are what AWS signed (DIGEST_MISSING)`,
      `failure: ${chain} / digests are linked (LINK_HASH_MISMATCH)`,
      `failure: ${chain} / log files are what the digests recorded (LOG_MISSING)`,
      `skipped: ${chain}/backfill / time is covered (backfill digests cover no time of their own)`,
    ]);
  });

  test('what is unproven is an error; what was not read is skipped; a note passes with output', () => {
    const unread = { ...sampleChain(), logs: { listed: 240, valid: 0, invalid: 0, missing: 0, unproven: 0 } };
    const findings = [sampleFinding('CHAIN_RESTARTED'), sampleFinding('OBJECT_UNRECOGNIZED')];
    const xml = renderJunit(sampleReport([unread], findings), SHA256);
    expect(outline(xml)).toEqual([
      `error: ${unread.id} / time is covered (CHAIN_RESTARTED)`,
      `skipped: ${unread.id} / log files are what the digests recorded (log files were not read)`,
    ]);
    expect(xml).toContain('<system-out>\nOBJECT_UNRECOGNIZED');
  });

  test('findings of no chain and of the run have their own suite', () => {
    const { chain: _, ...unlisted } = sampleFinding('LOG_UNLISTED');
    const { chain: __, ...interrupted } = sampleFinding('RUN_INTERRUPTED');
    const findings = [unlisted, interrupted] as Parameters<typeof sampleReport>[1];
    expect(outline(renderJunit(sampleReport([], findings), SHA256))).toEqual([
      'error: run / the run was complete (RUN_INTERRUPTED)',
      'error: run / log files are what the digests recorded (LOG_UNLISTED)',
    ]);
    expect(outline(renderJunit(sampleReport([]), SHA256))).toEqual([
      'skipped: run / the run was complete (no chain was found)',
    ]);
  });

  test('every suite names the authoritative report; a case lists fifty findings and counts the rest', () => {
    const findings = Array.from({ length: 1000 }, (_, index) =>
      sampleFinding('LOG_MISSING', logKey(`${index}`)),
    );
    const xml = renderJunit(sampleReport([sampleChain()], findings), SHA256);
    expect(xml.split(`SHA-256 ${SHA256}`)).toHaveLength(3);
    expect(xml.match(/^LOG_MISSING /gm)).toHaveLength(50);
    expect(xml).toContain('and 950 more in report.json');
  });

  test.skipIf(absence !== undefined).each([
    ['intact', sampleReport()],
    ['tampered', tamperedReport()],
    ['empty', sampleReport([], [])],
    [
      'every finding',
      sampleReport(
        [sampleChain()],
        ALL_CODES.map((code) => sampleFinding(code)),
      ),
    ],
    ['hostile names', reportWithNames(HOSTILE_NAMES)],
  ])('xmllint finds it well-formed and valid: %s', (_name, report) => {
    const input = renderJunit(report, SHA256);
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', XSD, '-'], { input });
    expect(stderr.toString()).toBe('- validates\n');
    expect(status).toBe(0);
  });

  test.skipIf(absence !== undefined)('and no document that is not', () => {
    const input = renderJunit(sampleReport(), SHA256).replace('tests="5"', 'tests="many"');
    expect(spawnSync('xmllint', ['--noout', '--schema', XSD, '-'], { input }).status).not.toBe(0);
  });
});
