import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isoTime } from '../../../src/base/clock.ts';
import { renderHtml } from '../../../src/render/html/page.ts';
import type { ChainReport } from '../../../src/report/report.ts';
import { examinedReport } from '../../support/examined-report.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { organizationReport } from '../../support/organization-report.ts';
import { reportWithNames } from '../../support/report-with-names.ts';
import {
  logKey,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

const SHA256 = '5a'.repeat(32);
const DAY = 86_400_000;

function hashOf(page: string, tag: 'style' | 'script'): string {
  const [, content = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

/** A page's tags, without what stands in them. */
function tagsOf(page: string): readonly string[] {
  return page.match(/<\/?[a-z][^>]*>/gi) ?? [];
}

describe('renderHtml', () => {
  test('allows its own style and script by their hashes, and nothing else', () => {
    const page = renderHtml(tamperedReport(), SHA256);
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    const directives = policy.replaceAll('&#39;', "'").replaceAll('&#61;', '=').split('; ');
    expect(directives).toEqual([
      "default-src 'none'",
      `style-src ${hashOf(page, 'style')}`,
      `script-src ${hashOf(page, 'script')}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
    expect(page).not.toMatch(
      / style=| on[a-z]+=|<(?:link|img|iframe|object|embed|form)\b|(?:src|href)="(?!#)/i,
    );
  });

  test('names the authoritative report, the verdict in words, and how to check the signature', () => {
    const page = renderHtml(tamperedReport(), SHA256);
    expect(page.split(`report.json with SHA-256 ${SHA256}`)).toHaveLength(3);
    expect(page).toContain('INVALID: 1 digest file altered, 1 missing');
    expect(page).toContain(
      'openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json',
    );
    expect(page).toContain('What the events in the log files say was not judged.');
  });

  test('tells who examined, when and how, what binds the objects, and who signs', () => {
    const page = renderHtml(examinedReport(), SHA256);
    for (const text of [
      '<dt>Examiner</dt><dd>Examiner of Example, Example Forensics</dd>',
      'It was 1,840 ms ahead of that of S3, give or take 512 ms.',
      'Log folders were not searched for files that no digest lists.',
      '<th scope="row"><code>28f6b7a228f6b7a228f6b7a228f6b7a2</code></th><td>RSA, 2048 bits, e 65537',
      `<dt>Merkle root</dt><dd><code>${'5d'.repeat(32)}</code></dd>`,
      'gzip -dc inventory.jsonl.gz | openssl dgst -sha256 -r',
      `certificate SHA-256 ${'c4'.repeat(32)} (rsa-pkcs1-sha256), with a timestamp</strong>`,
      `manifest-sha256.txt\n${'9c'.repeat(32)}\nsha256sum -c --quiet manifest-sha256.txt`,
    ])
      expect(page).toContain(text);
  });

  test('names with each group of findings the controls that they support', () => {
    const page = renderHtml(tamperedReport(), SHA256);
    expect(page).toContain(
      'Supports CIS AWS Foundations v5.0.0 3.2; PCI DSS v4 10.3.2, 10.3.4; NIST 800-53 AU-9, AU-9(3), AU-10, SI-7; ISO 27001:2022 A.8.15; SOC 2 CC7.2, CC7.3',
    );
  });

  test('has a section and a link only for what the report tells', () => {
    const links = (page: string) => page.match(/<li><a href="#[a-z]+"/g)?.map((tag) => tag.slice(14, -1));
    const short = ['summary', 'findings', 'places', 'coverage', 'limits', 'keys', 'signature'];
    expect(links(renderHtml(tamperedReport(), SHA256))).toEqual(short);
    const long = [
      'summary',
      'findings',
      'places',
      'coverage',
      'limits',
      'examination',
      'keys',
      'inventory',
      'signature',
    ];
    expect(links(renderHtml(examinedReport(), SHA256))).toEqual(long);
  });

  test('tells no one to check the signature of a report that has none', () => {
    const page = renderHtml({ ...examinedReport(), signing: null }, SHA256);
    expect(page).toContain('It was not signed when it was made.');
    expect(page).not.toContain('openssl cms');
    expect(page).not.toContain('signer.pem');
  });

  test('puts no name of the report into a command unless it is one plain word', () => {
    const { objects, ...report } = examinedReport();
    for (const path of ['x; rm -rf ~', '$(reboot)', '-n', '../x', 'a b', '']) {
      const named = objects && { ...objects, inventory: { ...objects.inventory, path } };
      expect(renderHtml({ ...report, ...(named && { objects: named }) }, SHA256)).not.toContain('gzip -dc');
    }
  });

  test('hostile names change neither the tags nor their attributes', () => {
    const harmless = renderHtml(reportWithNames(HOSTILE_NAMES.map((_, index) => `name-${index}`)), SHA256);
    const hostile = renderHtml(reportWithNames(HOSTILE_NAMES), SHA256);
    const shape = (page: string) =>
      tagsOf(page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '')).map((tag) =>
        tag.replace(/(aria-label|value)="[^"]*"/g, '$1'),
      );
    expect(shape(hostile)).toEqual(shape(harmless));
  });

  test('shows no character that hides or reorders what is read', () => {
    const page = renderHtml(reportWithNames(HOSTILE_NAMES), SHA256);
    expect(page).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
  });

  test('draws an hour by its day and hour', () => {
    const page = renderHtml(tamperedReport(), SHA256);
    expect(page).toContain(
      '<title>2026-11-20 14:01 to 2026-11-20 16:01 UTC: uncovered (DIGEST_MISSING)</title>',
    );
    expect(page).toContain(
      '<title>2026-11-20 14:01 to 2026-11-20 15:01 UTC: tampered (LOG_MODIFIED)</title>',
    );
  });

  test('has no picture where nothing is known', () => {
    const page = renderHtml(sampleReport([]), SHA256);
    expect(page).toContain('No chain was found.');
    expect(page).not.toContain('<svg');
    expect(page).toContain('Nothing was found that a reader must know.');
  });

  test('stays a page that a browser opens: many chains, many findings, years of time', () => {
    const from = Date.parse('2016-01-01T00:00:00Z');
    const chains = Array.from({ length: 1200 }, (_, index): ChainReport => {
      const covered = [{ from: isoTime(from), to: isoTime(from + 3650 * DAY) }];
      return { ...sampleChain(String(111122223333 + index)), covered };
    });
    const findings = Array.from({ length: 20_000 }, (_, index) => ({
      ...sampleFinding(index % 2 === 0 ? 'LOG_MISSING' : 'LOG_MODIFIED', logKey(`${index}`)),
      chain: chains[index % 900]?.id ?? '',
      time: isoTime(from + (index % 80_000) * 3_600_000),
    }));
    const page = renderHtml(sampleReport(chains, findings), SHA256);
    expect(page.length).toBeLessThan(4_000_000);
    expect(page).toContain('500 of 1,200');
    expect(page).toContain('… and 9,500 more in report.json.');
  });

  test('one cause is one part: 160 chains that begin an hour late are one unproven group, with examples', () => {
    const page = renderHtml(organizationReport(), SHA256);
    const [, group = ''] =
      /<section class="group unproven-group" data-code="CHAIN_STARTS_LATE"([\s\S]*?)<\/section>/.exec(page) ??
      [];
    expect(page.match(/data-code="CHAIN_STARTS_LATE"/g)).toHaveLength(1);
    expect(group).toContain('160 unproven</span> of 160 chains');
    expect(group).toContain('<p class="cause">1 h, 2026-11-19 23:01 to 2026-11-20 00:01</p>');
    expect(group.match(/<li>/g)).toHaveLength(3);
    expect(group).toContain('<details class="list"><summary>160 findings of 160 chains</summary>');
    expect(group).toContain('160 findings of 160 chains: not printed here, but in report.json.');
    expect(group.match(/<tr data-account="\d{12}" data-region="[a-z0-9-]+">/g)).toHaveLength(160);
    expect(page).toMatch(/<dt>Proven<\/dt><dd>\d\d\.\d\d% of the time asked about is proven<\/dd>/);
  });

  test('accounts by Regions: a state in a sign and a word for each, the worst first', () => {
    const page = renderHtml(organizationReport(), SHA256);
    const [, matrix = ''] = /<table class="matrix">([\s\S]*?)<\/table>/.exec(page) ?? [];
    const rows = matrix.split('<tr>').slice(2);
    expect(rows).toHaveLength(20);
    for (const row of rows) expect(row.match(/<td class="place /g)).toHaveLength(8);
    expect(rows[0]).toContain('<span aria-hidden="true">✗</span><span class="unseen">violation</span>');
    expect(rows.at(-1)).not.toContain('✗');
  });

  test('of 100,000 findings it has a bounded part, and says where the others are', () => {
    const report = organizationReport(100_000);
    const page = renderHtml(report, SHA256);
    expect(page.length).toBeLessThan(4_000_000);
    expect(page.match(/<tr data-account=/g)?.length).toBeLessThanOrEqual(2000);
    expect(page).toContain('more in report.json and findings.jsonl.gz.');
    const shown = page.match(/<tr data-account=/g)?.length ?? 0;
    const beyond = (report.findings.length + (report.overflowFindings?.lines ?? 0) - shown).toLocaleString(
      'en',
    );
    expect(page).toContain(`${beyond} more in report.json and findings.jsonl.gz.`);
  });

  test('no account or Region that is none gets into the filter or the matrix', () => {
    const page = renderHtml(reportWithNames(HOSTILE_NAMES), SHA256);
    for (const [, account] of page.matchAll(/data-account="([^"]*)"/g)) expect(account).toMatch(/^\d{12}$/);
    for (const [, region] of page.matchAll(/data-region="([^"]*)"/g)) expect(region).toMatch(/^[a-z0-9-]+$/);
  });
});

test('more stretches than are drawn are counted, with the command that shows them', () => {
  const [event] = reportWithNames(['ada']).controlEvents ?? [];
  if (event === undefined) throw new Error('the sample has no event');
  const controlEvents = Array.from({ length: 30 }, (_, day) => ({
    ...event,
    eventId: `act ${day}`,
    chain: sampleChain().id,
    time: new Date(Date.parse('2026-10-01T12:00:00Z') + day * 24 * 3_600_000).toISOString(),
  }));
  const page = renderHtml(sampleReport([sampleChain()], [], { controlEvents }), 'f'.repeat(64));
  expect(page.match(/class="timeline events"/g)).toHaveLength(24);
  expect(page).toContain(
    '… and 6 more stretches of time, not drawn: <code>trail-verify explain-gap report.json',
  );
});
