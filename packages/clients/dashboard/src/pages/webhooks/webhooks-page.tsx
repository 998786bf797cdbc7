import type { CreateWebhook as CreateWebhookBody, Webhook } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { useGet } from '../../api/use-data';
import { readChoices } from '../../browser/navigation';
import { ActionButton, ActionDialog, OpenButton } from '../../components/action-button';
import { anyOf } from '../../components/filter';
import { assign, Input, Select, toParts } from '../../components/input';
import { ListTable } from '../../components/list-table';
import { HostileText } from '../../components/scroll-box';
import { SecretDialog, type ShownSecret } from '../../components/secret-dialog';
import { Time } from '../../components/time';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

/** Who gets the changes of the inventory, and whether they get them. */
export default function WebhooksPage() {
  const secret = useSignal<ShownSecret | undefined>(undefined);
  const webhooks = useGet('/api/webhooks', { query: readChoices(['cursor']) }, 10_000);
  const show = (webhook: Webhook & { secret?: string }) => {
    webhooks.reload();
    secret.value = { name: webhook.name, secret: webhook.secret };
  };
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <OpenButton label={t('create')}>{(onClose) => <CreateWebhook onDone={show} onClose={onClose} />}</OpenButton>
      </div>
      <ListTable
        data={webhooks}
        none={t('none')}
        toKey={({ webhook_id }) => webhook_id}
        columns={[
          [t('name'), ({ name }) => <bdi>{name}</bdi>, 'name'],
          [t('url'), ({ url }) => <HostileText text={url} most={60} />],
          [t('sends'), (webhook) => <bdi>{toFilterText(webhook)}</bdi>],
          [t('state'), (webhook) => <State webhook={webhook} />],
          [t('delivered'), ({ delivered_time }) => <Time at={delivered_time} />],
          [t('made'), ({ operator }) => <bdi>{operator}</bdi>],
          [t('actions'), (webhook) => <Delete webhook={webhook} onDone={webhooks.reload} />, 'actions'],
        ]}
      />
      {secret.value && (
        <SecretDialog shown={secret.value} ifLost={t('secret_lost')} onClose={() => assign(secret, undefined)} />
      )}
    </>
  );
}

const State = ({ webhook: { failing_since, fault = '' } }: { webhook: Webhook }) =>
  failing_since === undefined ? (
    <Badge tone="good" glyph="✓" name={t('not_failing')} />
  ) : (
    <>
      <Badge tone="bad" glyph="!" name={t('failing', { fault })} /> <Time at={failing_since} />
    </>
  );

const toFilterText = ({ kind = [], ports = [], target, severity = [], label }: Webhook): string =>
  [...kind.map((each) => t(each)), ...ports.map(String), target, ...severity, label].filter(Boolean).join(t('comma')) ||
  t('all_changes');

const Delete = ({ webhook: { webhook_id, name }, onDone }: { webhook: Webhook; onDone: () => void }) => (
  <ActionButton
    label={t('delete')}
    isDangerous
    onDone={onDone}
    command={{
      send: (by, reason) =>
        by.DELETE('/api/webhooks/{webhook_id}', { params: { path: { webhook_id }, query: toReasonField(reason) } }),
      toCli: (reason) => `cyberstroll webhook delete ${webhook_id}${toReasonOption(reason)}`,
    }}
  >
    <p>{t('delete_what', { name })}</p>
  </ActionButton>
);

const KINDS = [
  'host_appeared',
  'port_opened',
  'port_closed',
  'service_changed',
  'finding_new',
  'finding_gone',
  'finding_back',
] as const;
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

interface CreateWebhookProps {
  /** The secret is in the answer, and nowhere else. */
  onDone: (webhook: Webhook & { secret?: string }) => void;
  onClose: () => void;
}

function CreateWebhook(then: CreateWebhookProps) {
  const name = useSignal('');
  const url = useSignal('');
  const kind = useSignal<(typeof KINDS)[number] | ''>('');
  const ports = useSignal('');
  const target = useSignal('');
  const severity = useSignal<(typeof SEVERITIES)[number] | ''>('');
  const label = useSignal('');
  const toBody = (): CreateWebhookBody => {
    const listed = toParts(ports.value, /[\s,]+/).map(Number);
    return {
      name: name.value.trim(),
      url: url.value.trim(),
      ...(kind.value && { kind: [kind.value] }),
      ...(listed.length > 0 && { ports: listed }),
      ...(target.value.trim() && { target: target.value.trim() }),
      ...(severity.value && { severity: [severity.value] }),
      ...(label.value.trim() && { label: label.value.trim() }),
    };
  };
  return (
    <ActionDialog
      {...then}
      label={t('create')}
      command={{
        send: (by, reason) => by.POST('/api/webhooks', { body: { ...toBody(), ...toReasonField(reason) } }),
        toCli: () => toCli(toBody()),
      }}
    >
      <p>{t('create_does')}</p>
      <Input label={t('name')} value={name} maxLength={100} required />
      <Input label={t('url')} value={url} required />
      <Select
        label={t('only_kind')}
        value={kind.value}
        options={anyOf(t('any'), KINDS, t)}
        onChosen={(chosen) => assign(kind, chosen as typeof kind.value)}
      />
      <Input label={t('only_ports')} value={ports} />
      <Input label={t('only_target')} value={target} />
      <Select
        label={t('only_severity')}
        value={severity.value}
        options={anyOf(t('any'), SEVERITIES, (each) => each)}
        onChosen={(chosen) => assign(severity, chosen as typeof severity.value)}
      />
      <Input label={t('only_label')} value={label} />
    </ActionDialog>
  );
}

const toCli = ({ name, url, kind = [], ports = [], target, severity = [], label }: CreateWebhookBody): string =>
  [
    `cyberstroll webhook create ${toShellWord(name)} ${toShellWord(url)}`,
    ...kind.map((each) => `--kind ${each}`),
    ...ports.map((port) => `--port ${port}`),
    ...(target === undefined ? [] : [`--target ${toShellWord(target)}`]),
    ...severity.map((each) => `--severity ${each}`),
    ...(label === undefined ? [] : [`--label ${toShellWord(label)}`]),
  ].join(' ');
