import type { Task } from '@cyberstroll/client';
import { serverNow } from '../../browser/clock';
import { formatDuration, formatTime } from '../../components/time';
import { stateName } from '../../language/define-texts';
import { TASK_LOOKS } from '../../states/states';
import { toSpans } from './status-spans';
import { t } from './texts';

/** Where a task spent its time: a bar by status, and the durations in words. */
export function StatusBar({ history }: { history: Task['status_history'] }) {
  const spans = toSpans(history, serverNow.value);
  if (spans.length === 0) return null;
  return (
    <section class="status-bar" aria-label={t('durations')}>
      <h2>{t('durations')}</h2>
      <div class="progress-bar" aria-hidden="true">
        {spans.map(({ status, from, seconds }) => (
          <span
            key={`${from} ${status}`}
            class={`tone-${TASK_LOOKS[status].tone}`}
            style={{ flexGrow: seconds }}
            title={`${stateName(status)}: ${formatDuration(seconds)}`}
          />
        ))}
      </div>
      <ol>
        {spans.map(({ status, from, seconds, isOpen }) => (
          <li key={`${from} ${status}`} title={formatTime(from)}>
            <span aria-hidden="true">{TASK_LOOKS[status].glyph}</span> {stateName(status)} {formatDuration(seconds)}
            {isOpen && ` ${t('so_far')}`}
          </li>
        ))}
      </ol>
    </section>
  );
}
