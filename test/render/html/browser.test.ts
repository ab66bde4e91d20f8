/** The HTML rendering in a real browser: it loads nothing, complains of nothing, and nothing in a name comes alive. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderHtml } from '../../../src/render/html/page.ts';
import type { Report } from '../../../src/report/report.ts';
import { findBrowser, startBrowser } from '../../support/browser.ts';
import { examinedReport } from '../../support/examined-report.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { reportWithNames } from '../../support/report-with-names.ts';
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
): Promise<void> {
  const file = path.join(temporaryFolder(), 'report.html');
  writeFileSync(file, renderHtml(report, SHA256));
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
        expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
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
      expect(await count.textContent()).toBe('6 rows shown');
      await page.fill('#filter-text', 'like nothing');
      expect(await rows.count()).toBe(0);
      await page.fill('#filter-text', 'BB1bbb1b');
      expect(await rows.count()).toBe(1);
      expect(await count.textContent()).toBe('1 row shown');
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
