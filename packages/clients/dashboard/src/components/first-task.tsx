import { isOperator } from '../api/session';
import { t } from './texts';

/** What is said where there is no task at all: how the first one is made. */
export const FirstTask = () => (
  <div class="empty">
    <p>{t('no_task_yet')}</p>
    {isOperator.value && (
      <>
        <p>
          <a class="button primary" href="/tasks/new">
            {t('first_task')}
          </a>
        </p>
        <p>
          {t('first_by_cli')} <code>cyberstroll task create 127.0.0.0/28 --ports 22,80,443 --watch</code>
        </p>
      </>
    )}
  </div>
);
