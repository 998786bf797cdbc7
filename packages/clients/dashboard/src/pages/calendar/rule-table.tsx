import type { Freeze } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { ActionButton } from '../../components/action-button';
import { CoversFields, NOTHING_CHOSEN, toCovers, toCoversOption, toCoversText } from '../../components/covers';
import { assign, Input } from '../../components/input';
import { toIsoTime } from '../../components/local-time';
import { Empty } from '../../components/notice';
import { RuleActions, RuleLevel } from '../../components/rule-level';
import { TableBox } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

interface RuleTableProps {
  freezes: readonly Freeze[];
  reload: () => void;
}

/** All freezes and blackouts that are not over, whatever week is shown. */
export function RuleTable({ freezes, reload }: RuleTableProps) {
  if (freezes.length === 0) return <Empty isSmall>{t('no_rules')}</Empty>;
  return (
    <TableBox>
      <Table
        class="live"
        rows={freezes}
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
                <LiftRule freeze={freeze} reload={reload} />
              </RuleActions>
            ),
            'actions',
          ],
        ]}
      />
    </TableBox>
  );
}

const LiftRule = ({ freeze: { freeze_id }, reload }: { freeze: Freeze; reload: () => void }) => (
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

/** A blackout: a period in which what it covers begins nothing. */
export function PlanBlackout({ onDone }: { onDone: () => void }) {
  const covers = useSignal(NOTHING_CHOSEN);
  const from = useSignal('');
  const until = useSignal('');
  const times = () => ({ from: toIsoTime(from.value) ?? '', until: toIsoTime(until.value) ?? '' });
  return (
    <ActionButton
      label={t('plan')}
      needsReason
      onDone={() => {
        assign(covers, NOTHING_CHOSEN);
        assign(from, '');
        assign(until, '');
        onDone();
      }}
      command={{
        send: (by, reason) => by.POST('/api/freezes', { body: { covers: toCovers(covers.value), reason, ...times() } }),
        toCli: (reason) =>
          `cyberstroll freeze create ${toCoversOption(covers.value)} --from ${times().from} --until ${times().until}` +
          toReasonOption(reason),
      }}
    >
      <p>{t('plan_does')}</p>
      <CoversFields chosen={covers.value} onChosen={(chosen) => assign(covers, chosen)} />
      <Input label={t('from_at')} value={from} type="datetime-local" required />
      <Input label={t('until_at')} value={until} type="datetime-local" required />
    </ActionButton>
  );
}
