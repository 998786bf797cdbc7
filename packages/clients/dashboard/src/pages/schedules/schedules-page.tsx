import type { ListedSchedule, Schedule, ScheduleRun } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { isMissing, useGet } from '../../api/use-data';
import { navigate, readChoices } from '../../browser/navigation';
import { useSubject } from '../../browser/title';
import { ActionButton } from '../../components/action-button';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { besideList, SidePanel } from '../../components/side-panel';
import { formatDuration, formatTime, Time } from '../../components/time';
import { Badge, TaskState } from '../../states/state-badge';
import { t } from './texts';

export default function SchedulesPage({ schedule_id }: { schedule_id?: string }) {
  const schedules = useGet('/api/schedules', { query: readChoices(['cursor']) }, 5_000);
  return (
    <>
      <h1>{t('title')}</h1>
      {isOperator.value && (
        <div class="filters">
          <a class="button" href="/tasks/new?repeat=yes">
            {t('create')}
          </a>
        </div>
      )}
      <ListTable
        data={schedules}
        none={t('none')}
        toKey={({ schedule_id }) => schedule_id}
        columns={[
          [
            t('name'),
            ({ schedule_id, name }) => <NameLink href={besideList(`/plan/schedules/${schedule_id}`)} name={name} />,
            'name',
          ],
          [t('state'), (schedule) => <ScheduleState paused={schedule.paused} />],
          [t('when'), (schedule) => <ScheduleTimes schedule={schedule} />],
          [t('next'), ({ next_time }) => <Time at={next_time} />],
          [t('created'), ({ created_time }) => <Time at={created_time} />],
        ]}
      />
      {schedule_id !== undefined && <SchedulePanel key={schedule_id} schedule_id={schedule_id} />}
    </>
  );
}

/** One schedule: when it runs next, what became of its planned times, and what changed from run to run. */
function SchedulePanel({ schedule_id }: { schedule_id: string }) {
  const params = { path: { schedule_id } };
  const schedule = useGet('/api/schedules/{schedule_id}', params, 5_000);
  const cursor = useSignal<string | undefined>(undefined);
  const runs = useGet(
    '/api/schedules/{schedule_id}/runs',
    { ...params, query: { ...(cursor.value !== undefined && { cursor: Number(cursor.value) }) } },
    5_000,
  );
  useSubject(schedule.value?.name ?? '');
  const reload = () => {
    schedule.reload();
    runs.reload();
  };
  return (
    <SidePanel title={<bdi>{schedule.value?.name ?? '…'}</bdi>} base="/plan/schedules">
      <Loaded data={schedule}>{(read) => <ScheduleView schedule={read} reload={reload} />}</Loaded>
      {!isMissing(schedule.error) && (
        <>
          <h3>{t('runs')}</h3>
          <ListTable
            data={runs}
            cursor={cursor}
            none={t('no_runs')}
            toKey={({ planned_time }) => planned_time}
            columns={[
              [t('planned'), (run) => <Planned run={run} />],
              [t('outcome'), (run) => <Outcome run={run} />],
              [t('ended_as'), ({ task_status }) => (task_status ? <TaskState status={task_status} /> : '–')],
              [t('what_changed'), (run) => <Changes run={run} />],
            ]}
          />
        </>
      )}
    </SidePanel>
  );
}

function ScheduleView({ schedule, reload }: { schedule: Schedule; reload: () => void }) {
  const { paused, paused_by, pause_reason, operator, next_times, template } = schedule;
  const { task_target: target } = template as { task_target?: string };
  return (
    <>
      <div class="title">
        <ScheduleState paused={paused} />
        <span class="space" />
        <ScheduleActions schedule={schedule} reload={reload} />
      </div>
      <p>
        <ScheduleTimes schedule={schedule} />
      </p>
      {target !== undefined && (
        <div>
          <span class="weak">{t('target_of') + t('colon')}</span> <HostileText text={target} most={300} />
        </div>
      )}
      <p class="weak">{t('in_name_of', { operator })}</p>
      {paused && (
        <p class="remark" dir="auto">
          {t('paused_by', { operator: paused_by ?? '–', reason: pause_reason ?? '–' })}
        </p>
      )}
      <h3>
        {t('next_times')} {paused && <span class="weak">({t('if_resumed')})</span>}
      </h3>
      {next_times.length === 0 ? (
        <p class="weak">{t('no_next')}</p>
      ) : (
        <ol class="schedule-times">
          {next_times.map((at) => (
            <li key={at}>{formatTime(at)}</li>
          ))}
        </ol>
      )}
    </>
  );
}

function ScheduleActions({ schedule: { schedule_id, paused }, reload }: { schedule: Schedule; reload: () => void }) {
  if (!isOperator.value) return null;
  const params = { path: { schedule_id } };
  const change = paused ? 'resume' : 'pause';
  return (
    <div class="buttons">
      <ActionButton
        label={t('run_now')}
        onDone={reload}
        command={{
          send: (by, reason) => by.POST('/api/schedules/{schedule_id}/run', { params, body: toReasonField(reason) }),
          toCli: (reason) => `cyberstroll schedule run ${schedule_id}${toReasonOption(reason)}`,
        }}
      >
        <p>{t('run_what')}</p>
      </ActionButton>
      <ActionButton
        label={t(change)}
        onDone={reload}
        command={{
          send: (by, reason) =>
            by.POST(`/api/schedules/{schedule_id}/${change}`, { params, body: toReasonField(reason) }),
          toCli: (reason) => `cyberstroll schedule ${change} ${schedule_id}${toReasonOption(reason)}`,
        }}
      >
        <p>{t(`${change}_what`)}</p>
      </ActionButton>
      <ActionButton
        label={t('delete')}
        isDangerous
        onDone={() => navigate('/plan/schedules')}
        command={{
          send: (by, reason) =>
            by.DELETE('/api/schedules/{schedule_id}', { params: { ...params, query: toReasonField(reason) } }),
          toCli: (reason) => `cyberstroll schedule delete ${schedule_id}${toReasonOption(reason)}`,
        }}
      >
        <p>{t('delete_what')}</p>
      </ActionButton>
    </div>
  );
}

const ScheduleState = ({ paused }: { paused: boolean }) =>
  paused ? <Badge tone="again" glyph="‖" name={t('paused')} /> : <Badge tone="good" glyph="●" name={t('active')} />;

/** When it is due: its cron line with the time zone, or its interval. */
function ScheduleTimes({ schedule: { cron, every, time_zone } }: { schedule: ListedSchedule }) {
  if (cron === undefined) return <>{t('every', { time: formatDuration(every ?? 0) })}</>;
  return (
    <>
      <code>{cron}</code> <span class="weak">{time_zone}</span>
    </>
  );
}

const Planned = ({ run: { planned_time, requested_by } }: { run: ScheduleRun }) => (
  <>
    <Time at={planned_time} />{' '}
    {requested_by !== undefined && <span class="weak">{t('by_hand', { operator: requested_by })}</span>}
  </>
);

const LOOKS = {
  waiting: { tone: 'waiting', glyph: '◔' },
  created: { tone: 'good', glyph: '✓' },
  skipped_overlap: { tone: 'off', glyph: '⊘' },
  missed: { tone: 'late', glyph: '◷' },
  failed: { tone: 'bad', glyph: '✕' },
} as const;

function Outcome({ run: { outcome, task_id, error } }: { run: ScheduleRun }) {
  const badge = <Badge {...LOOKS[outcome]} name={t(outcome === 'created' ? 'run_created' : outcome)} />;
  return (
    <>
      {task_id === undefined ? badge : <a href={`/tasks/${task_id}`}>{badge}</a>} {error && <bdi>{error.detail}</bdi>}
    </>
  );
}

/** Counts, with the way to the differences themselves. */
function Changes({ run: { changes, task_id } }: { run: ScheduleRun }) {
  if (!changes || task_id === undefined) return <>–</>;
  const { opened, closed, changed, task_id: before } = changes;
  const text = opened + closed + changed === 0 ? t('no_change') : t('changes', { opened, closed, changed });
  return <a href={`/tasks/${before}/compare/${task_id}`}>{text}</a>;
}
