import { unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { withQuery } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { Loaded } from '../../components/notice';
import { formatNumber } from '../../language/define-texts';
import { t } from './texts';

/** The open ports of a task by port and service. A click lists the hosts. */
export function PortGroups({ taskId }: { taskId: string }) {
  const groups = useData(
    (signal) => unwrap(client.GET('/api/tasks/{task_id}/ports', { params: { path: { task_id: taskId } }, signal })),
    { key: taskId, every: 10_000 },
  );
  return (
    <Loaded data={groups}>
      {({ items, is_complete }) => (
        <>
          <ul class="port-groups" aria-label={t('by_port')}>
            {items.map(({ port, protocol, service, hosts }) => (
              <li key={`${port}/${protocol} ${service}`}>
                <a href={withQuery({ port: String(port), service, cursor: undefined })}>
                  {port}/{protocol} <HostileText text={service} most={40} />
                </a>{' '}
                <b>{formatNumber(hosts)}</b>
              </li>
            ))}
          </ul>
          {!is_complete && <p class="weak">{t('not_all_ports')}</p>}
        </>
      )}
    </Loaded>
  );
}
