import type { Freeze, ListedSchedule, Task } from '@cyberstroll/client';
import { type CalendarData, toDayEntries, toLanes } from './to-lanes';
import { toWeek } from './week';

const WEEK = toWeek('2026-11-30', 'UTC', 0);
const EMPTY: CalendarData = {
  freezes: [],
  tasks: [],
  schedules: [],
  limits: [],
  exclusions: [],
  runs: {},
  isCut: false,
};
const schedule = (fields: Partial<ListedSchedule>) =>
  ({
    schedule_id: 's',
    ...fields,
  }) as ListedSchedule;
const toText = (at: number) => new Date(at).toISOString().slice(5, 16);

it('shows what became of planned times that are over, and those to come once', () => {
  const data: CalendarData = {
    ...EMPTY,
    schedules: [
      schedule({ planned_times: ['2026-12-02T02:30:00Z', '2026-12-04T02:30:00Z'] }),
      schedule({ schedule_id: 'p', planned_times: [] }),
    ],
    runs: {
      s: [
        { planned_time: '2026-12-02T02:30:00Z', outcome: 'missed' },
        { planned_time: '2026-11-30T02:30:00Z', outcome: 'created', task_id: 't' },
        { planned_time: '2026-11-27T02:30:00Z', outcome: 'created', task_id: 'before' },
      ] as unknown as CalendarData['runs'][string],
    },
  };
  const lanes = toLanes(data, WEEK);
  expect(lanes).toHaveLength(1);
  expect(lanes[0]?.runs.map(({ at, outcome, task_id }) => [toText(at), outcome, task_id])).toEqual([
    ['11-30T02:30', 'created', 't'],
    ['12-02T02:30', 'missed', undefined],
    ['12-04T02:30', undefined, undefined],
  ]);
});

it('many runs of a day are one entry', () => {
  const planned_times = [13, 16, 19, 22].map((hour) => `2026-12-02T${hour}:00:00Z`);
  const [, , wednesday] = WEEK.days;
  const entries = toDayEntries(toLanes({ ...EMPTY, schedules: [schedule({ planned_times })] }, WEEK), wednesday!);
  expect(entries.map(({ from, until, runs }) => [toText(from), toText(until), runs.length])).toEqual([
    ['12-02T13:00', '12-02T22:00', 4],
  ]);
});

it('a freeze without an end, and a blackout that begins before the week, are cut to it; each day has its part', () => {
  const freezes = [
    { freeze_id: 'f', kind: 'freeze', covers: { all: true }, from: '2026-12-05T20:00:00Z' },
    { freeze_id: 'b', kind: 'blackout', from: '2026-11-01T00:00:00Z', until: '2026-11-30T04:00:00Z' },
    { freeze_id: 'over', kind: 'blackout', from: '2026-12-07T00:00:00Z', until: '2026-12-08T00:00:00Z' },
  ] as Freeze[];
  const lanes = toLanes({ ...EMPTY, freezes }, WEEK);
  const days = WEEK.days.map((day) =>
    toDayEntries(lanes, day).map(({ lane, from, until }) => [lane.key, toText(from), toText(until)]),
  );
  expect(days).toEqual([
    [['b', '11-30T00:00', '11-30T04:00']],
    [],
    [],
    [],
    [],
    [['f', '12-05T20:00', '12-06T00:00']],
    [['f', '12-06T00:00', '12-07T00:00']],
  ]);
});

it('tasks with the same windows are one row, from the first of them on', () => {
  const windows = [{ days: ['mon', 'tue'], from: '22:00', to: '06:00', time_zone: 'UTC' }];
  const tasks = [
    { task_id: 'a', config: { windows }, created_time: '2026-12-01T08:00:00Z' },
    { task_id: 'b', config: { windows }, created_time: '2026-12-01T01:00:00Z' },
    { task_id: 'c', config: {}, created_time: '2026-12-01T00:00:00Z' },
  ];
  const lanes = toLanes({ ...EMPTY, tasks: tasks as unknown as Task[] }, WEEK);
  expect(lanes.map((lane) => lane.kind === 'window' && lane.tasks.map(({ task_id }) => task_id))).toEqual([['a', 'b']]);
  expect(lanes[0]?.spans.map(({ from, until }) => [toText(from), toText(until)])).toEqual([
    ['12-01T01:00', '12-01T06:00'],
    ['12-01T22:00', '12-02T06:00'],
  ]);
});

it('limits and exclusions that have hours or an end are rows, and those that always count are none', () => {
  const hours = [{ days: ['tue'], from: '08:00', to: '18:00', time_zone: 'UTC' }];
  const limits = [
    { limit_id: 'day', covers: { all: true }, windows: hours },
    { limit_id: 'always', covers: { all: true } },
  ];
  const start = '2026-12-01T12:00:00Z';
  const exclusions = [
    { exclusion_id: 'hours', target: '10.0.0.1', start, hours },
    { exclusion_id: 'end', target: '10.0.0.2', start, end: '2026-12-01T13:00:00Z' },
    { exclusion_id: 'always', target: '10.0.0.3', start },
  ];
  const lanes = toLanes({ ...EMPTY, limits, exclusions } as unknown as CalendarData, WEEK);
  expect(
    lanes.map(({ key, spans }) => [key, ...spans.flatMap(({ from, until }) => [from, until].map(toText))]),
  ).toEqual([
    ['day', '12-01T08:00', '12-01T18:00'],
    ['hours', '12-01T12:00', '12-01T18:00'],
    ['end', '12-01T12:00', '12-01T13:00'],
  ]);
});
