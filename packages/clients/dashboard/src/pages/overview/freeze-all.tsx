import type { Client } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonOption } from '../../api/command';
import { ActionButton } from '../../components/action-button';
import { type Running, RunningScans } from '../../components/freeze';
import { assign } from '../../components/input';
import { t } from './texts';

const toFreezeAll = (running: Running) => ({
  send: (by: Client, reason: string) => by.POST('/api/freezes', { body: { covers: { all: true }, running, reason } }),
  toCli: (reason: string) => `cyberstroll freeze create --all --running ${running}${toReasonOption(reason)}`,
});

/** Stops everything, and asks what becomes of running scans. */
export function FreezeAll() {
  const running = useSignal<Running>('end');
  return (
    <ActionButton label={t('freeze_all')} command={toFreezeAll(running.value)} isDangerous needsReason>
      <p>{t('freeze_all_does')}</p>
      <RunningScans value={running.value} onChosen={(value) => assign(running, value)} />
    </ActionButton>
  );
}
