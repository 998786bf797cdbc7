import type { Task } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useSubject } from '../../browser/title';
import { CopyButton } from '../../components/copy-button';
import { HostileText } from '../../components/hostile-text';
import { assign } from '../../components/input';
import { toTaskName } from '../../components/name-link';
import { Time } from '../../components/time';
import { isStanding, Waiting } from '../../components/waiting-reason';
import { TaskState } from '../../states/state-badge';
import { CompareBefore } from '../compare/compare-with';
import { TaskActions } from './task-actions';
import { t } from './texts';

const SHOWN_TARGET = 160;

interface TaskHeaderProps {
  task: Task;
  etag: string | undefined;
  /** Addresses were closed recently. */
  moves: boolean;
  reload: () => void;
}

/** What the task is, and what may be done with it. */
export function TaskHeader({ task, etag, moves, reload }: TaskHeaderProps) {
  const { task_id: taskId, labels, from_task: from, waiting_reason: reason } = task;
  const title = toTaskName(task);
  useSubject(title);
  return (
    <header>
      <div class="title">
        <h1>
          <HostileText text={title} most={200} />
        </h1>
        <TaskState status={task.status} />
        <span class="space" />
        <CompareBefore task={task} />
        <TaskActions task={task} etag={etag} reload={reload} />
      </div>
      <p class="task-facts weak">
        <CopyButton label={t('copy_id')} text={() => taskId} />
        {reason && isStanding(reason, moves) && (
          <span class="remark">
            <strong>{t('waits') + t('colon')}</strong> <Waiting reason={reason} taskId={taskId} />
          </span>
        )}
        {task.excluded && <Excluded excluded={task.excluded} />}
        <span>
          {t('created_by', { initiator: task.task_initiator })}
          {t('comma')}
          <Time at={task.created_time} />
        </span>
        <span>{t('priority_is', { priority: task.config.priority })}</span>
        {labels.map((label) => (
          <a key={label} class="chip" href={`/tasks?label=${encodeURIComponent(label)}`}>
            {label}
          </a>
        ))}
        {from !== undefined && (
          <span>
            <a href={`/tasks/${from}`}>{t('from_task')}</a>
            {task.only && ` (${t(`only_${task.only}`)})`}
          </span>
        )}
        {title !== task.task_target && <Targets text={task.task_target} />}
      </p>
    </header>
  );
}

const SHOWN_EXCLUSIONS = 5;

/** What exclusions took out of the targets, with the way to each; the pointer shows why. */
const Excluded = ({ excluded: { count, by } }: { excluded: NonNullable<Task['excluded']> }) => (
  <span class="remark">
    {t('excluded', { count })}
    {t('colon')}
    {by.slice(0, SHOWN_EXCLUSIONS).map(({ exclusion_id, target, reason }, i) => (
      <span key={exclusion_id}>
        {i > 0 && t('comma')}
        <a href={`/plan/exclusions/${exclusion_id}`} title={reason}>
          {target}
        </a>
      </span>
    ))}
    {by.length > SHOWN_EXCLUSIONS && ' …'}
  </span>
);

function Targets({ text }: { text: string }) {
  const isWhole = useSignal(false);
  const isLong = text.length > SHOWN_TARGET;
  return (
    <span>
      {t('targets') + t('colon')}
      <HostileText text={text} most={isWhole.value ? text.length : SHOWN_TARGET} />
      {isLong && !isWhole.value && (
        <button type="button" class="quiet" onClick={() => assign(isWhole, true)}>
          {t('show_whole', { count: text.length })}
        </button>
      )}
    </span>
  );
}
