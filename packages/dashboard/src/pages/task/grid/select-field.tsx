import { useSignal } from '@preact/signals';
import { t } from './texts';

/** Selects the cells of a CIDR, a range or an address. `onSelect` returns how many there are. */
export function SelectField({ onSelect }: { onSelect: (text: string) => number }) {
  const isMissed = useSignal(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const text = new FormData(event.currentTarget).get('target') as string;
        isMissed.value = onSelect(text) === 0 && text.trim() !== '';
      }}
    >
      <label>
        {t('select')}
        <input name="target" placeholder={t('select_hint')} size={28} aria-invalid={isMissed.value} />
      </label>
      {isMissed.value && (
        <span class="field-fault" role="alert">
          {t('not_here')}
        </span>
      )}
    </form>
  );
}
