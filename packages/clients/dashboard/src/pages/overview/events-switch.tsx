import { signal } from '@preact/signals';
import { readPreference, writePreference } from '../../browser/stored';
import { assign } from '../../components/input';
import { t } from './texts';

/** Whether the chart has marks of what happened, as this browser chose last. */
export const hasMarks = signal(readPreference('marks') !== 'off');

export const EventsSwitch = () => (
  <label class="check">
    <input
      type="checkbox"
      checked={hasMarks.value}
      onChange={({ currentTarget }) => {
        assign(hasMarks, currentTarget.checked);
        writePreference('marks', currentTarget.checked ? 'on' : 'off');
      }}
    />
    {t('show_events')}
  </label>
);
