import type { Freeze, ListedSchedule, operations, ScheduleRun, Task } from '@cyberstroll/client';
import { type ScanWindow, toOpenHours } from './open-hours';
import { findPlannedTimes } from './planned-times';
import type { Span, Week } from './week';

type ItemOf<List extends 'listLimits' | 'listExclusions'> =
  operations[List]['responses'][200]['content']['application/json']['items'][number];
export type Limit = ItemOf<'listLimits'>;
export type Exclusion = ItemOf<'listExclusions'>;

/** What the API says of a week. */
export interface CalendarData {
  freezes: readonly Freeze[];
  /** Open tasks. */
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
export type Lane = { key: string; spans: Span[]; runs: LaneRun[] } & (
  | { kind: 'freeze' | 'blackout'; freeze: Freeze }
  | { kind: 'window'; windows: readonly ScanWindow[]; tasks: readonly Task[] }
  | { kind: 'limit'; limit: Limit }
  | { kind: 'exclusion'; exclusion: Exclusion }
  | { kind: 'schedule'; schedule: ListedSchedule }
);

/** A schedule shows at most as many runs of a week: one for each quarter of an hour. */
const MOST_RUNS = 672;

/**
 * Rows with something in the week: what stops scans, when they may begin, which limits and exclusions have hours, and
 * what is planned. A rule that always counts has no row.
 */
export function toLanes(
  { freezes, tasks, schedules, limits, exclusions, runs }: CalendarData,
  week: Week,
  now: number,
): Lane[] {
  const lanes: Lane[] = [
    ...freezes.map((freeze) => ({
      key: freeze.freeze_id,
      kind: freeze.kind,
      freeze,
      spans: clip([{ from: Date.parse(freeze.from), until: toEnd(freeze.until) }], week),
      runs: [],
    })),
    ...groupByWindows(tasks).map(([key, [first, ...others]]) => ({
      key,
      kind: 'window' as const,
      windows: first.config.windows ?? [],
      tasks: [first, ...others],
      spans: clip(toOpenHours(first.config.windows ?? [], week), sinceFirst([first, ...others])),
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
      runs: toRuns(schedule, runs[schedule.schedule_id] ?? [], week, now),
    })),
  ];
  return lanes.filter((lane) => lane.spans.length > 0 || lane.runs.length > 0);
}

/** Of one that always counts, from its start on, there are none. */
function toExcludedSpans({ start, end, hours }: Exclusion, week: Week): Span[] {
  if (!hours?.length && end === undefined) return [];
  const whole = { from: Date.parse(start), until: toEnd(end) };
  return clip(hours?.length ? toOpenHours(hours, week) : [week], whole);
}

const toEnd = (until: string | undefined): number =>
  until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);

/** Before its first task a window held nothing. */
const sinceFirst = (tasks: readonly Task[]): Span => ({
  from: Math.min(...tasks.map(({ created_time }) => Date.parse(created_time))),
  until: Number.POSITIVE_INFINITY,
});

/** What of the spans lies in another one. */
const clip = (spans: readonly Span[], { from, until }: Span): Span[] =>
  spans
    .map((span) => ({ from: Math.max(from, span.from), until: Math.min(until, span.until) }))
    .filter((span) => span.from < span.until);

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

/** What became of the planned times until now, and those to come. A paused schedule has none to come. */
function toRuns(schedule: ListedSchedule, known: readonly ScheduleRun[], week: Week, now: number): LaneRun[] {
  const past = known
    .map(({ planned_time, outcome, task_id }) => ({
      at: Date.parse(planned_time),
      outcome,
      ...(task_id !== undefined && { task_id }),
    }))
    .filter(({ at }) => at >= week.from && at < week.until)
    .sort((a, b) => a.at - b.at);
  // A planned time whose moment has come is decided a little later.
  const decided = Math.max(week.from - 1, now, past.at(-1)?.at ?? 0);
  const left = schedule.paused ? [] : findPlannedTimes(schedule, { from: decided, until: week.until }, MOST_RUNS);
  return [...past, ...left.map((at) => ({ at }))];
}

/** A row of the list of one day. */
export interface DayEntry extends Span {
  lane: Lane;
  /** Runs of a schedule, together if there are many. Of a span: none. */
  runs: LaneRun[];
}

const MOST_SINGLE_RUNS = 3;

/** What a day has, in the order of its time. */
export function toDayEntries(lanes: readonly Lane[], day: Span): DayEntry[] {
  return lanes
    .flatMap((lane): DayEntry[] => {
      const spans = clip(lane.spans, day).map((span) => ({ ...span, lane, runs: [] }));
      const runs = lane.runs.filter(({ at }) => at >= day.from && at < day.until);
      const groups = runs.length > MOST_SINGLE_RUNS ? [runs] : runs.map((run) => [run]);
      return [...spans, ...groups.map((group) => ({ ...toSpan(group), lane, runs: group }))];
    })
    .sort((a, b) => a.from - b.from);
}

const toSpan = (runs: readonly LaneRun[]): Span => ({ from: runs[0]?.at ?? 0, until: runs.at(-1)?.at ?? 0 });
