import { FirstStep } from './first-step';
import { t } from './texts';

/** What is said where there is no task at all: how the first one is made. */
export const FirstTask = () => (
  <FirstStep
    button={
      <a class="button primary" href="/tasks/new">
        {t('first_task')}
      </a>
    }
    cli="cyberstroll task create 127.0.0.0/28 --ports 22,80,443 --watch"
  >
    {t('no_task_yet')}
  </FirstStep>
);
