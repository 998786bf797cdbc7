import { useGet } from '../../api/use-data';
import { readChoices } from '../../browser/navigation';
import { TextFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { defineTexts, nameCommand } from '../../language/define-texts';

const t = defineTexts({
  title: ['Audit log', '审计日志'],
  operator: ['Key', '密钥'],
  operation: ['Command', '命令'],
  change: ['Before → after', '之前 → 之后'],
  address: ['From', '来源'],
  task_id: ['Task', '任务'],
  none: ['No entry.', '没有记录。'],
  unknown: ['no result', '无结果'],
});

const FILTERS = ['operator', 'operation', 'task_id', 'cursor'] as const;

export const title = () => t('title');

/** Every command, and every refused login, newest first. */
export default function AuditPage() {
  const filter = readChoices(FILTERS);
  const entries = useGet('/api/audit', { query: filter }, 5_000);
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
        toKey={({ audit_id }) => audit_id}
        columns={[
          [t('time'), ({ time }) => <Time at={time} />],
          [t('operator'), ({ operator }) => <bdi>{operator ?? '–'}</bdi>],
          [t('operation'), ({ operation }) => <span title={operation}>{nameCommand(operation)}</span>],
          [
            t('subject'),
            ({ task_id, subject }) => (
              <>
                {task_id !== undefined && <a href={`/tasks/${task_id}`}>{task_id}</a>} <bdi>{subject}</bdi>
              </>
            ),
          ],
          [
            t('change'),
            ({ before = '', after }) => after !== undefined && <HostileText text={`${before} → ${after}`} most={200} />,
          ],
          [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
          [t('result'), ({ status, code }) => `${status ?? t('unknown')} ${code ?? ''}`],
          [t('address'), ({ address }) => address],
        ]}
      />
    </>
  );
}
