import { useGet } from '../../api/use-data';
import { query, readChoices } from '../../browser/navigation';
import { ExportLinks } from '../../components/export-links';
import { TextFilter, TimeFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { nameCommand } from '../../language/define-texts';
import './audit.css';
import { AUDIT_FILTERS, toAuditExportPath, toAuditFileName } from './audit-filter';
import { t } from './texts';
import { toSubjectPath } from './to-subject-path';

/** Every command of the API, as docs/openapi.json has them. */
declare const __COMMANDS__: readonly string[];

/** Every command, and every refused login, newest first. */
export default function AuditPage() {
  const filter = readChoices(AUDIT_FILTERS);
  const cursor = query.value.get('cursor');
  const entries = useGet('/api/audit', { query: { ...filter, ...(cursor && { cursor }) } }, 5_000);
  return (
    <>
      <h1>{t('title')}</h1>
      <search class="filters narrow">
        <TextFilter label={t('operator')} name="operator" />
        <TextFilter label={t('operation')} name="operation" options={['login', ...__COMMANDS__]} />
        <TextFilter label={t('task_id')} name="task_id" size={26} />
        <TextFilter label={t('subject')} name="subject" size={26} />
        <TimeFilter label={t('after')} name="after" />
        <TimeFilter label={t('before')} name="before" />
        <ExportLinks toPath={(format) => toAuditExportPath(filter, format)} name={toAuditFileName(filter)} />
      </search>
      <div class="audit">
        <ListTable
          data={entries}
          none={t('none')}
          toKey={({ audit_id }) => audit_id}
          columns={[
            [t('time'), ({ time }) => <Time at={time} />],
            [t('operator'), ({ operator }) => <bdi>{operator ?? '–'}</bdi>],
            [
              t('operation'),
              ({ operation, dry_run }) => (
                <>
                  <span title={operation}>{nameCommand(operation)}</span>{' '}
                  {dry_run && (
                    <span class="label" title={t('dry_run_means')}>
                      {t('dry_run')}
                    </span>
                  )}
                </>
              ),
            ],
            [
              t('subject'),
              (entry) => (
                <>
                  {entry.task_id !== undefined && <a href={`/tasks/${entry.task_id}`}>{entry.task_id}</a>}{' '}
                  <Subject text={entry.subject} path={toSubjectPath(entry)} />
                </>
              ),
            ],
            [
              t('change'),
              ({ before, after }) =>
                after !== undefined && (
                  <HostileText text={before === undefined ? after : `${before} → ${after}`} most={200} />
                ),
            ],
            [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
            [t('result'), ({ status, code }) => `${status ?? t('unknown')} ${code ?? ''}`],
            [t('address'), ({ address }) => address],
          ]}
        />
      </div>
    </>
  );
}

const Subject = ({ text, path }: { text: string | undefined; path: string | undefined }) =>
  path === undefined ? (
    <bdi>{text}</bdi>
  ) : (
    <a href={path}>
      <bdi>{text}</bdi>
    </a>
  );
