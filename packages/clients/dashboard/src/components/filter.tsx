import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { query, setQuery } from '../browser/navigation';
import { toIsoTime, toLocalTime } from './format-time';
import { Select } from './input';
import { t } from './texts';

interface FilterProps {
  label: string;
  /** The parameter of the address that has the value. */
  name: string;
}

/** Changes what is listed; Back undoes it. Another list begins at its first page, with nothing selected. */
export const choose = (changes: Parameters<typeof setQuery>[0]): void =>
  setQuery({ ...changes, cursor: undefined, selected: undefined }, { replace: false });

/** A choice of a list's filter. The first of the options is what counts where the address names none. */
export function SelectFilter({ label, name, options }: FilterProps & { options: Readonly<Record<string, string>> }) {
  const [first = ''] = Object.keys(options);
  return (
    <Select
      label={label}
      value={query.value.get(name) ?? first}
      options={options}
      onChosen={(value) => choose({ [name]: value === first ? undefined : value })}
    />
  );
}

/** Takes these filters away. Where none is chosen its place is kept, so that no other control moves. */
export const ClearFilters = ({ names }: { names: readonly string[] }) => (
  <button
    type="button"
    class={names.some((name) => query.value.has(name)) ? 'quiet' : 'quiet unused'}
    onClick={() => choose(Object.fromEntries(names.map((name) => [name, undefined])))}
  >
    {t('clear_filters')}
  </button>
);

/** Options of a filter: any, or one of these. */
export const anyOf = <Name extends string>(any: string, names: readonly Name[], toText: (name: Name) => string) => ({
  '': any,
  ...Object.fromEntries(names.map((name) => [name, toText(name)])),
});

/** Several of these values, or any. */
export function ManyFilter(props: FilterProps & { options: Readonly<Record<string, ComponentChildren>> }) {
  const { label, name, options } = props;
  const chosen = query.value.getAll(name);
  return (
    <fieldset class="many">
      <legend>{label}</legend>
      {Object.entries(options).map(([value, text]) => (
        <label key={value} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={({ currentTarget }) =>
              choose({
                [name]: Object.keys(options).filter((each) =>
                  each === value ? currentTarget.checked : chosen.includes(each),
                ),
              })
            }
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChosen: (value: string) => void;
  type?: 'text' | 'number' | 'datetime-local';
  placeholder?: string;
  size?: number;
  /** Of a number. One out of its range is not chosen. */
  range?: { min: number; max: number };
  options?: readonly string[];
}

/** A field that counts when the reader leaves it or presses Enter. */
export function FilterField({
  label,
  value,
  onChosen,
  type = 'text',
  placeholder = '',
  size = 18,
  range,
  options,
}: FieldProps) {
  const id = useId();
  const given = useSignal(value);
  useEffect(() => {
    given.value = value;
  }, [value]);
  const isOutside = range !== undefined && given.value !== '' && !isWithin(Number(given.value), range);
  return (
    <label for={id}>
      {label}
      <input
        key={value}
        id={id}
        type={type as 'text'}
        placeholder={placeholder}
        list={options && `${id}-options`}
        size={size}
        defaultValue={value}
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.value.trim();
          given.value = chosen;
          if (chosen === value || (range && chosen !== '' && !isWithin(Number(chosen), range))) return;
          onChosen(chosen);
        }}
        aria-invalid={isOutside}
        aria-describedby={isOutside ? `${id}-fault` : undefined}
      />
      {isOutside && (
        <span id={`${id}-fault`} class="fault" role="alert">
          {t('out_of_range', range)}
        </span>
      )}
      {options && (
        <datalist id={`${id}-options`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </label>
  );
}

const isWithin = (value: number, { min, max }: { min: number; max: number }): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

export const PortFilter = (props: FilterProps) => <TextFilter {...props} type="number" range={PORTS} />;
const PORTS = { min: 1, max: 65_535 };

export const TextFilter = ({
  name,
  ...field
}: FilterProps & Pick<FieldProps, 'type' | 'placeholder' | 'size' | 'range' | 'options'>) => (
  <FilterField {...field} value={query.value.get(name) ?? ''} onChosen={(value) => choose({ [name]: value })} />
);

/** A time of a list's filter: in the browser's zone here, and as ISO 8601 in the address. */
export const TimeFilter = ({ name, label }: FilterProps) => (
  <FilterField
    label={label}
    type="datetime-local"
    value={toLocalTime(query.value.get(name) ?? undefined)}
    onChosen={(value) => choose({ [name]: toIsoTime(value) })}
  />
);
