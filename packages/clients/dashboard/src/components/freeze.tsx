import type { Freeze } from '@cyberstroll/client';
import { toReasonField, toReasonOption } from '../api/command';
import { ActionButton } from './action-button';
import { Select } from './input';
import { t } from './texts';

export const LiftFreeze = ({ freeze: { freeze_id }, onDone }: { freeze: Freeze; onDone: () => void }) => (
  <ActionButton
    label={t('lift')}
    onDone={onDone}
    command={{
      send: (by, reason) =>
        by.DELETE('/api/freezes/{freeze_id}', { params: { path: { freeze_id }, query: toReasonField(reason) } }),
      toCli: (reason) => `cyberstroll freeze lift ${freeze_id}${toReasonOption(reason)}`,
    }}
  >
    <p>{t('lift_does')}</p>
  </ActionButton>
);

export type Running = NonNullable<Freeze['running']>;

interface RunningScansProps {
  label?: string;
  value: Running;
  onChosen: (value: Running) => void;
}

/** What becomes of scans that run when no other may begin. */
export const RunningScans = ({ label = t('running_scans'), value, onChosen }: RunningScansProps) => (
  <Select
    label={label}
    value={value}
    options={{ end: t('scans_end'), abort: t('scans_abort') }}
    onChosen={(chosen) => onChosen(chosen as Running)}
  />
);
