import type { Freeze } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { ActionButton, ActionDialog } from '../../components/action-button';
import { CoversFields, NOTHING_CHOSEN, toCovers, toCoversOption, toCoversText } from '../../components/covers';
import { FirstStep } from '../../components/first-step';
import { assign, Input, Select } from '../../components/input';
import { ListTable } from '../../components/list-table';
import { toIsoTime } from '../../components/local-time';
import { RuleActions, RuleLevel } from '../../components/rule-level';
import { Time } from '../../components/time';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

const FIRST =
  'cyberstroll freeze create --network 10.1.0.0/16 --from 2099-12-31T22:00:00Z --until 2100-01-01T04:00:00Z ' +
  '--reason maintenance';

/** What begins nothing, now or later: freezes and blackouts that are not over. */
export default function FreezesPage() {
  const cursor = query.value.get('cursor');
  const freezes = useGet('/api/freezes', { query: { ...(cursor !== null && { cursor }) } }, 4_000);
  const isCreating = useSignal(false);
  const create = (
    <button type="button" onClick={() => assign(isCreating, true)}>
      {t('create')}
    </button>
  );
  return (
    <>
      <h1>{t('title')}</h1>
      {isOperator.value && freezes.value?.items.length !== 0 && <div class="filters">{create}</div>}
      {isCreating.value && <CreateFreeze onDone={freezes.reload} onClose={() => assign(isCreating, false)} />}
      <ListTable
        data={freezes}
        none={
          <FirstStep button={create} cli={FIRST}>
            {t('none')}
          </FirstStep>
        }
        toKey={({ freeze_id }) => freeze_id}
        columns={[
          [
            t('kind'),
            ({ kind }) => <Badge tone={kind === 'freeze' ? 'bad' : 'late'} glyph="‖" name={t(kind)} />,
            'name',
          ],
          [t('covers'), ({ covers }) => <bdi>{toCoversText(covers)}</bdi>],
          [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
          [t('from'), ({ from }) => <Time at={from} />],
          [t('until'), ({ until }) => (until === undefined ? t('until_lifted') : <Time at={until} />)],
          [
            t('made_by'),
            (freeze) => (
              <>
                <bdi>{freeze.operator}</bdi>
                <RuleLevel rule={freeze} />
              </>
            ),
          ],
          isOperator.value && [
            t('actions'),
            (freeze) => (
              <RuleActions rule={freeze}>
                <LiftFreeze freeze={freeze} reload={freezes.reload} />
              </RuleActions>
            ),
            'actions',
          ],
        ]}
      />
    </>
  );
}

const LiftFreeze = ({ freeze: { freeze_id }, reload }: { freeze: Freeze; reload: () => void }) => (
  <ActionButton
    label={t('lift')}
    onDone={reload}
    command={{
      send: (by, reason) =>
        by.DELETE('/api/freezes/{freeze_id}', { params: { path: { freeze_id }, query: toReasonField(reason) } }),
      toCli: (reason) => `cyberstroll freeze lift ${freeze_id}${toReasonOption(reason)}`,
    }}
  >
    <p>{t('lift_does')}</p>
  </ActionButton>
);

/** With a beginning it is a blackout, without one a freeze. */
function CreateFreeze(then: { onDone: () => void; onClose: () => void }) {
  const covers = useSignal(NOTHING_CHOSEN);
  const from = useSignal('');
  const until = useSignal('');
  const running = useSignal<'end' | 'abort'>('end');
  const times = () =>
    Object.entries({ from: toIsoTime(from.value), until: toIsoTime(until.value) }).filter(([, at]) => at !== undefined);
  return (
    <ActionDialog
      {...then}
      label={t('create')}
      needsReason
      command={{
        send: (by, reason) =>
          by.POST('/api/freezes', {
            body: { covers: toCovers(covers.value), reason, running: running.value, ...Object.fromEntries(times()) },
          }),
        toCli: (reason) =>
          [
            `cyberstroll freeze create ${toCoversOption(covers.value)}`,
            ...times().map(([name, at]) => `--${name} ${at}`),
          ]
            .concat(running.value === 'abort' ? '--running abort' : [])
            .join(' ') + toReasonOption(reason),
      }}
    >
      <p>{t('create_does')}</p>
      <CoversFields chosen={covers.value} onChosen={(chosen) => assign(covers, chosen)} />
      <Input label={t('from_at')} value={from} type="datetime-local" />
      <Input label={t('until_at')} value={until} type="datetime-local" required={from.value !== ''} />
      <Select
        label={t('running')}
        value={running.value}
        options={{ end: t('end'), abort: t('abort') }}
        onChosen={(chosen) => assign(running, chosen as 'end' | 'abort')}
      />
    </ActionDialog>
  );
}
