import { CopyButton } from '../../components/copy-button';
import { Dialog } from '../../components/dialog';
import { t } from './texts';

export interface ShownSecret {
  name: string;
  secret: string;
}

/** A new secret, shown once. It leaves the page with the dialog. */
export const SecretDialog = ({ shown: { name, secret }, onClose }: { shown: ShownSecret; onClose: () => void }) => (
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
