import type { PortResult } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { SelectFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { Time } from '../../components/time';
import { defineTexts } from '../../language/define-texts';
import { type ResultFilter, toResultQuery } from './result-filter';
import './results.css';

const t = defineTexts({
  found: ['Found', '发现时间'],
  none: ['No host with an open port matches.', '没有符合条件的开放端口主机。'],
});

/** The order of the list; `first` is what the usual one is called. */
export const ResultOrder = ({ first }: { first: string }) => (
  <SelectFilter name="sort" label={t('order')} options={{ '': first, address: t('by_address') }} />
);

/** Hosts with open ports that match, a page at a time. `withTask`: they are of several tasks. */
export function ResultTable({ filter, withTask = false }: { filter: ResultFilter; withTask?: boolean }) {
  const asked = toResultQuery(filter, query.value);
  const results = useGet('/api/results', { query: asked }, 5_000);
  return (
    <div class="results">
      <ListTable
        data={results}
        none={t('none')}
        toKey={({ subtask_id }) => subtask_id}
        columns={[
          [
            t('address'),
            ({ task_id, subtask_id, ip }) => (
              <a class="mono" href={`/tasks/${task_id}/subtasks/${subtask_id}`}>
                {ip}
              </a>
            ),
            'name',
          ],
          [t('open_ports'), (result) => <OpenPorts {...result} />],
          withTask && [
            t('task'),
            ({ task_id, task_name }) => (
              <NameLink href={`/tasks/${task_id}?tab=results`} name={task_name ?? t('task')} />
            ),
          ],
          [t('node'), ({ assigned_node }) => <bdi>{assigned_node}</bdi>],
          [t('found'), ({ completed_time }) => <Time at={completed_time} />],
        ]}
      />
    </div>
  );
}

/** The open ports of a host, one a line. What a service says of itself is folded; a click shows the whole. */
export const OpenPorts = ({ ports }: { ports: readonly PortResult[] }) => (
  <ul class="open-ports">{ports.filter(({ state }) => state === 'open').map(OpenPort)}</ul>
);

function OpenPort({ port, protocol, service = '', product, version, banner, tls }: PortResult) {
  const label = protocol === 'tcp' ? port : `${port}/${protocol}`;
  const name = (
    <span class="chip">
      <b>{label}</b> <bdi>{service}</bdi>
    </span>
  );
  const said = [product, version, banner, tls?.subject].filter(Boolean).join(' ');
  return (
    <li key={label}>
      {said === '' ? (
        name
      ) : (
        <details>
          <summary>
            {name} <bdi class="banner weak mono">{said.slice(0, 200)}</bdi>
          </summary>
          <HostileText text={said} />
        </details>
      )}
    </li>
  );
}
