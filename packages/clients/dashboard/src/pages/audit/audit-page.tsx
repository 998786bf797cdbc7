import type { AuditEntry } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { readChoices } from '../../browser/navigation';
import { TextFilter, TimeFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { ExportMenu } from '../../components/menu';
import { NameLink } from '../../components/name-link';
import { HostileText } from '../../components/scroll-box';
import { formatTime } from '../../components/time';
import { AUDIT_FILTERS, nameDeed, toAuditFileName, toRows, toSubjectPath } from './audit-entries';
import { t } from './texts';

/** Every command of the API, as docs/openapi.json has them. */
declare const __COMMANDS__: readonly string[];

export default function AuditPage() {
  const filter = readChoices(AUDIT_FILTERS);
  const entries = useGet('/api/audit', { query: { ...filter, ...readChoices(['cursor']) } }, 5_000);
  const rows = {
    ...entries,
    value: entries.value && {
      ...entries.value,
      items: toRows(entries.value.items).map(({ entry, count }) => ({ ...entry, count })),
    },
  };
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
        <ExportMenu path="/api/audit" params={filter} name={toAuditFileName(filter)} />
      </search>
      <ListTable
        data={rows}
        none={t('none')}
        toKey={({ audit_id }) => audit_id}
        columns={[
          [t('time'), ({ time }) => <time dateTime={time}>{formatTime(time)}</time>],
          [
            t('operation'),
            (entry) => (
              <>
                <b>
                  <bdi>{entry.operator}</bdi>
                </b>{' '}
                <Deed entry={entry} />{' '}
                {entry.count > 1 && <span class="chip">{t('times', { count: entry.count })}</span>}{' '}
                {entry.dry_run && (
                  <span class="chip" title={t('dry_run_means')}>
                    {t('dry_run')}
                  </span>
                )}
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
          [t('reason'), ({ reason }) => reason !== undefined && <bdi>{reason}</bdi>],
          [t('result'), ({ status, code }) => `${status ?? t('unknown')} ${code ?? ''}`],
          [t('address'), ({ address }) => address],
        ]}
      />
    </>
  );
}

/** What was done to what, by its name; what is gone, or has no name, is not named. */
function Deed({ entry }: { entry: AuditEntry }) {
  const { operation, task_id, task_name, subject, subject_name } = entry;
  const path = toSubjectPath(entry);
  const deed = <span title={operation}>{nameDeed(entry)}</span>;
  if (subject_name === undefined && task_id === undefined) {
    const isWord = subject !== undefined && !/[0-9a-f]{24}/.test(subject);
    if (isWord)
      return (
        <>
          {deed} <Link path={path} name={subject} />
        </>
      );
    return path === undefined ? deed : <a href={path}>{deed}</a>;
  }
  return (
    <>
      {deed} {subject_name !== undefined && <Link path={path} name={subject_name} />}{' '}
      {task_id !== undefined && <Link path={`/tasks/${task_id}`} name={task_name ?? t('deleted_task')} />}
    </>
  );
}

const Link = ({ path, name }: { path: string | undefined; name: string }) =>
  path === undefined ? <bdi>{name}</bdi> : <NameLink href={path} name={name} />;
