import { unwrap } from '@cyberstroll/client';
import { useData } from '../../api/use-data';
import { query } from '../../app/navigation';
import { client } from '../../app/session';
import { TextFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { Empty, Loaded } from '../../components/notice';
import { Pager } from '../../components/pager';
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
      <Loaded data={entries}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <Empty>{t('none')}</Empty>
          ) : (
            <>
              <div class="table-box">
                <table class="live">
                  <thead>
                    <tr>
                      <th scope="col">{t('time')}</th>
                      <th scope="col">{t('operator')}</th>
                      <th scope="col">{t('operation')}</th>
                      <th scope="col">{t('subject')}</th>
                      <th scope="col">{t('change')}</th>
                      <th scope="col">{t('reason')}</th>
                      <th scope="col">{t('result')}</th>
                      <th scope="col">{t('address')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((entry) => (
                      <tr key={entry.audit_id}>
                        <td>
                          <Time at={entry.time} />
                        </td>
                        <td>{entry.operator ?? '–'}</td>
                        <td>{entry.operation === 'login' ? t('login') : entry.operation}</td>
                        <td>
                          {entry.task_id !== undefined && <a href={`/tasks/${entry.task_id}`}>{entry.task_id}</a>}{' '}
                          {entry.subject}
                        </td>
                        <td>
                          {entry.after !== undefined && (
                            <HostileText text={`${entry.before ?? ''} → ${entry.after}`} most={200} />
                          )}
                        </td>
                        <td>{entry.reason}</td>
                        <td>
                          {entry.status ?? t('unknown')} {entry.code}
                        </td>
                        <td>{entry.address}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager next={next_cursor} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
