import type { Exclusion, ExclusionDetail } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { isOperator } from '../../api/session';
import { isMissing, useGet } from '../../api/use-data';
import { query, readChoices } from '../../browser/navigation';
import { useSubject } from '../../browser/title';
import { OpenButton } from '../../components/action-button';
import { Fact } from '../../components/figures';
import { anyOf, SelectFilter } from '../../components/filter';
import { FirstStep } from '../../components/first-step';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { Empty, Loaded } from '../../components/notice';
import { RuleActions, RuleMade } from '../../components/rules';
import { besideList, SidePanel } from '../../components/side-panel';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { formatNumber, stateName } from '../../language/define-texts';
import { TaskState } from '../../states/state-badge';
import { CreateExclusion, ExclusionEnd, ExclusionParts, ExclusionState, LiftExclusion, LOOKS } from './exclusion-parts';
import { ImportList, ListPanel } from './list-panel';
import { t } from './texts';

type State = Exclusion['state'];
const STATES = Object.keys(LOOKS) as State[];

const FIRST = 'cyberstroll exclusion add 10.1.2.3 --reason "a heart monitor"';

/** What is never scanned. `?state=`: those in it alone. */
export default function ExclusionsPage({ exclusion_id }: { exclusion_id?: string }) {
  const state = STATES.find((each) => each === query.value.get('state'));
  const exclusions = useGet(
    '/api/exclusions',
    { query: { ...(state && { state }), ...readChoices(['cursor']) } },
    5_000,
  );
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <SelectFilter label={t('state')} name="state" options={anyOf(t('not_ended'), STATES, stateName)} />
        {isOperator.value && (
          <OpenButton label={t('create')}>
            {(onClose) => <CreateExclusion onDone={exclusions.reload} onClose={onClose} />}
          </OpenButton>
        )}
      </div>
      <ListTable
        data={exclusions}
        none={state ? t('none_such') : <FirstStep cli={FIRST}>{t('none')}</FirstStep>}
        toKey={({ exclusion_id }) => exclusion_id}
        columns={[
          [
            t('target'),
            (exclusion) => (
              <>
                <a href={besideList(`/plan/exclusions/${exclusion.exclusion_id}`)}>{exclusion.target}</a>
                <ExclusionParts exclusion={exclusion} />
              </>
            ),
            'mono name',
          ],
          [t('state'), (exclusion) => <ExclusionState state={exclusion.state} />],
          [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
          [t('start'), ({ start }) => <Time at={start} />],
          [t('end'), (exclusion) => <ExclusionEnd exclusion={exclusion} />],
          [t('made'), (exclusion) => <RuleMade rule={exclusion} />],
          isOperator.value && [
            t('actions'),
            (exclusion) =>
              exclusion.state !== 'ended' && (
                <RuleActions rule={exclusion}>
                  <LiftExclusion exclusion={exclusion} />
                </RuleActions>
              ),
            'actions',
          ],
        ]}
      />
      <ExclusionLists />
      {exclusion_id !== undefined && <ExclusionPanel key={exclusion_id} exclusion_id={exclusion_id} />}
    </>
  );
}

function ExclusionLists() {
  const cursor = useSignal<string | undefined>(undefined);
  const wanted = { limit: 50, ...(cursor.value !== undefined && { cursor: cursor.value }) };
  const lists = useGet('/api/exclusion-lists', { query: wanted }, 5_000);
  return (
    <>
      <h2>{t('lists')}</h2>
      {isOperator.value && (
        <div class="filters">
          <OpenButton label={t('import')}>
            {(onClose) => <ImportList onDone={lists.reload} onClose={onClose} />}
          </OpenButton>
        </div>
      )}
      <ListTable
        data={lists}
        cursor={cursor}
        none={t('lists_none')}
        toKey={({ exclusion_id }) => exclusion_id}
        columns={[
          [
            t('name'),
            ({ exclusion_id, name }) => <NameLink href={besideList(`/plan/exclusions/${exclusion_id}`)} name={name} />,
            'name',
          ],
          [t('owner'), ({ owner }) => <bdi>{owner}</bdi>],
          [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
          [t('entries'), ({ entry_count }) => formatNumber(entry_count), 'number'],
          [t('changed'), ({ updated_time }) => <Time at={updated_time} />],
        ]}
      />
    </>
  );
}

/** One exclusion, and the tasks that have lost addresses to it. Once it has ended, they can be completed. */
function ExclusionPanel({ exclusion_id }: { exclusion_id: string }) {
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
