import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { isExpired, logIn } from '../api/session';
import { toDetail } from '../components/notice';
import { t } from './texts';

/** The page has nothing else to do. */
const focus = (input: HTMLInputElement | null) => input?.focus();

/** Exchanges an API key for a session. The page that was asked for is shown afterwards. */
export function LoginPage() {
  const fault = useSignal<string | undefined>(undefined);
  const isSent = useSignal(false);
  const id = useId();

  async function submit(form: HTMLFormElement): Promise<void> {
    const key = new FormData(form).get('key') as string;
    isSent.value = true;
    try {
      await logIn(key.trim());
    } catch (error) {
      fault.value = toDetail(error);
    }
    isSent.value = false;
  }

  return (
    <main class="login">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <h1>{t('log_in_title')}</h1>
        {isExpired.value && <p role="status">{t('session_ended')}</p>}
        <label for={id}>
          {t('api_key')}
          <input ref={focus} id={id} name="key" type="password" autocomplete="off" required />
        </label>
        {fault.value !== undefined && (
          <p class="error" role="alert">
            {t('refused', { detail: fault.value })}
          </p>
        )}
        <button type="submit" class="primary" disabled={isSent.value}>
          {t('log_in')}
        </button>
        <p class="weak">{t('log_in_hint')}</p>
      </form>
    </main>
  );
}
