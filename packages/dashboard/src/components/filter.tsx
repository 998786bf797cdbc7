import { query, setQuery } from '../app/navigation';

interface FilterProps {
  label: string;
  /** The parameter of the address that has the value. */
  name: string;
}

const choose = (name: string, value: string) => setQuery({ [name]: value, cursor: undefined });

/** A choice of a list's filter: in the address, and without a page of the former choice. */
export const SelectFilter = ({ label, name, options }: FilterProps & { options: Readonly<Record<string, string>> }) => (
  <label>
    {label}
    <select value={query.value.get(name) ?? ''} onChange={({ currentTarget }) => choose(name, currentTarget.value)}>
      {Object.entries(options).map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  </label>
);

/** A text of a list's filter: taken when the field is left, or with Enter. */
export const TextFilter = ({ label, name, size = 18 }: FilterProps & { size?: number }) => (
  <label>
    {label}
    <input
      size={size}
      value={query.value.get(name) ?? ''}
      onChange={({ currentTarget }) => choose(name, currentTarget.value.trim())}
    />
  </label>
);
