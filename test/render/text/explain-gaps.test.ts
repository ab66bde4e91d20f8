import { expect, test } from 'vitest';
import { renderGaps } from '../../../src/render/text/explain.ts';
import { plain } from '../../../src/render/text/terminal.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { AGREED, recoveredWithNames, reportWithNames } from '../../support/report-with-names.ts';
import { sampleChain, sampleFinding, sampleReport, tamperedReport } from '../../support/sample-reports.ts';

const LAYOUT = { columns: 80, paint: plain, verbose: true };

test('whatever stands in an event, nothing of it reaches a terminal', () => {
  const text = renderGaps(reportWithNames(HOSTILE_NAMES), LAYOUT);
  expect(text).toMatch(/StopLogging/);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});

test('whatever stands in a recovered event, nothing of it reaches a terminal', () => {
  const report = reportWithNames(HOSTILE_NAMES);
  const text = renderGaps(report, LAYOUT, undefined, recoveredWithNames(HOSTILE_NAMES));
  expect(text.match(/recovered from a witness, unsigned copies: 1 event$/gm)).toHaveLength(
    HOSTILE_NAMES.length,
  );
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});

test('a hundred thousand recovered events of one time are listed where all are wanted', () => {
  const report = tamperedReport();
  const { chain, from } = report.window.uncovered[0] ?? { chain: '', from: '' };
  const [event] = recoveredWithNames(['ada']).events;
  if (event === undefined) throw new Error('the sample has no event');
  const events = new Array(100_000).fill({ ...event, time: from, chains: [chain] });
  const text = renderGaps(report, LAYOUT, undefined, {
    ...{ events, total: events.length, isAnswered: true, disagreement: AGREED },
  });
  expect(text.match(/^ +event ada, from ada$/gm)).toHaveLength(events.length);
});

test('where nothing is open, recovered events are counted all the same', () => {
  expect(renderGaps(sampleReport(), LAYOUT, undefined, recoveredWithNames(['ada']))).toBe(
    'No time is uncovered, nothing wrong was found, and no control event is recorded.\n1 recovered event belongs to no time above: recovered.jsonl has it.\nA witness did not answer every question: see corroboration.json.\nNobody signed the corroboration: anybody who had its folder can have written it.\n',
  );
});

test('where nothing is open, what witnesses do not agree with is said all the same', () => {
  const recovered = {
    ...{ events: [], total: 0, isAnswered: true },
    disagreement: { differing: 1, unlogged: 3, leftOut: 1, lacking: 2 },
    signer: 'CN=\u001bAda',
  };
  expect(renderGaps(sampleReport(), LAYOUT, undefined, recovered).replace(/\s+/g, ' ')).toBe(
    [
      'No time is uncovered, nothing wrong was found, and no control event is recorded.',
      '1 event is not the same for a witness and in a proven log file: see corroboration.json.',
      '3 events of a witness are of covered time and in no proven log file; of these and the recovered ones the selectors of the trail leave 1 out: see corroboration.json.',
      'A witness lacks 2 events that are in proven log files: see corroboration.json.',
      'The corroboration is signed by CN=\\u{001b}Ada. Whether that is somebody to trust is not asked here. ',
    ].join(' '),
  );
});

test('a report with nothing open and nothing done says so', () => {
  expect(renderGaps(sampleReport(), LAYOUT)).toBe(
    'No time is uncovered, nothing wrong was found, and no control event is recorded.\n',
  );
});

test('what is missing and what was tampered with stand on the axis of their chain', () => {
  const text = renderGaps(tamperedReport(), LAYOUT);
  expect(text).toMatch(/^ {2}=+X+[MX]*.*=+$/m);
  expect(text).toContain('(DIGEST_MISSING), and no event explains it');
});

test('a chain that is not there is told with what explains it', () => {
  const [event] = reportWithNames(['ada']).controlEvents ?? [];
  if (event === undefined) throw new Error('the sample has no event');
  const { chain: _chain, ...absent } = sampleFinding('CHAIN_ABSENT');
  const report = sampleReport([sampleChain()], [{ ...absent, explanation: [event] }], {
    controlEvents: [event],
  });
  expect(renderGaps(report, LAYOUT)).toContain('CHAIN_ABSENT s3://');
  expect(renderGaps(report, LAYOUT)).toContain('StopLogging of ada, refused: ada at 2026-11-20T14:00:00Z');
});
