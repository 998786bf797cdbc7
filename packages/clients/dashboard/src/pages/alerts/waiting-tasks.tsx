import type { Task } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { TaskLink } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { needsPerson, Waiting } from '../../components/waiting-reason';
import { t } from './texts';

/** Open tasks that are read. */
const MOST_READ = 200;

/** Tasks that wait for something that a person must do; nothing where there is none. */
export function WaitingTasks() {
  const open = useGet('/api/tasks', { query: { status: ['RUNNING', 'QUEUED', 'CREATED'], limit: MOST_READ } }, 5_000);
  return (
    <Loaded data={open}>
      {({ items, next_cursor }) => (
        <>
          <WaitingTable waiting={items.filter(({ waiting_reason }) => needsPerson(waiting_reason))} />
          {next_cursor !== undefined && <p class="weak">{t('newest_tasks', { count: MOST_READ })}</p>}
        </>
      )}
    </Loaded>
  );
}

function WaitingTable({ waiting }: { waiting: readonly Task[] }) {
  if (waiting.length === 0) return null;
  return (
    <section class="group" aria-label={t('waiting_tasks')}>
      <h2>{t('waiting_tasks')}</h2>
      <Table
        rows={waiting}
        toKey={({ task_id }) => task_id}
        columns={[
          [t('task'), (task) => <TaskLink task={task} />, 'name'],
          [t('waits'), (task) => task.waiting_reason && <Waiting reason={task.waiting_reason} taskId={task.task_id} />],
          [t('created'), ({ created_time }) => <Time at={created_time} />],
        ]}
      />
    </section>
  );
}
