import {
  type Freeze,
  type ListedSchedule,
  type operations,
  type ScheduleRun,
  type Task,
  unwrap,
} from '@cyberstroll/client';
import { DAY_MS, type ScanWindow } from '@cyberstroll/contracts';
import { clipSpans, type TimeSpan, toOpenHours } from '@cyberstroll/task-state';
import { useMemo } from 'preact/hooks';
import { client } from '../../api/session';
import { type Data, useData } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import type { Week } from './week';

type ItemOf<List extends 'listLimits' | 'listExclusions'> =
  operations[List]['responses'][200]['content']['application/json']['items'][number];
export type Limit = ItemOf<'listLimits'>;
export type Exclusion = ItemOf<'listExclusions'>;

export interface CalendarData {
  freezes: readonly Freeze[];
  tasks: readonly Task[];
  schedules: readonly ListedSchedule[];
  limits: readonly Limit[];
  exclusions: readonly Exclusion[];
  /** By schedule: those that the week has already seen. */
  runs: Readonly<Record<string, readonly ScheduleRun[]>>;
  /** There are more tasks, schedules or exclusions than were read. */
  isCut: boolean;
}

export interface LaneRun {
  at: number;
  /** Absent: it is still to come. */
  outcome?: ScheduleRun['outcome'];
  task_id?: string;
}

/** One row of the calendar, with what of it lies in the week. */
export type Lane = { key: string; spans: TimeSpan[]; runs: LaneRun[] } & (
  | { kind: 'freeze' | 'blackout'; freeze: Freeze }
  | { kind: 'window'; windows: readonly ScanWindow[]; tasks: readonly Task[] }
  | { kind: 'limit'; limit: Limit }
  | { kind: 'exclusion'; exclusion: Exclusion }
  | { kind: 'schedule'; schedule: ListedSchedule }
);

/**
 * Rows with something in the week: what stops scans, when they may begin, which limits and exclusions have hours, and
 * what is planned. A rule that always counts has no row.
 */
export function toLanes({ freezes, tasks, schedules, limits, exclusions, runs }: CalendarData, week: Week): Lane[] {
  const lanes: Lane[] = [
    ...freezes.map((freeze) => ({
      key: freeze.freeze_id,
      kind: freeze.kind,
      freeze,
      spans: clipSpans([{ from: Date.parse(freeze.from), until: toEnd(freeze.until) }], week),
      runs: [],
    })),
    ...groupByWindows(tasks).map(([key, [first, ...others]]) => ({
      key,
      kind: 'window' as const,
      windows: first.config.windows ?? [],
      tasks: [first, ...others],
      spans: clipSpans(toOpenHours(first.config.windows ?? [], week), sinceFirst([first, ...others])),
      runs: [],
    })),
    ...limits.map((limit) => ({
      key: limit.limit_id,
      kind: 'limit' as const,
      limit,
      spans: toOpenHours(limit.windows ?? [], week),
      runs: [],
    })),
    ...exclusions.map((exclusion) => ({
      key: exclusion.exclusion_id,
      kind: 'exclusion' as const,
      exclusion,
      spans: toExcludedSpans(exclusion, week),
      runs: [],
    })),
    ...schedules.map((schedule) => ({
      key: schedule.schedule_id,
      kind: 'schedule' as const,
      schedule,
      spans: [],
      runs: toRuns(schedule, runs[schedule.schedule_id] ?? [], week),
    })),
  ];
  return lanes.filter((lane) => lane.spans.length > 0 || lane.runs.length > 0);
}

/** Of one that always counts, from its start on, there are none. */
function toExcludedSpans({ start, end, hours }: Exclusion, week: Week): TimeSpan[] {
  if (!hours?.length && end === undefined) return [];
  const whole = { from: Date.parse(start), until: toEnd(end) };
  return clipSpans(hours?.length ? toOpenHours(hours, week) : [week], whole);
}

const toEnd = (until: string | undefined): number =>
  until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);

/** Before its first task a window held nothing. */
const sinceFirst = (tasks: readonly Task[]): TimeSpan => ({
  from: Math.min(...tasks.map(({ created_time }) => Date.parse(created_time))),
  until: Number.POSITIVE_INFINITY,
});

/** Tasks with the same windows stand in one row. */
function groupByWindows(tasks: readonly Task[]): [string, [Task, ...Task[]]][] {
  const groups = new Map<string, [Task, ...Task[]]>();
  for (const task of tasks) {
    if (!task.config.windows?.length) continue;
    const key = JSON.stringify(task.config.windows);
    const group = groups.get(key);
    if (group) group.push(task);
    else groups.set(key, [task]);
  }
  return [...groups];
}

/** What became of the planned times until now, and those to come. */
function toRuns({ planned_times = [] }: ListedSchedule, known: readonly ScheduleRun[], week: Week): LaneRun[] {
  const past = known
    .map(({ planned_time, outcome, task_id }) => ({
      at: Date.parse(planned_time),
      outcome,
      ...(task_id !== undefined && { task_id }),
    }))
    .filter(({ at }) => at >= week.from && at < week.until)
    .sort((a, b) => a.at - b.at);
  // The runs are read after the planned times: the first of these may have been decided in between.
  const decided = past.at(-1)?.at ?? 0;
  const left = planned_times.map((time) => ({ at: Date.parse(time) }));
  return [...past, ...left.filter(({ at }) => at > decided && at < week.until)];
}

/** A row of the list of one day. */
export interface DayEntry extends TimeSpan {
  lane: Lane;
  /** Runs of a schedule, together if there are many. Of a span: none. */
  runs: LaneRun[];
}

const MOST_SINGLE_RUNS = 3;

/** What a day has, in the order of its time. */
export function toDayEntries(lanes: readonly Lane[], day: TimeSpan): DayEntry[] {
  return lanes
    .flatMap((lane): DayEntry[] => {
      const spans = clipSpans(lane.spans, day).map((span) => ({ ...span, lane, runs: [] }));
      const runs = lane.runs.filter(({ at }) => at >= day.from && at < day.until);
      const groups = runs.length > MOST_SINGLE_RUNS ? [runs] : runs.map((run) => [run]);
      return [...spans, ...groups.map((group) => ({ ...toSpan(group), lane, runs: group }))];
    })
    .sort((a, b) => a.from - b.from);
}

const toSpan = (runs: readonly LaneRun[]): TimeSpan => ({ from: runs[0]?.at ?? 0, until: runs.at(-1)?.at ?? 0 });

const READ_EVERY = 20_000;
const OPEN = ['CREATED', 'QUEUED', 'RUNNING', 'PAUSED'] as const;
/** How many are read: the newest. */
export const MOST_TASKS = 200;
export const MOST_SCHEDULES = 50;
export const MOST_RULES = 200;

/** What the week has, and all freezes and blackouts that are not over. */
export function useCalendar(week: Week): { data: Data<CalendarData>; lanes: Lane[] } {
  const data = useData((signal) => readCalendar(week, signal), { key: String(week.from), every: READ_EVERY });
  const lanes = useMemo(() => (data.value ? toLanes(data.value, week) : []), [data.value, week.from, week.until]);
  return { data, lanes };
}

async function readCalendar(week: Week, signal: AbortSignal): Promise<CalendarData> {
  const now = serverNow.peek();
  const from = Math.max(week.from, now);
  const toCome = now < week.until && {
    planned_from: new Date(from).toISOString(),
    planned_days: Math.ceil((week.until - from) / DAY_MS),
  };
  const [freezes, tasks, schedules, limits, exclusions] = await Promise.all([
    unwrap(client.GET('/api/freezes', { params: { query: { limit: 200 } }, signal })),
    unwrap(client.GET('/api/tasks', { params: { query: { status: [...OPEN], limit: MOST_TASKS } }, signal })),
    unwrap(client.GET('/api/schedules', { params: { query: { limit: MOST_SCHEDULES, ...toCome } }, signal })),
    unwrap(client.GET('/api/limits', { signal })),
    unwrap(client.GET('/api/exclusions', { params: { query: { limit: MOST_RULES } }, signal })),
  ]);
  const runs = await Promise.all((week.from < now ? schedules.items : []).map(readRuns));
  return {
    freezes: freezes.items,
    tasks: tasks.items,
    schedules: schedules.items,
    limits: limits.items,
    exclusions: exclusions.items,
    runs: Object.fromEntries(runs),
    isCut: [tasks, schedules, exclusions].some(({ next_cursor }) => next_cursor !== undefined),
  };

  /** The newest of the week: the cursor of this list is a planned time. */
  async function readRuns({ schedule_id }: { schedule_id: string }) {
    const params = { path: { schedule_id }, query: { cursor: week.until, limit: 200 } };
    const { items } = await unwrap(client.GET('/api/schedules/{schedule_id}/runs', { params, signal }));
    return [schedule_id, items] as const;
  }
}
