import { findCronFault, findNextTime, findNextTimes, planNext, type ScheduleTimes, toDueTime } from './planned-times';

const NOW = new Date('2026-01-01T00:00:10Z');
const byCron = (cron: string, time_zone = 'UTC', rest: Partial<ScheduleTimes> = {}): ScheduleTimes => ({
  schedule_id: 'a'.repeat(24),
  cron,
  time_zone,
  jitter: 0,
  created_time: NOW,
  ...rest,
});
const byInterval = (every: number, rest: Partial<ScheduleTimes> = {}): ScheduleTimes => ({
  schedule_id: 'a'.repeat(24),
  every,
  time_zone: 'UTC',
  jitter: 0,
  created_time: NOW,
  ...rest,
});
const next = (times: ScheduleTimes, after: string, count: number) =>
  findNextTimes(times, new Date(after), count).map((time) => time.toISOString().replace(':00.000Z', ''));

describe('on the days on which the clock is set', () => {
  it.each([
    // Forward: the time that does not exist comes at the moment of the change, once.
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['America/New_York', '30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03T00:00:00Z', ['2026-10-03T15:30', '2026-10-04T15:15']],
    // Back: the time that exists twice comes the first time alone.
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['America/New_York', '30 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
    ['Australia/Lord_Howe', '45 1 * * *', '2026-04-04T00:00:00Z', ['2026-04-04T14:45', '2026-04-05T15:15']],
  ])('in %s a fixed time comes once (%s)', (zone, cron, after, times) => {
    expect(next(byCron(cron, zone), after, 2)).toEqual(times);
  });

  it.each([
    ['Europe/Berlin', '2026-10-25T00:00:00Z'],
    ['America/New_York', '2026-03-08T06:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T14:00:00Z'],
  ])('in %s a line with a step continues by real time', (zone, after) => {
    const times = findNextTimes(byCron('*/30 * * * *', zone), new Date(after), 6).map((time) => time.getTime());
    expect(times.slice(1).map((time, i) => time - times[i]!)).toEqual(Array(5).fill(1_800_000));
  });
});

it('an interval is counted from its start, so late runs do not make it drift', () => {
  expect(next(byInterval(90), '2026-01-01T00:00:10Z', 2)).toEqual([
    '2026-01-01T00:01:40.000Z',
    '2026-01-01T00:03:10.000Z',
  ]);
  const started = byInterval(3_600, { start: new Date('2026-01-01T06:30:00Z') });
  expect(next(started, '2026-01-01T00:00:00Z', 2)).toEqual(['2026-01-01T06:30', '2026-01-01T07:30']);
  for (const late of [1, 1_000, 3_599_999]) {
    const after = new Date(new Date('2026-01-02T06:30:00Z').getTime() + late);
    expect(findNextTime(started, after)?.toISOString()).toBe('2026-01-02T07:30:00.000Z');
  }
});

it('start and end bound the planned times', () => {
  const bounds = { start: new Date('2026-02-01T03:00:00Z'), end: new Date('2026-02-03T03:00:00Z') };
  const times = ['2026-02-01T03:00', '2026-02-02T03:00'];
  expect(next(byCron('0 3 * * *', 'UTC', bounds), '2026-01-01T00:00:00Z', 5)).toEqual(times);
  expect(next(byInterval(86_400, bounds), '2026-01-01T00:00:00Z', 5)).toEqual(times);
  expect(planNext(byCron('0 3 * * *', 'UTC', bounds), new Date('2026-02-02T03:00:00Z'))).toEqual({});
});

it('a clock that is set back or forth finds the same times again', () => {
  for (const times of [byCron('*/7 * * * *', 'Europe/Berlin'), byInterval(420)]) {
    const hour = findNextTimes(times, new Date('2026-03-29T00:00:00Z'), 20);
    for (const [i, time] of hour.slice(0, -1).entries()) {
      for (const offset of [0, 1, 59_000]) {
        expect(findNextTime(times, new Date(time.getTime() + offset))).toEqual(hour[i + 1]);
      }
    }
  }
});

it('the delay of a schedule is always the same, and those of many schedules fill the range of the jitter', () => {
  const delays = Array.from({ length: 200 }, (_, at) => {
    const times = { ...byInterval(60, { jitter: 600 }), schedule_id: at.toString(16).padStart(24, '0') };
    const toDelays = findNextTimes(times, NOW, 10).map((time) => toDueTime(times, time).getTime() - time.getTime());
    expect(new Set(toDelays).size).toBe(1);
    expect(toDueTime({ ...times, jitter: 0 }, NOW)).toEqual(NOW);
    return toDelays[0]! / 1_000;
  });
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThan(600);
  const tenths = new Set(delays.map((delay) => Math.floor(delay / 60)));
  expect(tenths.size).toBe(10);
});

it('says what is wrong with a cron line', () => {
  expect(findCronFault('30 2 * * *', 'Europe/Berlin', NOW)).toBeUndefined();
  expect(findCronFault('@daily', 'UTC', NOW)).toBeUndefined();
  expect(findCronFault('61 * * * *', 'UTC', NOW)).toBe('cannot be read: "61" is no minute, which is from 0 to 59');
  expect(findCronFault('0 0 32 * *', 'UTC', NOW)).toMatch(/^cannot be read: "32" is no day of month/);
  expect(findCronFault('0 0 2 * * *', 'UTC', NOW)).toMatch(/^must have five fields/);
  expect(findCronFault('0 0 31 2 *', 'UTC', NOW)).toBe('names no time that ever comes');
});
