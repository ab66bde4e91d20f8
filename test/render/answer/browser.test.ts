/** The page of an answer in a real browser: it loads nothing, complains of nothing, and nothing in a value comes alive. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/render/answer/answer.ts';
import { answerPieces } from '../../../src/render/answer/render.ts';
import { OPEN, sampleAnswer } from '../../support/answers.ts';
import { findBrowser, startBrowser } from '../../support/browser.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const executable = findBrowser();
let browser: Browser | undefined;

beforeAll(async () => {
  if (executable !== undefined) browser = await startBrowser(executable);
});
afterAll(() => browser?.close());

async function open(answer: Answer, options: Parameters<Browser['newPage']>[0] = {}) {
  const file = path.join(temporaryFolder(), 'answer.html');
  writeFileSync(file, [...answerPieces('html', answer)].join(''));
  const page = await browser?.newPage(options);
  if (page === undefined) throw new Error('the browser did not start');
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) complaints.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

describe.skipIf(executable === undefined)('the page of an answer in Chromium', () => {
  test('has hostile texts as texts, and a chart of them', async () => {
    const { page, complaints } = await open(
      sampleAnswer({
        columns: [
          { name: HOSTILE_NAMES[0] ?? '', type: 'VARCHAR' },
          { name: HOSTILE_NAMES[1] ?? '', type: 'BIGINT' },
        ],
        rows: HOSTILE_NAMES.map((name, index) => [name, `${index}`]),
        title: HOSTILE_NAMES.join(''),
        sql: HOSTILE_NAMES.join('\n'),
        context: { ...OPEN, warnings: HOSTILE_NAMES, signer: HOSTILE_NAMES.join('') },
        chart: {},
      }),
    );
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('script, img, iframe, a:not([href^="#"])').count()).toBe(0);
    expect(await page.locator('style').count()).toBe(1);
    expect(await page.locator('tbody td.text').first().textContent()).toBe(HOSTILE_NAMES[0]);
    expect(await page.locator('.bars > g').count()).toBe(Math.min(HOSTILE_NAMES.length, 40));
    expect(await page.locator('.bars .bar').count()).toBe(Math.min(HOSTILE_NAMES.length, 40) - 1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('has its styles in both themes and on paper, and fits a narrow screen', async () => {
    const fills: unknown[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const answer = sampleAnswer({ context: OPEN, chart: {} });
      const { page, complaints } = await open(answer, { colorScheme, viewport: { width: 375, height: 700 } });
      fills.push(await page.evaluate('getComputedStyle(document.querySelector(".bar")).fill'));
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
      expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
      expect(complaints).toEqual([]);
      await page.close();
    }
    expect(fills[0]).not.toBe(fills[1]);
  });
});
