import type { Finding, operations } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useGet } from '../../api/use-data';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { t } from './finding-texts';
import './results.css';

type FindingQuery = NonNullable<operations['listFindings']['parameters']['query']>;

/** What scans found beside open ports, a page at a time. Nothing is shown if `hidesEmpty` and there is nothing. */
export function FindingTable({ filter, hidesEmpty = false }: { filter: FindingQuery; hidesEmpty?: boolean }) {
  const cursor = useSignal<string | undefined>(undefined);
  const findings = useGet('/api/findings', { query: { ...filter, cursor: cursor.value } }, 10_000);
  if (hidesEmpty && (findings.value?.items.length ?? 0) === 0) return null;
  return (
    <section aria-label={t('findings')}>
      {hidesEmpty && <h2>{t('findings')}</h2>}
      <ListTable
        data={findings}
        none={t('none')}
        toKey={({ subtask_id, finding_id }) => `${subtask_id} ${finding_id}`}
        cursor={cursor}
        columns={[
          [t('severity'), ({ severity }) => severity && <Severity severity={severity} />],
          [t('finding'), (finding) => <What finding={finding} />, 'name'],
          [
            t('address'),
            ({ task_id, subtask_id, ip, port }) => (
              <a class="mono" href={`/tasks/${task_id}/subtasks/${subtask_id}`}>
                {ip}
                {port !== undefined && ` :${port}`}
              </a>
            ),
          ],
          [t('kind'), ({ kind }) => kind],
          [t('found'), ({ completed_time }) => <Time at={completed_time} />],
        ]}
      />
    </section>
  );
}

const Severity = ({ severity }: { severity: NonNullable<Finding['severity']> }) => (
  <span class={severity === 'critical' || severity === 'high' ? 'chip bad' : 'chip'}>{t(severity)}</span>
);

function What({ finding: { title, finding_id, data } }: { finding: Finding }) {
  const name = (
    <>
      <HostileText text={title} /> <bdi class="weak mono">{finding_id}</bdi>
    </>
  );
  if (!data) return name;
  return (
    <details>
      <summary>{name}</summary>
      <pre>
        <HostileText text={JSON.stringify(data, null, 2)} />
      </pre>
    </details>
  );
}
