/** The HTML rendering in a real browser: it loads nothing, complains of nothing, and nothing in a name comes alive. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Recovered } from '../../../src/render/facts/recovered.ts';
import { renderHtml } from '../../../src/render/html/page.ts';
import type { Report } from '../../../src/report/report.ts';
import { findBrowser, startBrowser } from '../../support/browser.ts';
import { examinedReport } from '../../support/examined-report.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { organizationReport } from '../../support/organization-report.ts';
import { recoveredWithNames, reportWithNames } from '../../support/report-with-names.ts';
import { tamperedReport } from '../../support/sample-reports.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SHA256 = '5a'.repeat(32);
const executable = findBrowser();
let browser: Browser | undefined;

beforeAll(async () => {
  if (executable !== undefined) browser = await startBrowser(executable);
});
afterAll(() => browser?.close());

interface Opened {
  readonly page: Page;
  /** Console messages, errors of the page, refusals of its policy, and requests beyond the file itself. */
  readonly complaints: string[];
}

type PageOptions = Parameters<Browser['newPage']>[0];

async function open(
  report: Report,
  options: PageOptions,
  act: (opened: Opened) => Promise<void>,
  recovered?: Recovered,
): Promise<void> {
  const file = path.join(temporaryFolder(), 'report.html');
  writeFileSync(file, renderHtml(report, SHA256, recovered));
  const url = pathToFileURL(file).href;
  const page = await browser?.newPage(options);
  if (page === undefined) throw new Error('the browser did not start');
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(request.url());
  });
  try {
    await page.goto(url);
    await act({ page, complaints });
  } finally {
    await page.close();
  }
}

/** Pages of a PDF as Chromium writes it, where each is an object of its own. */
function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

describe.skipIf(executable === undefined)('the HTML rendering in Chromium', () => {
  test('opens without a complaint and without a request, in both themes and on paper', async () => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await open(examinedReport(), { colorScheme }, async ({ page, complaints }) => {
        expect(await page.title()).toBe('INVALID: CloudTrail log file integrity');
        grounds.push(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'));
        await page.emulateMedia({ media: 'print' });
        grounds.push(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'));
        expect(await page.locator('#filter').isVisible()).toBe(false);
        expect(pagesOf(await page.pdf({ format: 'A4' }))).toBeGreaterThan(1);
        expect(complaints).toEqual([]);
      });
    }
    const [light, lightPaper, dark, darkPaper] = grounds;
    expect([lightPaper, darkPaper]).toEqual([light, light]);
    expect(dark).not.toBe(light);
  });

  test('the filter hides what does not fit, by text, code and weight', async () => {
    await open(tamperedReport(), {}, async ({ page, complaints }) => {
      const rows = page.locator('section.group tbody tr:visible');
      const count = page.locator('#filter-count');
      expect(await count.textContent()).toBe('6 rows fit');
      await page.fill('#filter-text', 'like nothing');
      expect(await rows.count()).toBe(0);
      await page.fill('#filter-text', 'BB1bbb1b');
      expect(await rows.count()).toBe(1);
      expect(await count.textContent()).toBe('1 row fits');
      await page.fill('#filter-text', '');
      await page.selectOption('#filter-code', 'LINK_HASH_MISMATCH');
      expect(await rows.count()).toBe(1);
      expect(await page.locator('section.group:visible').count()).toBe(1);
      await page.selectOption('#filter-code', '');
      await page.uncheck('input[value="violation"]');
      expect(await page.locator('section.group:visible h3').allTextContents()).toEqual([
        expect.stringContaining('LOG_UNREADABLE'),
        expect.stringContaining('WINDOW_OVERLAP'),
      ]);
      expect(complaints).toEqual([]);
    });
  });

  test('the filter narrows to an account and a Region, and opens what fits; all is shown again at once', async () => {
    await open(organizationReport(), {}, async ({ page, complaints }) => {
      const count = page.locator('#filter-count');
      expect(await count.textContent()).toBe('1000 rows fit');
      await page.selectOption('#filter-account', '100000000001');
      await page.selectOption('#filter-region', 'us-east-1');
      expect(await page.locator('section.group:visible').count()).toBe(1);
      expect(await count.textContent()).toBe('1 row fits');
      const rows = page.locator('section.group tbody tr:visible');
      expect(await rows.allTextContents()).toEqual([expect.stringContaining('100000000001/us-east-1/')]);
      await page.selectOption('#filter-region', 'eu-west-1');
      await page.selectOption('#filter-code', 'LOG_MODIFIED');
      expect(await page.locator('section.group:visible').count()).toBe(0);
      await page.click('#filter-clear');
      expect(await count.textContent()).toBe('1000 rows fit');
      expect(await page.locator('section.group:visible').count()).toBe(8);
      expect(await rows.count()).toBe(17);
      expect(complaints).toEqual([]);
    });
  });

  test('a list that is collapsed opens by the keyboard, also without the script', async () => {
    await open(organizationReport(), { javaScriptEnabled: false }, async ({ page }) => {
      const rows = page.locator('section.group tbody tr:visible');
      const before = await rows.count();
      await page.locator('section.group details.list > summary').first().press('Enter');
      expect(await rows.count()).toBeGreaterThan(before);
      expect(await page.locator('.on-paper:visible').count()).toBe(0);
    });
  });

  test('a thousand findings are printed on at most 40 pages, with counts, examples and where the rest is', async () => {
    await open(organizationReport(), {}, async ({ page }) => {
      await page.emulateMedia({ media: 'print' });
      const notes = await page.locator('section.group .on-paper:visible').allTextContents();
      expect(notes).toHaveLength(7);
      for (const note of notes)
        expect(note).toMatch(/^\d+ findings of \d+ chains: not printed here, but in report\.json\.$/);
      expect(await page.locator('section.group .examples li:visible').count()).toBeGreaterThan(7);
      expect(await page.locator('section.group h3:visible').count()).toBe(8);
      expect(await page.locator('table.matrix:visible').count()).toBe(1);
      expect(await page.locator('summary:visible').count()).toBe(0);
      const pages = pagesOf(await page.pdf({ format: 'A4' }));
      expect(pages).toBeGreaterThan(3);
      expect(pages).toBeLessThanOrEqual(40);
    });
  });

  test('a hundred thousand findings open, and one can be filtered for', async () => {
    await open(organizationReport(100_000), {}, async ({ page, complaints }) => {
      await page.fill('#filter-text', '100035000006');
      expect(await page.locator('section.group:visible').count()).toBeGreaterThan(0);
      expect(complaints).toEqual([]);
    });
  });

  test('without its script it shows every finding and no filter', async () => {
    await open(tamperedReport(), { javaScriptEnabled: false }, async ({ page, complaints }) => {
      expect(await page.locator('section.group tbody tr:visible').count()).toBe(6);
      expect(await page.locator('#filter').isVisible()).toBe(false);
      expect(complaints).toEqual([]);
    });
  });

  test('hostile names stay text', async () => {
    await open(reportWithNames(HOSTILE_NAMES), {}, async ({ page, complaints }) => {
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(await page.locator('script').count()).toBe(1);
      expect(await page.locator('style').count()).toBe(1);
      expect(await page.locator('img, iframe, a:not([href^="#"])').count()).toBe(0);
      const rows = page.locator('section.group tbody tr');
      expect(await rows.count()).toBe(4 * HOSTILE_NAMES.length);
      const text = await rows.first().locator('code').first().textContent();
      expect(text).toBe(`s3://example-trail-bucket/${HOSTILE_NAMES[0]}`);
      await page.fill('#filter-text', '<script>window.hacked');
      await page.locator('details summary').first().click();
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(complaints).toEqual([]);
    });
  });

  test('recovered events stay text, and are seen in both themes and on paper', async () => {
    const fills: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const act = async ({ page, complaints }: Opened) => {
        const rows = page.locator('#recovered tbody tr');
        expect(await rows.count()).toBe(HOSTILE_NAMES.length);
        await page.locator('#recovered details summary').click();
        expect(await rows.locator('td:nth-child(2) code').allTextContents()).toContain(HOSTILE_NAMES[0]);
        expect(await page.locator('g.copy').count()).toBeGreaterThan(0);
        fills.push(await page.evaluate(`getComputedStyle(document.querySelector('g.copy path')).stroke`));
        expect(await page.evaluate('window.hacked')).toBeUndefined();
        expect(await page.locator('script').count()).toBe(1);
        expect(await page.locator('style').count()).toBe(1);
        await page.emulateMedia({ media: 'print' });
        fills.push(await page.evaluate(`getComputedStyle(document.querySelector('g.copy path')).stroke`));
        expect(complaints).toEqual([]);
      };
      await open(reportWithNames(HOSTILE_NAMES), { colorScheme }, act, recoveredWithNames(HOSTILE_NAMES));
    }
    const [light, lightPaper, dark, darkPaper] = fills;
    expect([lightPaper, darkPaper]).toEqual([light, light]);
    expect(dark).not.toBe(light);
  });

  test('its policy stops what a hole in the escaping would let in', async () => {
    await open(tamperedReport(), {}, async ({ page, complaints }) => {
      await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
        '<img src="https://example.com/x.png" onerror="window.hacked=1">')`);
      await page.evaluate(
        `document.body.append(Object.assign(document.createElement('script'), { text: 'window.hacked=1' }))`,
      );
      await expect.poll(() => complaints.length).toBeGreaterThanOrEqual(2);
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(complaints.join('\n')).toContain('Content Security Policy');
    });
  });

  test('can be read by its landmarks, headings and table heads, and fits a narrow screen', async () => {
    await open(examinedReport(), { viewport: { width: 375, height: 700 } }, async ({ page }) => {
      for (const landmark of ['header', 'nav', 'main', 'footer']) {
        expect(await page.locator(landmark).count()).toBe(1);
      }
      expect(await page.locator('h1').count()).toBe(1);
      const levels = await page
        .locator('h1, h2, h3')
        .evaluateAll((all) => all.map((one) => Number(one.nodeName[1])));
      for (const [index, level] of levels.entries()) {
        expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
      }
      expect(await page.locator('thead th:not([scope="col"]), tbody th:not([scope="row"])').count()).toBe(0);
      expect(await page.locator('svg[role="img"]:not([aria-label])').count()).toBe(0);
      const ids: readonly string[] = await page
        .locator('[id]')
        .evaluateAll((all) => all.map((one) => one.id));
      expect(new Set(ids).size).toBe(ids.length);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the findings');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    });
  });
});
