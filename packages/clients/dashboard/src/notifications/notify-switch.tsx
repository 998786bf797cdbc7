import { useId } from 'preact/hooks';
import { isNotifying, permission, switchNotifications } from './notifications';
import { t } from './texts';

/** Whether this browser notifies the reader of alerts, and why it cannot. */
export function NotifySwitch() {
  const id = useId();
  return (
    <div class="field">
      <label class="check">
        <input
          type="checkbox"
          checked={isNotifying.value}
          disabled={permission.value === 'missing'}
          aria-describedby={id}
          onChange={async ({ currentTarget }) => {
            await switchNotifications(currentTarget.checked);
            // The browser may have denied it.
            currentTarget.checked = isNotifying.value;
          }}
        />
        {t('notify')}
      </label>
      <span id={id} class="help">
        {t(
          permission.value === 'denied'
            ? 'notify_denied'
            : permission.value === 'missing'
              ? 'notify_missing'
              : 'notify_what',
        )}
      </span>
    </div>
  );
}
