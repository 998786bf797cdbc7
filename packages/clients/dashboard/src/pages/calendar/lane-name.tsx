import { toCoversText } from '../../components/covers';
import { toWindowText } from '../../components/scan-windows';
import { formatDuration } from '../../components/time';
import { locale } from '../../language/language';
import { t } from './texts';
import type { Exclusion, Lane } from './to-lanes';

const SHOWN_TASKS = 2;

/** What a row of the calendar is about. */
export function toLaneName(lane: Lane): string {
  if (lane.kind === 'schedule') return lane.schedule.name;
  if (lane.kind === 'limit') return `${t('limit')}: ${toCoversText(lane.limit.covers)}`;
  if (lane.kind === 'exclusion') return `${t('exclusion')}: ${toExcludedText(lane.exclusion)}`;
  if (lane.kind !== 'window') return `${t(lane.kind)}: ${toCoversText(lane.freeze.covers)}`;
  const names = lane.tasks.slice(0, SHOWN_TASKS).map(({ name, task_target }) => name ?? task_target.slice(0, 60));
  const more = lane.tasks.length - names.length;
  return names.join(', ') + (more > 0 ? ` ${t('and_more', { count: more })}` : '');
}

const toExcludedText = ({ target, ports }: Exclusion) => (ports === undefined ? target : `${target} :${ports}`);

/** Why, or when. */
export function toLaneRemark(lane: Lane): string {
  if (lane.kind === 'window') return lane.windows.map(toWindowText).join('; ');
  if (lane.kind === 'limit') return (lane.limit.windows ?? []).map(toWindowText).join('; ');
  if (lane.kind === 'exclusion')
    return (lane.exclusion.hours ?? []).map(toWindowText).join('; ') || lane.exclusion.reason;
  if (lane.kind !== 'schedule') return lane.freeze.reason;
  const { cron, every = 0, time_zone } = lane.schedule;
  return cron === undefined ? t('every', { time: formatDuration(every) }) : `${cron} ${time_zone}`;
}

/** The page that has more about it. */
export function toLanePath(lane: Lane): string {
  if (lane.kind === 'schedule') return `/plan/schedules/${lane.schedule.schedule_id}`;
  if (lane.kind === 'limit') return `/plan/limits?limit_id=${lane.limit.limit_id}`;
  if (lane.kind === 'exclusion') return `/plan/exclusions/${lane.exclusion.exclusion_id}`;
  if (lane.kind !== 'window') return '/plan/freezes';
  return lane.tasks.length === 1 ? `/tasks/${lane.tasks[0]?.task_id}?settings=open` : '/tasks';
}

/** `22:00` in a time zone. */
export const formatClock = (at: number, timeZone: string): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });

/** `Mon 30 Nov` */
export const formatDay = (at: number, timeZone: string): string =>
  new Date(at).toLocaleDateString(locale.value, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone,
  });
