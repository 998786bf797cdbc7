import type { LimitWithUse } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { ActionButton, ActionDialog, OpenButton } from '../../components/action-button';
import { assign } from '../../components/input';
import { Pace } from '../../components/pace/pace';
import { hasNumber, toPaceChanges, toPaceOptions, toPaceTexts } from '../../components/pace/pace-texts';
import { CoversFields, NOTHING_CHOSEN, toCovers, toCoversOption, toCoversText } from '../../components/rules';
import { t } from './texts';

const NO_PACE = toPaceTexts();

export function CreateLimit(then: { onDone: () => void; onClose: () => void }) {
  const covers = useSignal(NOTHING_CHOSEN);
  const pace = useSignal(NO_PACE);
  return (
    <ActionDialog
      {...then}
      label={t('create')}
      isReady={hasNumber(pace.value)}
      command={{
        send: (by, reason) =>
          by.POST('/api/limits', {
            body: {
              covers: toCovers(covers.value),
              ...toPaceChanges(pace.value, NO_PACE),
              ...toReasonField(reason),
            },
          }),
        toCli: (reason) =>
          `cyberstroll limit add ${toCoversOption(covers.value)}${toPaceOptions(pace.value, NO_PACE)}` +
          toReasonOption(reason),
      }}
    >
      <p>{t('create_what')}</p>
      <CoversFields chosen={covers.value} onChosen={(chosen) => assign(covers, chosen)} />
      <Pace hours={t('hours')} texts={pace.value} onTyped={(change) => assign(pace, { ...pace.value, ...change })} />
    </ActionDialog>
  );
}

export function LimitActions({ limit, reload }: { limit: LimitWithUse; reload: () => void }) {
  const { limit_id, covers, use } = limit;
  const params = { path: { limit_id } };
  return (
    <div class="buttons row-actions">
      <OpenButton label={t('change')}>
        {(onClose) => <ChangeLimit limit={limit} onDone={reload} onClose={onClose} />}
      </OpenButton>
      <ActionButton
        label={t('delete')}
        isDangerous
        onDone={reload}
        command={{
          send: (by, reason) =>
            by.DELETE('/api/limits/{limit_id}', { params: { ...params, query: toReasonField(reason) } }),
          toCli: (reason) => `cyberstroll limit remove ${limit_id}${toReasonOption(reason)}`,
        }}
      >
        <p dir="auto">{t('delete_what', { covers: toCoversText(covers), count: use.tasks })}</p>
      </ActionButton>
    </div>
  );
}

function ChangeLimit({ limit, onDone, onClose }: { limit: LimitWithUse; onDone: () => void; onClose: () => void }) {
  const { limit_id, covers } = limit;
  const before = useSignal(toPaceTexts(limit)).value;
  const pace = useSignal(before);
  return (
    <ActionDialog
      label={t('change')}
      onDone={onDone}
      onClose={onClose}
      command={{
        send: (by, reason) =>
          by.PATCH('/api/limits/{limit_id}', {
            params: { path: { limit_id } },
            body: { ...toPaceChanges(pace.value, before), ...toReasonField(reason) },
          }),
        toCli: (reason) =>
          `cyberstroll limit set ${limit_id}${toPaceOptions(pace.value, before)}${toReasonOption(reason)}`,
      }}
    >
      <p dir="auto">{t('change_what', { covers: toCoversText(covers) })}</p>
      <Pace hours={t('hours')} texts={pace.value} onTyped={(change) => assign(pace, { ...pace.value, ...change })} />
    </ActionDialog>
  );
}
