import { Field } from '../../components/field';
import { Select } from '../../components/input';
import { SCHEDULE_FIELDS, type ScheduleField, type ScheduleTexts } from './schedule-form';
import { t } from './schedule-texts';

const FIRST: readonly ScheduleField[] = ['cron', 'every', 'time_zone'];

interface ScheduleFieldsProps {
  texts: ScheduleTexts;
  faults: Partial<Record<ScheduleField, string>>;
  onTyped: (change: Partial<ScheduleTexts>) => void;
}

/** When a task is created again and again. */
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
