import type { ApiKey, operations } from '@cyberstroll/client';
import { DAY_MS } from '@cyberstroll/contracts';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { session } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query, readChoices } from '../../browser/navigation';
import { ActionButton, ActionDialog, OpenButton } from '../../components/action-button';
import { SelectFilter } from '../../components/filter';
import { assign, Input, Select, toParts } from '../../components/input';
import { ListTable } from '../../components/list-table';
import { SecretDialog, type ShownSecret } from '../../components/secret-dialog';
import { Time } from '../../components/time';
import { t } from './texts';

export default function KeysPage() {
  const secret = useSignal<ShownSecret | undefined>(undefined);
  const revoked = query.value.get('revoked') === 'true' && { revoked: 'true' as const };
  const keys = useGet('/api/keys', { query: { ...revoked, ...readChoices(['cursor']) } }, 10_000);
  const show = (key: ApiKey & { secret?: string }) => {
    keys.reload();
    secret.value = { name: key.name, secret: key.secret };
  };
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <SelectFilter label={t('show')} name="revoked" options={{ '': t('present'), true: t('revoked_ones') }} />
        <OpenButton label={t('create')}>{(onClose) => <CreateKey onDone={show} onClose={onClose} />}</OpenButton>
      </div>
      <ListTable
        data={keys}
        none={t('none')}
        toKey={({ key_id }) => key_id}
        columns={[
          [t('name'), ({ name }) => (name === session.value?.key ? `${name} (${t('yours')})` : name), 'name'],
          [t('role'), ({ role }) => role],
          [t('networks'), ({ networks }) => networks?.join(', ') ?? '–'],
          [t('expires'), (key) => <End apiKey={key} />],
          [t('last_used'), ({ last_used_time }) => <Time at={last_used_time} />],
          [t('created'), ({ created_time }) => <Time at={created_time} />],
          [
            t('actions'),
            (key) => key.revoked_time === undefined && <KeyActions apiKey={key} onSecret={show} onDone={keys.reload} />,
            'actions',
          ],
        ]}
      />
      {secret.value && (
        <SecretDialog shown={secret.value} ifLost={t('secret_lost')} onClose={() => assign(secret, undefined)} />
      )}
    </>
  );
}

function End({ apiKey: { revoked_time, expires_time } }: { apiKey: ApiKey }) {
  if (revoked_time === undefined && expires_time === undefined) return <>{t('never')}</>;
  return (
    <>
      {revoked_time !== undefined && t('revoked')} <Time at={revoked_time ?? expires_time} />
    </>
  );
}

interface KeyActionsProps {
  apiKey: ApiKey;
  onSecret: (key: ApiKey & { secret?: string }) => void;
  onDone: () => void;
}

function KeyActions({ apiKey: { key_id, name }, onSecret, onDone }: KeyActionsProps) {
  const grace = useSignal('0');
  const params = { path: { key_id } };
  return (
    <div class="buttons">
      <ActionButton
        label={t('rotate')}
        onDone={onSecret}
        command={{
          send: (by, reason) =>
            by.POST('/api/keys/{key_id}/rotate', {
              params,
              body: { grace_seconds: Number(grace.value), ...toReasonField(reason) },
            }),
          toCli: (reason) => `cyberstroll key rotate ${key_id} --grace ${grace.value || 0}${toReasonOption(reason)}`,
        }}
      >
        <p>{t('rotate_what', { name })}</p>
        <Input label={t('grace')} value={grace} type="number" min={0} max={604_800} />
      </ActionButton>
      <ActionButton
        label={t('revoke')}
        isDangerous
        onDone={onDone}
        command={{
          send: (by, reason) => by.POST('/api/keys/{key_id}/revoke', { params, body: toReasonField(reason) }),
          toCli: (reason) => `cyberstroll key revoke ${key_id}${toReasonOption(reason)}`,
        }}
      >
        <p>{t('revoke_what', { name })}</p>
      </ActionButton>
    </div>
  );
}

const ROLES = ['viewer', 'operator', 'admin'] as const;
type RoleName = (typeof ROLES)[number];

interface CreateKeyProps {
  /** The secret of the key is in the answer, and nowhere else. */
  onDone: (key: ApiKey & { secret?: string }) => void;
  onClose: () => void;
}

function CreateKey(then: CreateKeyProps) {
  const name = useSignal('');
  const role = useSignal<RoleName>('viewer');
  const networks = useSignal('');
  const days = useSignal('');
  const limit = useSignal('');
  const toBody = () => {
    const listed = role.value === 'admin' ? [] : toParts(networks.value, /[\s,]+/);
    const end = days.value === '' ? undefined : new Date(Date.now() + Number(days.value) * DAY_MS).toISOString();
    return {
      name: name.value.trim(),
      role: role.value,
      networks: listed.length > 0 ? listed : undefined,
      expires_time: end,
      requests_per_minute: limit.value === '' ? undefined : Number(limit.value),
    };
  };
  return (
    <ActionDialog
      {...then}
      label={t('create')}
      takesReason={false}
      command={{ send: (by) => by.POST('/api/keys', { body: toBody() }), toCli: () => toCli(toBody()) }}
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

type KeyBody = operations['createKey']['requestBody']['content']['application/json'];

function toCli({ name, role, networks = [], expires_time, requests_per_minute }: KeyBody): string {
  return [
    `cyberstroll key create ${toShellWord(name)} --role ${role}`,
    ...networks.map((network) => `--network ${network}`),
    ...(expires_time === undefined ? [] : [`--expires ${expires_time}`]),
    ...(requests_per_minute === undefined ? [] : [`--rate-limit ${requests_per_minute}`]),
  ].join(' ');
}
