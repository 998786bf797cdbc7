import type { HostService } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { readChoices } from '../../browser/navigation';
import { ClearFilters, PortFilter, SelectFilter, TextFilter, TimeFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { HostileText } from '../../components/scroll-box';
import type { Column } from '../../components/table';
import { Time } from '../../components/time';
import { defineTexts } from '../../language/define-texts';

const t = defineTexts({
  is: ['What it is', '内容'],
  first_seen: ['First seen', '首次发现'],
  last_seen: ['Last seen', '最近发现'],
  label: ['Label of the task', '任务标签'],
  new_after: ['New since', '首次发现不早于'],
  open: ['open', '开放'],
  closed: ['closed', '已关闭'],
  any_state: ['open and closed', '开放和已关闭'],
  closed_since: ['closed since', '关闭于'],
  none: ['No service matches.', '没有符合条件的服务。'],
});

/** What is known of a service of a host, in columns. */
export const toServiceColumns = (): Column<HostService>[] => [
  [t('port'), ({ port, protocol }) => <span class="mono">{`${port}/${protocol}`}</span>, 'name'],
  [
    t('is'),
    ({ service, product, version }) => <HostileText text={[service, product, version].filter(Boolean).join(' ')} />,
  ],
  [t('first_seen'), ({ first_seen }) => <Time at={first_seen} />],
  [t('last_seen'), ({ last_seen }) => <Time at={last_seen} />],
  [
    t('state'),
    ({ state, closed_since, task_id, subtask_id }) => (
      <a href={`/tasks/${task_id}/subtasks/${subtask_id}`}>
        {state === 'open' ? (
          t('open')
        ) : (
          <>
            {t('closed_since')} <Time at={closed_since} />
          </>
        )}
      </a>
    ),
  ],
];

const FILTERS = ['state', 'port', 'service', 'product', 'target', 'label', 'new_after'] as const;

/** What is open on all hosts now, or was, as the last scan of each port saw it. */
export function ServicesTab() {
  const filter = readChoices([...FILTERS, 'cursor']);
  const services = useGet('/api/services', { query: filter as object }, 10_000);
  return (
    <>
      <search class="filters narrow">
        <SelectFilter
          name="state"
          label={t('state')}
          options={{ open: t('open'), closed: t('closed'), any: t('any_state') }}
        />
        <PortFilter name="port" label={t('port')} />
        <TextFilter name="service" label={t('service')} />
        <TextFilter name="target" label={t('target')} placeholder="10.0.0.0/24" />
        <TextFilter name="label" label={t('label')} />
        <TimeFilter name="new_after" label={t('new_after')} />
        <ClearFilters names={FILTERS} />
      </search>
      <ListTable
        data={services}
        none={t('none')}
        toKey={({ ip, port, protocol }) => `${ip} ${port}/${protocol}`}
        columns={[
          [
            t('address'),
            ({ ip }) => (
              <a class="mono" href={`/findings/${encodeURIComponent(ip)}`}>
                {ip}
              </a>
            ),
          ],
          ...toServiceColumns(),
        ]}
      />
    </>
  );
}
