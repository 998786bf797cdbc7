import type { Client } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonOption } from '../../api/command';
import { ActionButton } from '../../components/action-button';
import { assign, Select } from '../../components/input';
import { t } from './texts';

type RunningScans = 'end' | 'abort';

const toFreezeAll = (running: RunningScans) => ({
  send: (by: Client, reason: string) => by.POST('/api/freezes', { body: { covers: { all: true }, running, reason } }),
  toCli: (reason: string) => `cyberstroll freeze create --all --running ${running}${toReasonOption(reason)}`,
});

/** Stops everything, and asks what becomes of running scans. */
export function FreezeAll() {
  const running = useSignal<RunningScans>('end');
  return (
    <ActionButton label={t('freeze_all')} command={toFreezeAll(running.value)} isDangerous needsReason>
      <p>{t('freeze_all_does')}</p>
      <Select
        label={t('running_scans')}
        value={running.value}
        options={{ end: t('scans_end'), abort: t('scans_abort') }}
        onChosen={(value) => assign(running, value as RunningScans)}
      />
    </ActionButton>
  );
}
