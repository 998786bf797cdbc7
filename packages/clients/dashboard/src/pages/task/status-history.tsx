import type { Task } from '@cyberstroll/client';
import { isAdmin } from '../../api/session';
import { serverNow } from '../../browser/clock';
import { withQuery } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { inWords } from '../../components/in-words';
import { TableBox } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { formatDuration, Time } from '../../components/time';
import { TaskState } from '../../states/state-badge';
import { toDurations } from './status-spans';
import { t } from './texts';

type History = Task['status_history'];

/** The latest changes stand beside every tab but the one that has all of them. */
const LATEST = 5;

/** The latest changes of the status, the newest first. */
export function Timeline({ history }: { history: History }) {
  return (
    <section aria-label={t('timeline')}>
      <h2>{t('timeline')}</h2>
      <ol class="timeline">
        {history
          .slice(-LATEST)
          .reverse()
          .map((entry) => (
            <li key={`${entry.timestamp} ${entry.status}`}>
              <TaskState status={entry.status} /> <Time at={entry.timestamp} />
              <br />
              <span class="weak">
                {t('by', { operator: entry.operator })}
                {t('colon')}
              </span>{' '}
              <HostileText text={inWords(entry.reason, entry.sentence)} />
            </li>
          ))}
      </ol>
      {history.length > LATEST && (
        <a href={withQuery({ tab: 'events' })}>{t('all_events', { count: history.length })}</a>
      )}
    </section>
  );
}

/** Every change of the status with how long it lasted, the newest first, and the way to who commanded what. */
export function StatusTable({ taskId, history }: { taskId: string; history: History }) {
  const durations = toDurations(history, serverNow.value);
  const rows = history.map((entry, i) => ({ ...entry, seconds: durations[i], isLast: i === history.length - 1 }));
  return (
    <>
      {isAdmin.value && (
        <p>
          <a href={`/settings/audit?task_id=${taskId}`}>{t('all_commands')}</a>
        </p>
      )}
      <TableBox>
        <Table
          rows={rows.reverse()}
          toKey={({ timestamp, status }) => `${timestamp} ${status}`}
          columns={[
            [t('time'), ({ timestamp }) => <Time at={timestamp} />],
            [t('state'), ({ status }) => <TaskState status={status} />],
            [
              t('lasted'),
              ({ seconds, isLast }) =>
                seconds === undefined ? '–' : `${formatDuration(seconds)}${isLast ? ` ${t('so_far')}` : ''}`,
            ],
            [t('operator'), ({ operator }) => <bdi>{operator}</bdi>],
            [
              t('reason'),
              ({ reason, sentence, folded }) => (
                <>
                  <HostileText text={inWords(reason, sentence)} />
                  {folded !== undefined && <span class="weak"> ({t('folded', { count: folded })})</span>}
                </>
              ),
            ],
          ]}
        />
      </TableBox>
    </>
  );
}
