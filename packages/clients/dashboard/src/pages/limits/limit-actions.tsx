import type { LimitWithUse } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { ActionButton, ActionDialog } from '../../components/action-button';
import { CoversFields, NOTHING_CHOSEN, toCovers, toCoversOption, toCoversText } from '../../components/covers';
import { assign } from '../../components/input';
import { Pace } from '../../components/pace/pace';
import { hasNumber, type PaceTexts, toPaceChanges, toPaceOptions, toPaceTexts } from '../../components/pace/pace-texts';
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

interface LimitActionsProps {
  limit: LimitWithUse;
  reload: () => void;
}

export function LimitActions({ limit, reload }: LimitActionsProps) {
  const { limit_id, covers, use } = limit;
  const params = { path: { limit_id } };
  return (
    <div class="buttons row-actions">
      <ChangeLimit limit={limit} reload={reload} />
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
        <p>
          <bdi>{t('delete_what', { covers: toCoversText(covers), count: use.tasks })}</bdi>
        </p>
      </ActionButton>
    </div>
  );
}

function ChangeLimit({ limit, reload }: LimitActionsProps) {
  const { limit_id, covers } = limit;
  const before = toPaceTexts(limit);
  /** What the reader has typed; undefined while nothing is. */
  const typed = useSignal<PaceTexts | undefined>(undefined);
  const texts = typed.value ?? before;
  return (
    <ActionButton
      label={t('change')}
      onDone={() => {
        assign(typed, undefined);
        reload();
      }}
      command={{
        send: (by, reason) =>
          by.PATCH('/api/limits/{limit_id}', {
            params: { path: { limit_id } },
            body: { ...toPaceChanges(texts, before), ...toReasonField(reason) },
          }),
        toCli: (reason) => `cyberstroll limit set ${limit_id}${toPaceOptions(texts, before)}${toReasonOption(reason)}`,
      }}
    >
      <p>
        <bdi>{t('change_what', { covers: toCoversText(covers) })}</bdi>
      </p>
      <Pace hours={t('hours')} texts={texts} onTyped={(change) => assign(typed, { ...texts, ...change })} />
    </ActionButton>
  );
}
