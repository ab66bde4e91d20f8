import { expect, test } from 'vitest';
import { renderProgressLine } from '../../../src/render/text/terminal.ts';

const progress = {
  placesDone: 17,
  placesPlanned: 17,
  digestsDone: 100,
  digestsPlanned: 400,
  logsDone: 900,
  logsPlanned: 1000,
  bytesRead: 48_211_000,
};

test('counts alone at first', () => {
  expect(renderProgressLine(progress, 1000)).toBe('digests 100/400  logs 900/1,000  48.2 MB');
});

test('then the rate and the time left, with the log files of unread digests foreseen', () => {
  // 300 digests and 100 + 300 × 10 log files at 100 a second.
  expect(renderProgressLine(progress, 10_000)).toBe(
    'digests 100/400  logs 900/1,000  48.2 MB  100 files/s  about 34 s left',
  );
});

test('a lower bound while Regions are still to come', () => {
  expect(renderProgressLine({ ...progress, placesDone: 3 }, 10_000)).toBe(
    'digests 100/400  logs 900/1,000  48.2 MB  100 files/s  over 34 s left  Regions 3/17',
  );
});

test('nothing done yet', () => {
  const none = { ...progress, digestsDone: 0, logsDone: 0, logsPlanned: 0 };
  expect(renderProgressLine(none, 10_000)).toBe('digests 0/400  logs 0/0  48.2 MB');
});
