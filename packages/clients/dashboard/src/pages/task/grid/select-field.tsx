import { t } from './texts';

/** Selects the cells of a CIDR, a range, an address, or a rectangle. `isMissed`: this grid has none of them. */
export function SelectField(props: { text: string; isMissed: boolean; onSelect: (text: string) => void }) {
  const { text, isMissed, onSelect } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSelect(new FormData(event.currentTarget).get('target') as string);
      }}
    >
      <label>
        {t('select')}
        <input
          key={text}
          name="target"
          defaultValue={text}
          placeholder={t('select_hint')}
          size={28}
          aria-invalid={isMissed}
        />
      </label>
      {isMissed && (
        <span class="field-fault" role="alert">
          {t('not_here')}
        </span>
      )}
    </form>
  );
}
