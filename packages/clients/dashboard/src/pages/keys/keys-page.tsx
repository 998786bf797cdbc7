import { type ApiKey, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { ActionButton } from '../../components/action-button';
import { CopyButton } from '../../components/copy-button';
import { Dialog } from '../../components/dialog';
import { SelectFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { CreateKey } from './create-key';
import { t } from './texts';

/** The API keys of the system, for admins. */
export default function KeysPage() {
  const secret = useSignal<ShownSecret | undefined>(undefined);
  const cursor = query.value.get('cursor') ?? undefined;
  const filter = {
    ...(query.value.get('revoked') === 'true' && { revoked: 'true' as const }),
    ...(cursor !== undefined && { cursor }),
  };
  const keys = useData((signal) => unwrap(client.GET('/api/keys', { params: { query: filter }, signal })), {
    key: JSON.stringify(filter),
    every: 10_000,
  });
  const show = (key: ApiKey & { secret?: string }) => {
    keys.reload();
    if (key.secret !== undefined) secret.value = { name: key.name, secret: key.secret };
  };
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <SelectFilter label={t('show')} name="revoked" options={{ '': t('present'), true: t('revoked_ones') }} />
        <CreateKey onDone={show} />
      </div>
      <ListTable
        data={keys}
        none={t('none')}
        columns={[t('name'), t('role'), t('networks'), t('expires'), t('last_used'), t('created'), t('actions')]}
        renderRow={(key) => (
          <tr key={key.key_id}>
            <td>{key.name}</td>
            <td>{key.role}</td>
            <td>{key.networks?.join(', ') ?? '–'}</td>
            <td>{key.expires_time === undefined ? t('never') : <Time at={key.expires_time} />}</td>
            <td>
              <Time at={key.last_used_time} />
            </td>
            <td>
              <Time at={key.created_time} />
            </td>
            <td>
              {key.revoked_time === undefined ? (
                <KeyActions apiKey={key} onSecret={show} onDone={keys.reload} />
              ) : (
                <>
                  {t('revoked')} <Time at={key.revoked_time} />
                </>
              )}
            </td>
          </tr>
        )}
      />
      {secret.value && (
        <SecretDialog
          shown={secret.value}
          onClose={() => {
            secret.value = undefined;
          }}
        />
      )}
    </>
  );
}

interface KeyActionsProps {
  apiKey: ApiKey;
  onSecret: (key: ApiKey & { secret?: string }) => void;
  onDone: () => void;
}

function KeyActions({ apiKey: { key_id, name }, onSecret, onDone }: KeyActionsProps) {
  const grace = useSignal(0);
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
              body: { grace_seconds: grace.value, ...toReasonField(reason) },
            }),
          toCli: (reason) => `cyberstroll key rotate ${key_id} --grace ${grace.value}${toReasonOption(reason)}`,
        }}
      >
        <p>{t('rotate_what', { name })}</p>
        <label>
          {t('grace')}
          <input
            type="number"
            min={0}
            max={604_800}
            value={grace.value}
            onInput={({ currentTarget }) => {
              grace.value = currentTarget.valueAsNumber || 0;
            }}
          />
        </label>
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

interface ShownSecret {
  name: string;
  secret: string;
}

/** A new secret, shown once. It leaves the page with the dialog. */
const SecretDialog = ({ shown: { name, secret }, onClose }: { shown: ShownSecret; onClose: () => void }) => (
  <Dialog title={t('secret', { name })} onClose={onClose}>
    <pre>{secret}</pre>
    <p>{t('secret_once')}</p>
    <div class="buttons">
      <CopyButton label={t('copy')} text={() => secret} />
      <span class="space" />
      <button type="button" onClick={onClose}>
        {t('close')}
      </button>
    </div>
  </Dialog>
);
