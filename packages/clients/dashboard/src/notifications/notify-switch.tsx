import { useId } from 'preact/hooks';
import { isNotifying, permission, switchNotifications } from './notifications';
import { t } from './texts';

export function NotifySwitch() {
  const id = useId();
  const fault = { denied: t('notify_denied'), missing: t('notify_missing') }[permission.value as string];
  return (
    <div class="field">
      <label class="check" title={t('notify_what')}>
        <input
          type="checkbox"
          checked={isNotifying.value}
          disabled={permission.value === 'missing'}
          aria-describedby={fault && id}
          onChange={async ({ currentTarget }) => {
            await switchNotifications(currentTarget.checked);
            // The browser may have denied it.
            currentTarget.checked = isNotifying.value;
          }}
        />
        {t('notify')}
      </label>
      {fault && (
        <span id={id} class="help">
          {fault}
        </span>
      )}
    </div>
  );
}
