import { useSignal } from '@preact/signals';
import { toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { readChoices } from '../../browser/navigation';
import { ActionDialog, OpenButton } from '../../components/action-button';
import { FirstStep } from '../../components/first-step';
import { toIsoTime } from '../../components/format-time';
import { assign, Input } from '../../components/input';
import { ListTable } from '../../components/list-table';
import {
  CoversFields,
  LiftFreeze,
  NOTHING_CHOSEN,
  RuleActions,
  RuleLevel,
  type Running,
  RunningScans,
  toCovers,
  toCoversOption,
  toCoversText,
} from '../../components/rules';
import { Time } from '../../components/time';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

const FIRST =
  'cyberstroll freeze create --network 10.1.0.0/16 --from 2099-12-31T22:00:00Z --until 2100-01-01T04:00:00Z ' +
  '--reason maintenance';

/** What begins nothing, now or later: freezes and blackouts that are not over. */
export default function FreezesPage() {
  const freezes = useGet('/api/freezes', { query: readChoices(['cursor']) }, 4_000);
  return (
    <>
      <h1>{t('title')}</h1>
      {isOperator.value && (
        <div class="filters">
          <OpenButton label={t('create')}>
            {(onClose) => <CreateFreeze onDone={freezes.reload} onClose={onClose} />}
          </OpenButton>
        </div>
      )}
      <ListTable
        data={freezes}
        none={<FirstStep cli={FIRST}>{t('none')}</FirstStep>}
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
                <LiftFreeze freeze={freeze} onDone={freezes.reload} />
              </RuleActions>
            ),
            'actions',
          ],
        ]}
      />
    </>
  );
}

/** With a beginning it is a blackout, without one a freeze. */
function CreateFreeze(then: { onDone: () => void; onClose: () => void }) {
  const covers = useSignal(NOTHING_CHOSEN);
  const from = useSignal('');
  const until = useSignal('');
  const running = useSignal<Running>('end');
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
      <RunningScans value={running.value} onChosen={(chosen) => assign(running, chosen)} />
    </ActionDialog>
  );
}
