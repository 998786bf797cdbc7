import type { Host } from '@cyberstroll/client';
import { type Data, isMissing, useGet } from '../../api/use-data';
import { useSubject } from '../../browser/title';
import { ListTable } from '../../components/list-table';
import { TaskLink } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { defineTexts } from '../../language/define-texts';
import { TaskState } from '../../states/state-badge';
import { FindingTable } from '../results/finding-table';
import { ResultTable } from '../results/result-table';
import { toServiceColumns } from '../results/service-table';

const t = defineTexts({
  known: ['Open now, and closed since', '当前开放及已关闭的端口'],
  hostnames: ['Names', '主机名'],
  open: ['What was open, the newest scan first', '开放的端口，最新扫描在前'],
  tasks: ['Tasks with this address', '包含此地址的任务'],
  none: ['No task has this address.', '没有任务包含此地址。'],
  scan: ['Its scan', '对应的扫描'],
  show: ['Show', '查看'],
});

/** The newest tasks that are listed. */
const MOST_TASKS = 50;

/** One address over all tasks: what is open, what was open when, and which tasks scan it. */
export default function HostPage({ address = '' }: { address?: string }) {
  useSubject(address);
  const host = useGet('/api/hosts/{ip}', { path: { ip: address } }, 10_000);
  const tasks = useGet('/api/tasks', { query: { target: address, limit: MOST_TASKS } }, 5_000);
  return (
    <>
      <h1 class="mono">
        <bdi>{address}</bdi>
      </h1>
      {!isMissing(host.error) && <Known host={host} />}
      <section aria-labelledby="open">
        <h2 id="open">{t('open')}</h2>
        <ResultTable filter={{ target: address }} withTask />
      </section>
      <FindingTable filter={{ target: address }} hidesEmpty />
      <section aria-labelledby="tasks">
        <h2 id="tasks">{t('tasks')}</h2>
        <ListTable
          data={tasks}
          none={t('none')}
          toKey={({ task_id }) => task_id}
          columns={[
            [t('task'), (task) => <TaskLink task={task} />, 'name'],
            [t('state'), ({ status }) => <TaskState status={status} />],
            [t('created'), ({ created_time }) => <Time at={created_time} />],
            [
              t('scan'),
              ({ task_id }) => (
                <a href={`/tasks/${task_id}?tab=subtasks&target=${encodeURIComponent(address)}`}>{t('show')}</a>
              ),
            ],
          ]}
        />
      </section>
    </>
  );
}

/** The host as the inventory has it. It has none on which nothing was ever found. */
const Known = ({ host }: { host: Data<Host> }) => (
  <section aria-labelledby="known">
    <h2 id="known">{t('known')}</h2>
    <Loaded data={host}>
      {({ services, hostnames = [] }) => (
        <>
          {hostnames.length > 0 && (
            <p>
              {t('hostnames') + t('colon')}
              <HostileText text={hostnames.join(', ')} />
            </p>
          )}
          <Table rows={services} toKey={({ port, protocol }) => `${port}/${protocol}`} columns={toServiceColumns()} />
        </>
      )}
    </Loaded>
  </section>
);
