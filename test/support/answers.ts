import type { Answer, AnswerContext } from '../../src/render/answer/answer.ts';

/** What an answer rests on where all is well. */
export const WHOLE: AnswerContext = {
  verdict: 'VALID',
  accepted: 0,
  reportSha256: '5a'.repeat(32),
  events: 1234,
  logFiles: 56,
  window: { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' },
  covered: [{ from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' }],
  uncovered: [],
  warnings: [],
};

/** What an answer rests on where time is missing and a reader must be warned. */
export const OPEN: AnswerContext = {
  ...WHOLE,
  verdict: 'INCONCLUSIVE',
  covered: [
    { from: '2026-11-20T00:00:00Z', to: '2026-11-20T08:00:00Z' },
    { from: '2026-11-20T11:00:00Z', to: '2026-11-21T00:00:00Z' },
  ],
  uncovered: [
    {
      from: '2026-11-20T08:00:00Z',
      to: '2026-11-20T11:00:00Z',
      chain: '111122223333/us-east-1/audit@us-east-1',
      reason: 'CHAIN_RESTARTED',
    },
  ],
  signer: 'CN=Evidence, O=Example',
  warnings: ['the events were exported two days after the run that verified them'],
};

/** Who deleted items, and how often: two columns of text and two of numbers. */
export function sampleAnswer(parts: Partial<Answer> = {}): Answer {
  return {
    title: 'Who deleted items from the ledger table',
    sql: "SELECT useridentity.arn, eventname, count(*) AS calls, avg(1.5) AS mean\nFROM cloudtrail_logs\nWHERE regexp_like(eventname, '^Delete\\w+')\nGROUP BY 1, 2",
    columns: [
      { name: 'arn', type: 'VARCHAR' },
      { name: 'eventname', type: 'VARCHAR' },
      { name: 'mean', type: 'DOUBLE' },
      { name: 'calls', type: 'BIGINT' },
    ],
    rows: [
      ['arn:aws:iam::111122223333:user/alice', 'DeleteItem', 1.5, '3'],
      [
        'arn:aws:sts::111122223333:assumed-role/operations-night-shift/session-of-bob',
        'DeleteItem',
        0.25,
        '12',
      ],
      [null, 'DeleteTable', null, '1'],
      ['', 'BatchWriteItem', -2, '0'],
    ],
    isCut: false,
    context: WHOLE,
    ...parts,
  };
}
