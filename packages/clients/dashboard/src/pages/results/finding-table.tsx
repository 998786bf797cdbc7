import type { Finding, operations } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useGet } from '../../api/use-data';
import { readChoices } from '../../browser/navigation';
import { anyOf, ClearFilters, SelectFilter, TextFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { ExportMenu } from '../../components/menu';
import { HostileText } from '../../components/scroll-box';
import { Time } from '../../components/time';
import { defineTexts } from '../../language/define-texts';
import './results.css';

const t = defineTexts({
  findings: ['Findings', '发现'],
  finding: ['Finding', '发现'],
  severity: ['Severity', '严重程度'],
  any_severity: ['Any', '全部'],
  kind: ['Kind', '类型'],
  found: ['Found', '发现时间'],
  none: ['No finding matches.', '没有符合条件的发现。'],
  critical: ['Critical', '严重'],
  high: ['High', '高'],
  medium: ['Medium', '中'],
  low: ['Low', '低'],
  info: ['Info', '信息'],
});

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

const FILTERS = ['severity', 'kind', 'target', 'task_id'] as const;
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

/** What scans found beside open ports, across all tasks. What the API refuses of a filter, it names. */
export function FindingsTab() {
  const filter = readChoices(FILTERS);
  return (
    <>
      <search class="filters narrow">
        <SelectFilter name="severity" label={t('severity')} options={anyOf(t('any_severity'), SEVERITIES, t)} />
        <TextFilter name="kind" label={t('kind')} />
        <TextFilter name="target" label={t('address')} placeholder="10.0.0.0/24" />
        <TextFilter name="task_id" label={t('task')} />
        <ClearFilters names={FILTERS} />
        <ExportMenu path="/api/findings" params={filter} name="findings" />
      </search>
      <FindingTable filter={filter as object} />
    </>
  );
}
