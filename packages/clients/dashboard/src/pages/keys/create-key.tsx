import type { ApiKey } from '@cyberstroll/client';
import { DAY_MS } from '@cyberstroll/contracts';
import { useSignal } from '@preact/signals';
import { toShellWord } from '../../api/command';
import { ActionDialog } from '../../components/action-button';
import { assign, Input, Select, toParts } from '../../components/input';
import { t } from './texts';

const ROLES = ['viewer', 'operator', 'admin'] as const;
type RoleName = (typeof ROLES)[number];

interface KeyForm {
  name: string;
  role: RoleName;
  networks: string;
  days: string;
  limit: string;
}

interface CreateKeyProps {
  /** The secret of the key is in the answer, and nowhere else. */
  onDone: (key: ApiKey & { secret?: string }) => void;
  onClose: () => void;
}

export function CreateKey(then: CreateKeyProps) {
  const name = useSignal('');
  const role = useSignal<RoleName>('viewer');
  const networks = useSignal('');
  const days = useSignal('');
  const limit = useSignal('');
  const toForm = (): KeyForm => ({
    name: name.value,
    role: role.value,
    networks: networks.value,
    days: days.value,
    limit: limit.value,
  });
  return (
    <ActionDialog
      {...then}
      label={t('create')}
      takesReason={false}
      command={{
        send: (by) => by.POST('/api/keys', { body: toBody(toForm(), Date.now()) }),
        toCli: () => toCli(toForm()),
      }}
    >
      <Input label={t('name')} value={name} maxLength={100} required />
      <Select
        label={t('role')}
        value={role.value}
        options={Object.fromEntries(ROLES.map((each) => [each, each]))}
        onChosen={(chosen) => assign(role, chosen as RoleName)}
      />
      {role.value !== 'admin' && <Input label={`${t('networks')} (${t('networks_hint')})`} value={networks} />}
      <Input label={`${t('of_days')} (${t('of_days_hint')})`} value={days} type="number" min={1} />
      <Input label={`${t('limit')} (${t('limit_hint')})`} value={limit} type="number" min={1} max={1_000_000} />
    </ActionDialog>
  );
}

function toBody({ name, role, networks, days, limit }: KeyForm, now: number) {
  const listed = role === 'admin' ? [] : toParts(networks, /[\s,]+/);
  return {
    name: name.trim(),
    role,
    ...(listed.length > 0 && { networks: listed }),
    ...(days !== '' && { expires_time: new Date(now + Number(days) * DAY_MS).toISOString() }),
    ...(limit !== '' && { requests_per_minute: Number(limit) }),
  };
}

function toCli(form: KeyForm): string {
  const { name, role, networks = [], expires_time, requests_per_minute } = toBody(form, Date.now());
  return [
    `cyberstroll key create ${toShellWord(name)} --role ${role}`,
    ...networks.map((network) => `--network ${network}`),
    ...(expires_time === undefined ? [] : [`--expires ${expires_time}`]),
    ...(requests_per_minute === undefined ? [] : [`--rate-limit ${requests_per_minute}`]),
  ].join(' ');
}
