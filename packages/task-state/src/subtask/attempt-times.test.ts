import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { toAttemptTimes } from './attempt-times';

const SENT = Date.parse('2026-01-01T00:00:00Z');
/** The time `seconds` after the job was sent. */
const at = (seconds: number) => new Date(SENT + seconds * 1_000);
const RECEIVED = at(10);

function toTimes([assigned, started, completed]: (Date | undefined)[], sent = at(0)) {
  const reported = {
    ...(assigned && { assigned_time: assigned.toISOString() }),
    ...(started && { started_time: started.toISOString() }),
    ...(completed && { completed_time: completed.toISOString() }),
  };
  return toAttemptTimes(reported as SubTaskUpdate, sent, RECEIVED);
}

const MINUTES = 600;
const YEAR_1999 = new Date('1999-01-01T00:00:00Z');
const YEAR_2099 = new Date('2099-01-01T00:00:00Z');

it.each([
  ['a right clock', [at(1), at(2), at(4.5)], [1, 2, 4.5, 2.5]],
  ['a clock that is minutes ahead', [at(1 + MINUTES), at(2 + MINUTES), at(4.5 + MINUTES)], [6.5, 7.5, 10, 2.5]],
  ['a clock that is minutes behind', [at(1 - MINUTES), at(2 - MINUTES), at(4.5 - MINUTES)], [0, 1, 3.5, 2.5]],
  ['only an end', [undefined, undefined, at(4)], [4, 4, 4, undefined]],
  ['nothing', [undefined, undefined, undefined], [10, 10, 10, undefined]],
  ['a scan that is longer than there was time', [at(-5), at(-5), at(8)], [0, 0, 10, 10]],
])('with %s the times lie between the sending and the receipt, and are plausible', (_, reported, expected) => {
  const { assigned, started, completed, scanSeconds, implausible } = toTimes(reported);
  const seconds = [assigned, started, completed].map((time) => (time.getTime() - SENT) / 1_000);
  expect([...seconds, scanSeconds]).toEqual(expected);
  expect(implausible).toBe(false);
});

it.each([
  ['1999', [YEAR_1999, YEAR_1999, YEAR_1999]],
  ['2099', [YEAR_2099, YEAR_2099, YEAR_2099]],
  ['1999 and then the truth', [YEAR_1999, YEAR_1999, at(4)]],
  ['an end before its start', [at(1), at(4), at(2)]],
])('a clock that says %s is cut to the limits, and said to be implausible', (_, reported) => {
  const { assigned, started, completed, scanSeconds, implausible } = toTimes(reported);
  for (const time of [assigned, started, completed]) {
    expect(time >= at(0) && time <= RECEIVED).toBe(true);
  }
  expect(scanSeconds! >= 0 && scanSeconds! <= 10).toBe(true);
  expect(implausible).toBe(true);
});

it('takes the receipt where the sender of the job has a clock that is ahead', () => {
  const { started, completed, scanSeconds } = toTimes([at(1), at(2), at(4)], at(60));
  expect([started, completed, scanSeconds]).toEqual([RECEIVED, RECEIVED, 0]);
});
