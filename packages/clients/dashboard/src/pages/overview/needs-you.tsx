import type { Alert } from '@cyberstroll/client';
import type { ComponentChildren } from 'preact';
import { ProgressBar } from '../../components/figures';
import { inWords } from '../../components/in-words';
import { TaskLink } from '../../components/name-link';
import { Empty } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { formatDuration, Time } from '../../components/time';
import { isStanding, needsPerson, Waiting } from '../../components/waiting-reason';
import { groupAlerts, toSubjectName } from '../../fleet/group-alerts';
import { ruleName } from '../../language/define-texts';
import type { LiveTask } from '../../live/progress-of';
import { Badge, TaskState } from '../../states/state-badge';
import { t } from './texts';

const isLasting = ({ waiting_reason }: LiveTask) => needsPerson(waiting_reason);

interface NeedsYouProps {
  alerts: readonly Alert[];
  deadLetters: number;
  tasks: readonly LiveTask[];
  /** Task ids of those that move. */
  moving: ReadonlySet<string>;
  /** False where there are more alerts or open tasks than were read. */
  isAll: boolean;
  most: number;
}

/** What waits for a person, the most urgent first: alerts, dead letters, tasks that wait; each with its reason. */
export function NeedsYou({ alerts, deadLetters, tasks, moving, isAll, most }: NeedsYouProps) {
  const needs: ComponentChildren[] = [
    ...groupAlerts(alerts).map(({ rule, alerts: ofRule, newest }) => {
      const [alert] = ofRule as [Alert, ...Alert[]];
      return (
        <li key={rule}>
          <Badge tone={alert.severity === 'critical' ? 'bad' : 'late'} glyph="!" name={t('needs_alert')} />
          <span>
            <a href={ofRule.length > 1 ? '/problems' : `/problems/alerts/${newest}`}>{ruleName(rule)}</a>{' '}
            {ofRule.length > 1 ? (
              t(isAll ? 'alerts_of_rule' : 'alerts_at_least', { count: ofRule.length })
            ) : (
              <>
                <bdi>{toSubjectName(alert)}</bdi>{' '}
                <HostileText text={inWords(alert.summary, alert.sentence)} most={200} />
              </>
            )}{' '}
            <Time at={alert.raised_time} />
          </span>
        </li>
      );
    }),
    deadLetters > 0 && (
      <li key="dead-letters">
        <Badge tone="late" glyph="✕" name={t('needs_dead_letters')} />
        <a href="/problems/dead-letters?state=waiting">{t('dead_letters', { count: deadLetters })}</a>
      </li>
    ),
    ...tasks
      .filter(
        ({ task_id, status, waiting_reason: reason }) =>
          status !== 'PAUSED' && reason && isStanding(reason, moving.has(task_id)),
      )
      .sort((one, other) => Number(isLasting(other)) - Number(isLasting(one)))
      .map((task) => (
        <li key={task.task_id}>
          <Badge tone={isLasting(task) ? 'late' : 'again'} glyph="◷" name={t('needs_task')} />
          <span>
            <TaskLink task={task} />: {task.waiting_reason && <Waiting reason={task.waiting_reason} />}
          </span>
        </li>
      )),
  ].filter(Boolean);
  if (needs.length === 0) return <Empty isSmall>{t('needs_nothing')}</Empty>;
  return (
    <>
      <ul class="needs">{needs.slice(0, most)}</ul>
      {needs.length > most && <p class="weak">{t(isAll ? 'more' : 'more_at_least', { count: needs.length - most })}</p>}
    </>
  );
}

interface RunningTasksProps {
  tasks: readonly LiveTask[];
  /** Task ids of those that move. */
  moving: ReadonlySet<string>;
  /** False where there are more open tasks than were read. */
  isAll: boolean;
  most: number;
  isWall: boolean;
}

export function RunningTasks({ tasks, moving, isAll, most, isWall }: RunningTasksProps) {
  const running = tasks.filter(({ status }) => status === 'RUNNING');
  if (running.length === 0) return <Empty isSmall>{t('no_tasks')}</Empty>;
  const left = running.length - most;
  return (
    <>
      <Table
        class="running-tasks"
        rows={running.slice(0, most)}
        toKey={({ task_id }) => task_id}
        columns={[
          [t('task'), (task) => <TaskLink task={task} />, 'name'],
          !isWall && [t('state'), ({ status }) => <TaskState status={status} />],
          [t('progress'), ({ progress }) => <ProgressBar counts={progress} percent={progress.progress_percentage} />],
          [t('remaining'), ({ remaining }) => (remaining == null ? '–' : formatDuration(remaining)), 'number'],
          [t('waits'), (task) => <Waits task={task} moves={moving.has(task.task_id)} />],
        ]}
      />
      {left > 0 && (
        <p class="weak">
          {t(isAll ? 'more' : 'more_at_least', { count: left })}{' '}
          {!isWall && <a href="/tasks?status=RUNNING">{t('all_tasks')}</a>}
        </p>
      )}
    </>
  );
}

/** Why it does not continue: not that it is between two jobs for a moment. */
const Waits = ({ task: { waiting_reason: reason }, moves }: { task: LiveTask; moves: boolean }) =>
  reason && isStanding(reason, moves) ? <Waiting reason={reason} /> : <>–</>;
