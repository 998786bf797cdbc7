import { Field, Select } from '../../components/input';
import { defineTexts } from '../../language/define-texts';
import { SCHEDULE_FIELDS, type ScheduleField, type ScheduleTexts } from './schedule-form';

const t = defineTexts({
  cron: ['Cron line', 'Cron 表达式'],
  cron_help: ['Minute, hour, day of month, month, day of week.', '分、时、日、月、星期。'],
  every: ['Or every, in seconds', '或间隔（秒）'],
  every_help: ['With an empty cron line.', 'Cron 表达式须留空。'],
  time_zone: ['Time zone', '时区'],
  time_zone_help: ['Of the cron line.', '用于 Cron 表达式。'],
  more: ['More of the schedule', '计划的更多选项'],
  overlap: ['While a task of it is open', '上一个任务未结束时'],
  skip: ['skip the planned time', '跳过本次'],
  queue: ['wait until it has ended', '等待其结束'],
  cancel: ['cancel that task', '取消该任务'],
  jitter: ['Spread, in seconds', '随机延迟（秒）'],
  jitter_help: ['Each run is late by up to this.', '每次运行最多推迟这么久。'],
  catch_up: ['Late by at most, in seconds', '最多晚多久（秒）'],
  catch_up_help: ['A run that is later is missed. Empty: an hour.', '更晚的运行视为错过。留空：一小时。'],
  pause_after_failures: ['Pause after failures in a row', '连续失败多少次后暂停'],
  pause_after_failures_help: ['Empty: never.', '留空：从不。'],
  alert_threshold: ['Alert at changes from run to run', '两次运行间变化多少则告警'],
  alert_threshold_help: ['Empty: no alert.', '留空：不告警。'],
  alert_ports: ['Alert at changes of these ports', '只对这些端口的变化告警'],
  alert_ports_help: ['One change is enough, unless you say more.', '未另行指定时，一处变化即告警。'],
});

const FIRST: readonly ScheduleField[] = ['cron', 'every', 'time_zone'];

interface ScheduleFieldsProps {
  texts: ScheduleTexts;
  faults: Partial<Record<ScheduleField, string>>;
  onTyped: (change: Partial<ScheduleTexts>) => void;
}

export function ScheduleFields({ texts, faults, onTyped }: ScheduleFieldsProps) {
  const toField = (name: ScheduleField) => (
    <Field key={name} label={t(name)} help={t(`${name as 'cron'}_help`)} fault={faults[name]}>
      {(ids) => (
        <input
          {...ids}
          autocomplete="off"
          value={texts[name]}
          onInput={({ currentTarget }) => onTyped({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
  const more = SCHEDULE_FIELDS.filter((name) => name !== 'overlap' && !FIRST.includes(name));
  return (
    <>
      <div class="row">{FIRST.map(toField)}</div>
      <details open={more.some((name) => faults[name] !== undefined) || undefined}>
        <summary>{t('more')}</summary>
        <div class="advanced">
          <Select
            label={t('overlap')}
            value={texts.overlap}
            options={{ skip: t('skip'), queue: t('queue'), cancel: t('cancel') }}
            onChosen={(overlap) => onTyped({ overlap })}
          />
          {more.map(toField)}
        </div>
      </details>
    </>
  );
}
