import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { readChoices } from '../../browser/navigation';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { besideList } from '../../components/side-panel';
import { Time } from '../../components/time';
import { SchedulePanel, ScheduleState, ScheduleTimes } from './schedule-panel';
import { t } from './texts';

/** What is scanned again and again. */
export default function SchedulesPage({ schedule_id }: { schedule_id?: string }) {
  const schedules = useGet('/api/schedules', { query: readChoices(['cursor']) }, 5_000);
  return (
    <>
      <h1>{t('title')}</h1>
      {isOperator.value && (
        <div class="filters">
          <a class="button" href="/tasks/new?repeat=yes">
            {t('create')}
          </a>
        </div>
      )}
      <ListTable
        data={schedules}
        none={t('none')}
        toKey={({ schedule_id }) => schedule_id}
        columns={[
          [
            t('name'),
            ({ schedule_id, name }) => <NameLink href={besideList(`/plan/schedules/${schedule_id}`)} name={name} />,
            'name',
          ],
          [t('state'), (schedule) => <ScheduleState paused={schedule.paused} />],
          [t('when'), (schedule) => <ScheduleTimes schedule={schedule} />],
          [t('next'), ({ next_time }) => <Time at={next_time} />],
          [t('created'), ({ created_time }) => <Time at={created_time} />],
        ]}
      />
      {schedule_id !== undefined && <SchedulePanel key={schedule_id} schedule_id={schedule_id} />}
    </>
  );
}
