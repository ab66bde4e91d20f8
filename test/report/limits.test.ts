import { expect, test } from 'vitest';
import { earlierLimit } from '../../src/report/describe-run.ts';

test('log files from before the oldest digest: where, and from when on', () => {
  expect(earlierLimit(['2026/03/02/'])).toMatch(/in one Region's folder, from 2026\/03\/02 on\./);
  expect(earlierLimit(['2026/03/', '2025/', '2026/'])).toMatch(/in 3 Regions' folders, from 2025 on\./);
});
