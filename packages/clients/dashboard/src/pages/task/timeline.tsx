import type { Task } from '@cyberstroll/client';
import { isAdmin } from '../../api/session';
import { HostileText } from '../../components/hostile-text';
import { inWords } from '../../components/in-words';
import { Time } from '../../components/time';
import { TaskState } from '../../states/state-badge';
import { t } from './texts';

type History = Task['status_history'];

const LATEST = 5;

/** The changes of the status, the newest first; for admins the way to who commanded what. */
export function Timeline({ taskId, history }: { taskId: string; history: History }) {
  const newest = history.toReversed();
  return (
    <section aria-label={t('timeline')}>
      <h2>{t('timeline')}</h2>
      <Changes entries={newest.slice(0, LATEST)} />
      {newest.length > LATEST && (
        <details>
          <summary>{t('earlier', { count: newest.length - LATEST })}</summary>
          <Changes entries={newest.slice(LATEST)} />
        </details>
      )}
      {isAdmin.value && <a href={`/settings/audit?task_id=${taskId}`}>{t('all_commands')}</a>}
    </section>
  );
}

const Changes = ({ entries }: { entries: History }) => (
  <ol class="timeline">
    {entries.map(({ timestamp, status, operator, reason, sentence, folded }) => (
      <li key={`${timestamp} ${status}`}>
        <TaskState status={status} /> <Time at={timestamp} />
        <br />
        <span class="weak">
          {t('by', { operator })}
          {t('colon')}
        </span>{' '}
        <HostileText text={inWords(reason, sentence)} />
        {folded !== undefined && <span class="weak"> ({t('folded', { count: folded })})</span>}
      </li>
    ))}
  </ol>
);
