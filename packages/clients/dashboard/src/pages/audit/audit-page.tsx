import { unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { TextFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { t } from './texts';

const FILTERS = ['operator', 'operation', 'task_id', 'cursor'] as const;

/** Every command, and every refused login, newest first. */
export default function AuditPage() {
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = query.value.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const entries = useData((signal) => unwrap(client.GET('/api/audit', { params: { query: filter }, signal })), {
    key: JSON.stringify(filter),
    every: 5_000,
  });
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <TextFilter label={t('operator')} name="operator" />
        <TextFilter label={t('operation')} name="operation" />
        <TextFilter label={t('task_id')} name="task_id" size={26} />
      </div>
      <ListTable
        data={entries}
        none={t('none')}
        columns={[
          t('time'),
          t('operator'),
          t('operation'),
          t('subject'),
          t('change'),
          t('reason'),
          t('result'),
          t('address'),
        ]}
        renderRow={(entry) => (
          <tr key={entry.audit_id}>
            <td>
              <Time at={entry.time} />
            </td>
            <td>
              <bdi>{entry.operator ?? '–'}</bdi>
            </td>
            <td>{entry.operation === 'login' ? t('login') : entry.operation}</td>
            <td>
              {entry.task_id !== undefined && <a href={`/tasks/${entry.task_id}`}>{entry.task_id}</a>}{' '}
              <bdi>{entry.subject}</bdi>
            </td>
            <td>
              {entry.after !== undefined && <HostileText text={`${entry.before ?? ''} → ${entry.after}`} most={200} />}
            </td>
            <td>
              <bdi>{entry.reason}</bdi>
            </td>
            <td>
              {entry.status ?? t('unknown')} {entry.code}
            </td>
            <td>{entry.address}</td>
          </tr>
        )}
      />
    </>
  );
}
