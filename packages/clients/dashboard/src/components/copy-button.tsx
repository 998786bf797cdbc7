import { useSignal } from '@preact/signals';
import { assign } from './input';
import { t } from './texts';

const SHOWN_MS = 1_500;

export function CopyButton({ label, text }: { label: string; text: () => string | Promise<string> }) {
  const isCopied = useSignal(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(await text());
    isCopied.value = true;
    setTimeout(() => assign(isCopied, false), SHOWN_MS);
  }
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      {isCopied.value ? t('copied') : label}
    </button>
  );
}
