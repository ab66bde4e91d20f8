/** What is said while CloudTrail Lake is at work, and when it is asked no more. */
import { expect, test } from 'vitest';
import { MINUTE } from '../../../src/base/clock.ts';
import { LakePatience } from '../../../src/cli/io/witness/lake-patience.ts';

test('once a minute it is said what is waited for, however many queries there are', () => {
  let time = 0;
  const said: string[] = [];
  const patience = new LakePatience(
    (text) => said.push(text),
    () => time,
  );
  for (; time < 3 * MINUTE; time += 2000)
    for (const place of ['111122223333/us-east-1', '111122223333/eu-west-1']) patience.waits(0, place);
  expect(said).toEqual(
    ['1 min', '2 min'].map(
      (waited) =>
        `waiting for CloudTrail Lake: a query about 111122223333/us-east-1 is not done after ${waited}, and is given up after 10 min`,
    ),
  );
});

test('after three queries in a row that were not done none is started any more', () => {
  const patience = new LakePatience(
    () => {},
    () => 0,
  );
  for (const isLate of [true, true, false, true, true]) patience.ended(isLate);
  expect(patience.refusal).toBeUndefined();
  patience.ended(true);
  expect(patience.refusal).toBe('no query was started, as the last 3 were not done after 10 min each');
});
