import type { ApiKey } from '@cyberstroll/client';
import { DAY_MS } from '@cyberstroll/contracts';
import { useSignal } from '@preact/signals';
import { toShellWord } from '../../api/command';
import { ActionButton } from '../../components/action-button';
import { Select, toParts } from '../../components/input';
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

const EMPTY: KeyForm = { name: '', role: 'viewer', networks: '', days: '', limit: '' };

/** Creates a key. Its secret is in the answer, and nowhere else. */
export function CreateKey({ onDone }: { onDone: (key: ApiKey & { secret?: string }) => void }) {
  const form = useSignal(EMPTY);
  const { name, role, networks, days, limit } = form.value;
  const set = (change: Partial<KeyForm>) => {
    form.value = { ...form.value, ...change };
  };
  return (
    <ActionButton
      label={t('create')}
      takesReason={false}
      onDone={(key: ApiKey) => {
        form.value = EMPTY;
        onDone(key);
      }}
      command={{
        send: (by) => by.POST('/api/keys', { body: toBody(form.value, Date.now()) }),
        toCli: () => toCli(form.value),
      }}
    >
      <label>
        {t('name')}
        <input
          required
          maxLength={100}
          value={name}
          onInput={({ currentTarget }) => set({ name: currentTarget.value })}
        />
      </label>
      <Select
        label={t('role')}
        value={role}
        options={Object.fromEntries(ROLES.map((each) => [each, each]))}
        onChosen={(chosen) => set({ role: chosen as RoleName })}
      />
      {role !== 'admin' && (
        <label>
          {t('networks')} ({t('networks_hint')})
          <input value={networks} onInput={({ currentTarget }) => set({ networks: currentTarget.value })} />
        </label>
      )}
      <label>
        {t('of_days')} ({t('of_days_hint')})
        <input type="number" min={1} value={days} onInput={({ currentTarget }) => set({ days: currentTarget.value })} />
      </label>
      <label>
        {t('limit')} ({t('limit_hint')})
        <input
          type="number"
          min={1}
          max={1_000_000}
          value={limit}
          onInput={({ currentTarget }) => set({ limit: currentTarget.value })}
        />
      </label>
      <p>{t('create_what', { name, role })}</p>
    </ActionButton>
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
