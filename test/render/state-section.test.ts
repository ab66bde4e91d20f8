/** What a run with a state rests on must stand in every form that people read. */
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../src/render/formats/markdown.ts';
import { renderHtml } from '../../src/render/html/page.ts';
import { plain } from '../../src/render/text/terminal.ts';
import { renderText } from '../../src/render/text/text.ts';
import type { Report } from '../../src/report/report.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { sampleChain, sampleReport } from '../support/sample-reports.ts';

const READ = 'ab'.repeat(32);
const LEFT = 'cd'.repeat(32);
const SHA256 = '5a'.repeat(32);

function nightly(name = 'state.json', held: readonly string[] = ['111122223333/eu-west-1']): Report {
  const trustedFromCheckpoint = [{ from: '2026-10-01T00:00:00Z', to: '2026-11-19T18:00:00Z' }];
  const state = {
    location: name,
    read: {
      sha256: READ,
      written: '2026-11-19T18:30:00Z',
      signer: 'c'.repeat(64),
      trustedBy: 'signer' as const,
    },
    checkpoint: LEFT,
    days: { unchanged: 49, changed: ['2026-11-02'], sampled: [] },
    sample: { rate: 0.07, seed: name },
    held,
  };
  const chain = { ...sampleChain(), ...(name === 'state.json' ? {} : { id: name }) };
  return { ...sampleReport([{ ...chain, depth: 'chain+listing', trustedFromCheckpoint }]), state };
}

/** As a reader sees it: a character where its number stands. */
function decoded(markup: string): string {
  return markup.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

const FORMS: readonly (readonly [string, (report: Report) => string])[] = [
  ['text', (report) => renderText(report, { columns: 1000, paint: plain, verbose: true })],
  ['Markdown', (report) => decoded(renderMarkdown(report, SHA256))],
  ['HTML', (report) => decoded(renderHtml(report, SHA256))],
];

describe.each(FORMS)('%s', (_, render) => {
  test('names both checkpoints, the depth, the days and what only the checkpoint proves', () => {
    const shown = render(nightly());
    for (const word of [READ, LEFT, 'chain+listing (1 chain)', '49 days unchanged, 1 changed, 0 drawn'])
      expect(shown).toContain(word);
    expect(shown).toMatch(/held back:\s+111122223333\/eu-west-1/);
    expect(shown).toMatch(/proven only by the checkpoint, not read again/i);
    expect(shown).toContain('2026-10-01 00:00 to 2026-11-19 18:00');
  });

  test('says that a state of nobody known only finds', () => {
    const { state, ...rest } = nightly();
    if (state?.read == null) throw new Error('no state');
    const read = { ...state.read, signer: null, trustedBy: null };
    const shown = render({ ...rest, state: { ...state, read } });
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(
      'it only adds findings: everything in the window was read',
    );
    expect(render(nightly())).not.toContain('it only adds findings');
  });

  test('says nothing of it for a run without a state', () => {
    expect(render(sampleReport())).not.toMatch(/checkpoint/i);
  });
});

test('HTML and Markdown count what is too long to name', () => {
  const many = nightly(
    'state.json',
    Array.from({ length: 1000 }, (_, index) => `place-${index}`),
  );
  expect(renderHtml(many, SHA256)).toContain('place-99, 900 more');
  expect(decoded(renderMarkdown(many))).toContain('place-49, 950 more');
});

test('HTML names the share and the seed of what was drawn, and who signed', () => {
  const page = renderHtml(nightly(), SHA256);
  expect(page).toContain('7% of those days, seed <code>state.json</code>');
  expect(page).toContain('its signer, whom the run trusts');
  const first = { ...nightly(), state: { ...nightly().state, read: null, checkpoint: null, sample: null } };
  expect(renderHtml(first as Report, SHA256)).toContain('no new checkpoint: the one before stays');
});

test('a hostile name of a state stays text', () => {
  const tags = (page: string): readonly string[] => page.match(/<\/?[a-z][^>]*>/gi) ?? [];
  const shape = (page: string): readonly string[] => tags(page).map((tag) => tag.replaceAll(/="[^"]*"/g, ''));
  const harmless = nightly('harmless', ['harmless']);
  const cells = (text: string): number => text.split('\n').filter((line) => line.startsWith('|')).length;
  for (const name of HOSTILE_NAMES) {
    const hostile = nightly(name, [name]);
    expect(shape(renderHtml(hostile, SHA256))).toEqual(shape(renderHtml(harmless, SHA256)));
    const markdown = renderMarkdown(hostile);
    expect(markdown).not.toMatch(/<(?!\/?code>|br>)[a-z/!?]|\]\(http/i);
    expect(markdown).not.toContain('\u001b');
    expect(cells(markdown)).toBe(cells(renderMarkdown(harmless)));
  }
});
