import { describe, expect, test } from 'vitest';
import type { TrailEvent } from '../../../src/findings/event.ts';
import { renderEventLine, renderVerdictLine } from '../../../src/render/formats/json.ts';
import { CHAIN_ID, tamperedReport } from '../../support/sample-reports.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

describe('renderEventLine', () => {
  test('gives times as ISO 8601, one line an event', () => {
    const events: readonly TrailEvent[] = [
      { type: 'started', at: NOON, source: 's3://b\u202e', window: { from: null, to: NOON } },
      { type: 'covered', chain: CHAIN_ID, from: NOON, to: NOON + 1 },
    ];
    expect(events.map(renderEventLine)).toEqual([
      '{"type":"started","at":"2026-11-20T12:00:00.000Z","source":"s3://b\\u202e","window":{"from":null,"to":"2026-11-20T12:00:00.000Z"}}\n',
      `{"type":"covered","chain":"${CHAIN_ID}","from":"2026-11-20T12:00:00.000Z","to":"2026-11-20T12:00:00.001Z"}\n`,
    ]);
  });

  test('leaves counts alone, and progress to a display', () => {
    const segment: TrailEvent = {
      type: 'log',
      chain: CHAIN_ID,
      object: { bucket: 'b', key: 'k' },
      family: 'insights',
      outcome: 'valid',
      bytes: { read: 5, inflated: 9 },
      digest: { bucket: 'b', key: 'd' },
      position: 0,
    };
    expect(JSON.parse(renderEventLine(segment))).toEqual(segment);
    const progress = {
      phase: 'verifying' as const,
      placesDone: 0,
      placesListed: 0,
      placesPlanned: 0,
      digestsDone: 0,
      digestsPlanned: 0,
      logsDone: 0,
      logsPlanned: 0,
      logsExpected: 0,
      bytesRead: 0,
    };
    expect(renderEventLine({ type: 'progress', progress })).toBe('');
  });
});

test('the last line holds the verdict', () => {
  const line = renderVerdictLine(tamperedReport(), 'out/report.json');
  expect(line.endsWith('}\n')).toBe(true);
  expect(JSON.parse(line)).toMatchObject({
    type: 'report',
    verdict: 'INVALID',
    findings: 6,
    report: 'out/report.json',
    totals: tamperedReport().totals,
  });
});
