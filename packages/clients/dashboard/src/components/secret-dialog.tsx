import { defineTexts } from '../language/define-texts';
import { CopyButton, Dialog } from './action-button';

const t = defineTexts({
  secret: ['The secret of "{name}"', '“{name}”的密钥值'],
  once: ['It is shown only once.', '仅显示这一次。'],
});

export interface ShownSecret {
  name: string;
  /** Undefined if the answer with it was lost. */
  secret: string | undefined;
}

interface SecretDialogProps {
  shown: ShownSecret;
  /** What to do if the answer with it was lost. */
  ifLost: string;
  onClose: () => void;
}

/** A new secret, shown once. It leaves the page with the dialog. */
export const SecretDialog = ({ shown: { name, secret }, ifLost, onClose }: SecretDialogProps) => (
  <Dialog title={t('secret', { name })} onClose={onClose}>
    {secret !== undefined && <pre>{secret}</pre>}
    <p>{secret === undefined ? ifLost : t('once')}</p>
    <div class="buttons">
      {secret !== undefined && <CopyButton label={t('copy')} text={() => secret} />}
      <span class="space" />
      <button type="button" onClick={onClose}>
        {t('close')}
      </button>
    </div>
  </Dialog>
);
