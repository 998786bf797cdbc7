import type { ListedSchedule } from '@cyberstroll/client';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { ListTable } from '../../components/list-table';
import { formatDuration, Time } from '../../components/time';
import { Badge } from '../../states/state-badge';
import { CreateSchedule } from './create-schedule';
import { t } from './texts';

/** What is scanned again and again. */
export default function SchedulesPage() {
  const cursor = query.value.get('cursor') ?? undefined;
  const schedules = useGet('/api/schedules', { query: { ...(cursor !== undefined && { cursor }) } }, 5_000);
  return (
    <>
      <h1>{t('title')}</h1>
      {isOperator.value && (
        <div class="filters">
          <CreateSchedule onDone={schedules.reload} />
        </div>
      )}
      <ListTable
        data={schedules}
        none={t('none')}
        toKey={({ schedule_id }) => schedule_id}
        columns={[
          [
            t('name'),
            ({ schedule_id, name }) => (
              <a href={`/plan/schedules/${schedule_id}`}>
                <bdi>{name}</bdi>
              </a>
            ),
            'name',
          ],
          [t('state'), (schedule) => <ScheduleState paused={schedule.paused} />],
          [t('when'), (schedule) => <ScheduleTimes schedule={schedule} />],
          [t('next'), ({ next_time }) => <Time at={next_time} />],
          [t('created'), ({ created_time }) => <Time at={created_time} />],
        ]}
      />
    </>
  );
}

export const ScheduleState = ({ paused }: { paused: boolean }) =>
  paused ? <Badge tone="again" glyph="‖" name={t('paused')} /> : <Badge tone="good" glyph="●" name={t('active')} />;

/** When it is due: its cron line with the time zone, or its interval. */
export function ScheduleTimes({ schedule: { cron, every, time_zone } }: { schedule: ListedSchedule }) {
  if (cron === undefined) return <>{t('every', { time: formatDuration(every ?? 0) })}</>;
  return (
    <>
      <code>{cron}</code> <span class="weak">{time_zone}</span>
    </>
  );
}
