import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { isOperator } from '../api/session';
import { CopyButton } from './action-button';
import { Empty, IsUncertain } from './notice';
import { t } from './texts';

interface FirstStepProps {
  /** What makes the first one, unless it stands above the list. */
  button?: ComponentChildren;
  /** The same on the command line. */
  cli: string;
  /** What there is none of, and what it is for. */
  children: ComponentChildren;
}

/** What an empty list says: what it is for, and to whoever may begin it, how. */
export function FirstStep({ button, cli, children }: FirstStepProps) {
  if (useContext(IsUncertain)) return <Empty>{children}</Empty>;
  return (
    <div class="empty">
      <p>{children}</p>
      {isOperator.value && (
        <>
          {button && <p>{button}</p>}
          <p>
            {t('first_by_cli')} <code>{cli}</code> <CopyButton label={t('copy')} text={() => cli} />
          </p>
        </>
      )}
    </div>
  );
}

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
