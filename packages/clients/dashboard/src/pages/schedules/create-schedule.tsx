import { unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toShellWord } from '../../api/command';
import { client, session } from '../../api/session';
import { useData } from '../../api/use-data';
import { navigate } from '../../browser/navigation';
import { ActionButton } from '../../components/action-button';
import { Select } from '../../components/input';
import { toDetail } from '../../components/notice';
import { formatTime } from '../../components/time';
import { t } from './texts';

const OVERLAPS = ['skip', 'queue', 'cancel'] as const;

interface ScheduleForm {
  name: string;
  targets: string;
  ports: string;
  cron: string;
  time_zone: string;
  overlap: (typeof OVERLAPS)[number];
}

const toFirst = (): ScheduleForm => ({
  name: '',
  targets: '',
  ports: '22,80,443',
  cron: '30 2 * * *',
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  overlap: 'skip',
});

/** What most schedules need; the command line has the rest. */
export function CreateSchedule({ onDone }: { onDone: () => void }) {
  const form = useSignal(toFirst());
  const { name, targets, ports, cron, time_zone, overlap } = form.value;
  const set = (change: Partial<ScheduleForm>) => {
    form.value = { ...form.value, ...change };
  };
  const toField = (field: 'name' | 'targets' | 'ports' | 'cron' | 'time_zone', label: string) => (
    <label>
      {label}
      <input
        required
        maxLength={field === 'targets' ? 10_000 : 200}
        value={form.value[field]}
        onInput={({ currentTarget }) => set({ [field]: currentTarget.value })}
      />
    </label>
  );
  return (
    <ActionButton
      label={t('create')}
      takesReason={false}
      onDone={({ schedule_id }: { schedule_id: string }) => {
        form.value = toFirst();
        onDone();
        navigate(`/plan/schedules/${schedule_id}`);
      }}
      command={{
        send: (by) => by.POST('/api/schedules', { body: toBody(form.value) }),
        toCli: () =>
          `cyberstroll schedule create ${toShellWord(name)} ${toShellWord(targets)} --ports ${toShellWord(ports)} ` +
          `--cron ${toShellWord(cron)} --time-zone ${toShellWord(time_zone)} --overlap ${overlap}`,
      }}
    >
      <p>{t('create_what')}</p>
      {toField('name', t('name'))}
      {toField('targets', t('targets'))}
      {toField('ports', t('ports'))}
      {toField('cron', t('cron'))}
      {toField('time_zone', t('time_zone'))}
      <Select
        label={t('overlap')}
        value={overlap}
        options={Object.fromEntries(OVERLAPS.map((each) => [each, t(each)]))}
        onChosen={(chosen) => set({ overlap: chosen as ScheduleForm['overlap'] })}
      />
      {name !== '' && targets !== '' && <FirstTimes form={form.value} />}
    </ActionButton>
  );
}

const toBody = ({ name, targets, ports, ...times }: ScheduleForm) => ({
  name: name.trim(),
  template: {
    task_target: targets.trim(),
    task_initiator: session.value?.key ?? 'dashboard',
    scan: { ports: ports.trim() },
  },
  ...times,
});

/** When it would run, as the API says before anything is saved. */
function FirstTimes({ form }: { form: ScheduleForm }) {
  const body = toBody(form);
  const plan = useData(() => unwrap(client.POST('/api/schedules/dry-run', { body })), { key: JSON.stringify(body) });
  if (plan.error) return <p class="error">{toDetail(plan.error)}</p>;
  if (!plan.value) return null;
  const times = plan.value.next_times.slice(0, 3).map(formatTime).join(' · ');
  return <p>{times === '' ? t('no_next') : t('first_times', { times, count: plan.value.total_targets })}</p>;
}
