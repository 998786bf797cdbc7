import type { ExclusionDetail } from '@cyberstroll/client';
import { isOperator } from '../../api/session';
import { isMissing, useGet } from '../../api/use-data';
import { useSubject } from '../../browser/title';
import { Fact } from '../../components/figures';
import { NameLink } from '../../components/name-link';
import { Empty, Loaded } from '../../components/notice';
import { RuleActions, RuleMade } from '../../components/rules';
import { SidePanel } from '../../components/side-panel';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { formatNumber } from '../../language/define-texts';
import { TaskState } from '../../states/state-badge';
import { ExclusionEnd, ExclusionParts, ExclusionState, LiftExclusion } from './exclusion-parts';
import { ListPanel } from './list-panel';
import { t } from './texts';

/** One exclusion, and the tasks that have lost addresses to it. Once it has ended, they can be completed. */
export function ExclusionPanel({ exclusion_id }: { exclusion_id: string }) {
  const exclusion = useGet('/api/exclusions/{exclusion_id}', { path: { exclusion_id } }, 5_000);
  useSubject(exclusion.value?.target ?? '');
  // What a task has lost is by an exclusion or by a list: both have ids of one kind.
  if (isMissing(exclusion.error)) return <ListPanel exclusion_id={exclusion_id} />;
  return (
    <SidePanel title={<bdi>{exclusion.value?.target ?? '…'}</bdi>} base="/plan/exclusions">
      <Loaded data={exclusion}>{(read) => <ExclusionView exclusion={read} reload={exclusion.reload} />}</Loaded>
    </SidePanel>
  );
}

function ExclusionView({ exclusion, reload }: { exclusion: ExclusionDetail; reload: () => void }) {
  const { state, reason, start, lift_reason } = exclusion;
  return (
    <>
      <div class="title">
        <ExclusionState state={state} />
        <span class="space" />
        {state !== 'ended' && isOperator.value && (
          <RuleActions rule={exclusion}>
            <LiftExclusion exclusion={exclusion} onDone={reload} />
          </RuleActions>
        )}
      </div>
      <ExclusionParts exclusion={exclusion} />
      <dl class="facts">
        <Fact name={t('reason')}>{reason}</Fact>
        <Fact name={t('made')}>
          <RuleMade rule={exclusion} />
        </Fact>
        <Fact name={t('start')}>
          <Time at={start} />
        </Fact>
        <Fact name={t('end')}>
          <ExclusionEnd exclusion={exclusion} />
          {lift_reason && <bdi>: {lift_reason}</bdi>}
        </Fact>
      </dl>
      <h3>{t('affected')}</h3>
      <AffectedTasks exclusion={exclusion} />
    </>
  );
}

function AffectedTasks({ exclusion: { tasks, more_tasks, state } }: { exclusion: ExclusionDetail }) {
  if (tasks.length === 0) return <Empty>{t('affected_none')}</Empty>;
  const mayScan = state === 'ended' && isOperator.value;
  return (
    <>
      {state !== 'ended' && <p>{t('scan_later')}</p>}
      <Table
        rows={tasks}
        toKey={({ task_id }) => task_id}
        columns={[
          [t('task'), ({ task_id, name }) => <NameLink href={`/tasks/${task_id}`} name={name ?? t('task')} />, 'name'],
          [t('state'), ({ status }) => <TaskState status={status} />],
          [t('left_out'), ({ left_out }) => formatNumber(left_out), 'number'],
          [t('cancelled'), ({ cancelled }) => formatNumber(cancelled), 'number'],
          mayScan && [
            t('actions'),
            ({ task_id }) => (
              <a class="button" href={`/tasks/new?from=${task_id}&only=excluded`}>
                {t('scan')}
              </a>
            ),
          ],
        ]}
      />
      {more_tasks && <p class="weak">{t('affected_more', { count: tasks.length })}</p>}
    </>
  );
}
