import type { Exclusion } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query, readChoices } from '../../browser/navigation';
import { OpenButton } from '../../components/action-button';
import { anyOf, SelectFilter } from '../../components/filter';
import { FirstStep } from '../../components/first-step';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { RuleActions, RuleMade } from '../../components/rules';
import { besideList } from '../../components/side-panel';
import { Time } from '../../components/time';
import { formatNumber, stateName } from '../../language/define-texts';
import { ExclusionPanel } from './exclusion-panel';
import { CreateExclusion, ExclusionEnd, ExclusionParts, ExclusionState, LiftExclusion, LOOKS } from './exclusion-parts';
import { ImportList } from './list-panel';
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
