import { expect, test } from 'vitest';
import { dayOfPath, parseLogPath } from '../../src/digest/digest-key.ts';

const FOLDER = { account: '111122223333', family: 'CloudTrail', region: 'us-east-1' };
const NAME = '111122223333_CloudTrail_us-east-1_20261005T1015Z_Mu0KsOhtH1ar15ZZ.json.gz';
const TIME = Date.parse('2026-10-05T10:15:00Z');

test('a name as CloudTrail writes it tells its time', () => {
  expect(parseLogPath(`2026/10/05/${NAME}`, FOLDER)).toBe(TIME);
  const insight = { ...FOLDER, family: 'CloudTrail-Insight' };
  for (const infix of ['CloudTrail-Insight', 'CloudTrail', 'CloudTrail-NetworkActivity'])
    expect(parseLogPath(`2026/10/05/${NAME.replace('CloudTrail', infix)}`, insight)).toBe(TIME);
  // A few minutes around midnight, the name and the folder may be of two days.
  const late = NAME.replace('T1015Z', 'T0020Z');
  expect(parseLogPath(`2026/10/04/${late}`, FOLDER)).toBe(TIME - 9 * 3_600_000 - 55 * 60_000);
  expect(parseLogPath(`2026/10/06/${NAME.replace('T1015Z', 'T2355Z')}`, FOLDER)).toBeDefined();
});

test.each([
  ['no day folder', NAME],
  ['a day that is none', `2026/02/30/${NAME.replace('20261005', '20260302')}`],
  ['a folder within the day', `2026/10/05/x/${NAME}`],
  ['another day', `2026/10/06/${NAME}`],
  ['a time that is none', `2026/10/05/${NAME.replace('T1015Z', 'T2515Z')}`],
  ['another account', `2026/10/05/${NAME.replace('1111', '4444')}`],
  ['another Region', `2026/10/05/${NAME.replace('us-east', 'us-west')}`],
  ['another family', `2026/10/05/${NAME.replace('CloudTrail', 'CloudTrail-Insight')}`],
  ['a digest', `2026/10/05/${NAME.replace('CloudTrail', 'CloudTrail-Digest')}`],
  ['seconds', `2026/10/05/${NAME.replace('T1015Z', 'T101500Z')}`],
  ['a shorter end', `2026/10/05/${NAME.replace('15ZZ', '15Z')}`],
  ['another suffix', `2026/10/05/${NAME}.bak`],
  ['a line more', `2026/10/05/${NAME}\n`],
])('a name with %s is not', (_, path) => {
  expect(parseLogPath(path, FOLDER)).toBeUndefined();
});

test('a digest is a log file of no family', () => {
  const family = { ...FOLDER, family: 'CloudTrail-New' };
  const path = `2026/10/05/${NAME.replace('CloudTrail', 'CloudTrail-Digest')}`;
  expect(parseLogPath(path, family)).toBeUndefined();
});

test('the day of a path', () => {
  expect(dayOfPath('2026/10/05/x\ny')).toBe(Date.parse('2026-10-05T00:00:00Z'));
  for (const path of ['2026/10/05/', '2026/10/5/x', '2026/13/05/x', '2026/10/05x/y', '/2026/10/05/x'])
    expect(dayOfPath(path)).toBeUndefined();
});
