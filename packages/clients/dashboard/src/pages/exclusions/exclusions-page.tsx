import type { Exclusion } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { anyOf, SelectFilter } from '../../components/filter';
import { FirstStep } from '../../components/first-step';
import { assign } from '../../components/input';
import { ListTable } from '../../components/list-table';
import { RuleActions, RuleLevel } from '../../components/rule-level';
import { toWindowText } from '../../components/scan-windows';
import { Time } from '../../components/time';
import { stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { CreateExclusion, LiftExclusion } from './exclusion-actions';
import { t } from './texts';

type State = Exclusion['state'];
const LOOKS = {
  in_force: { tone: 'bad', glyph: '⊘' },
  planned: { tone: 'waiting', glyph: '◔' },
  ended: { tone: 'off', glyph: '✓' },
} as const satisfies Record<State, { tone: string; glyph: string }>;
const STATES = Object.keys(LOOKS) as State[];

const FIRST = 'cyberstroll exclusion add 10.1.2.3 --reason "a heart monitor"';

/** What is never scanned. `?state=`: those in it alone. */
export default function ExclusionsPage() {
  const state = STATES.find((each) => each === query.value.get('state'));
  const cursor = query.value.get('cursor');
  const wanted = { ...(state && { state }), ...(cursor !== null && { cursor }) };
  const exclusions = useGet('/api/exclusions', { query: wanted }, 5_000);
  const isCreating = useSignal(false);
  const create = (
    <button type="button" onClick={() => assign(isCreating, true)}>
      {t('create')}
    </button>
  );
  const isFirst = exclusions.value?.items.length === 0 && !state;
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <SelectFilter label={t('state')} name="state" options={anyOf(t('not_ended'), STATES, stateName)} />
        {isOperator.value && !isFirst && create}
      </div>
      {isCreating.value && <CreateExclusion onDone={exclusions.reload} onClose={() => assign(isCreating, false)} />}
      <ListTable
        data={exclusions}
        none={
          state ? (
            t('none_such')
          ) : (
            <FirstStep button={create} cli={FIRST}>
              {t('none')}
            </FirstStep>
          )
        }
        toKey={({ exclusion_id }) => exclusion_id}
        columns={[
          [
            t('target'),
            (exclusion) => (
              <>
                <a href={`/plan/exclusions/${exclusion.exclusion_id}`}>{exclusion.target}</a>
                <ExclusionParts exclusion={exclusion} />
              </>
            ),
            'mono name',
          ],
          [t('state'), (exclusion) => <ExclusionState state={exclusion.state} />],
          [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
          [t('start'), ({ start }) => <Time at={start} />],
          [t('end'), (exclusion) => <ExclusionEnd exclusion={exclusion} />],
          [t('made'), (exclusion) => <ExclusionMade exclusion={exclusion} />],
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
    </>
  );
}

/** The ports and the hours that it is about, unless it is about all. */
export const ExclusionParts = ({ exclusion: { ports, hours = [] } }: { exclusion: Exclusion }) => (
  <>
    {ports !== undefined && <div>{t('of_ports', { ports })}</div>}
    {hours.length > 0 && <div class="weak">{hours.map(toWindowText).join('; ')}</div>}
  </>
);

export const ExclusionState = ({ state }: { state: State }) => <Badge {...LOOKS[state]} name={stateName(state)} />;

export function ExclusionEnd({ exclusion: { end, lifted_time, lifted_by } }: { exclusion: Exclusion }) {
  if (lifted_time === undefined) return end === undefined ? t('until_lifted') : <Time at={end} />;
  return (
    <>
      <bdi>{t('lifted_by', { operator: lifted_by ?? '–' })}</bdi>, <Time at={lifted_time} />
    </>
  );
}

export const ExclusionMade = ({ exclusion }: { exclusion: Exclusion }) => (
  <>
    <bdi>{t('by', { operator: exclusion.operator })}</bdi>
    <RuleLevel rule={exclusion} />, <Time at={exclusion.created_time} />
  </>
);
