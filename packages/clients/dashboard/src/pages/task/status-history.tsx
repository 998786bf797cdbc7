import type { Task } from '@cyberstroll/client';
import { withQuery } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { TableBox } from '../../components/scroll-box';
import { Time } from '../../components/time';
import { TaskState } from '../../states/state-badge';
import { t } from './texts';

type History = Task['status_history'];

/** The latest changes are beside the page's figures, all of them under its tab. */
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
              <span class="weak">{t('by', { operator: entry.operator })}:</span> <HostileText text={entry.reason} />
            </li>
          ))}
      </ol>
      {history.length > LATEST && (
        <a href={withQuery({ tab: 'events' })}>{t('all_events', { count: history.length })}</a>
      )}
    </section>
  );
}

/** Every change of the status, the newest first. */
export const StatusTable = ({ history }: { history: History }) => (
  <TableBox>
    <table>
      <thead>
        <tr>
          <th scope="col">{t('time')}</th>
          <th scope="col">{t('state')}</th>
          <th scope="col">{t('operator')}</th>
          <th scope="col">{t('reason')}</th>
        </tr>
      </thead>
      <tbody>
        {[...history].reverse().map((entry) => (
          <tr key={`${entry.timestamp} ${entry.status}`}>
            <td>
              <Time at={entry.timestamp} />
            </td>
            <td>
              <TaskState status={entry.status} />
            </td>
            <td>
              <bdi>{entry.operator}</bdi>
            </td>
            <td>
              <HostileText text={entry.reason} />
              {entry.folded !== undefined && <span class="weak"> ({t('folded', { count: entry.folded })})</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </TableBox>
);
