import { unwrap } from '@cyberstroll/client';
import { DAY_MS } from '@cyberstroll/contracts';
import { useMemo } from 'preact/hooks';
import { client } from '../../api/session';
import { type Data, useData } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { type CalendarData, type Lane, toLanes } from './to-lanes';
import type { Week } from './week';

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
