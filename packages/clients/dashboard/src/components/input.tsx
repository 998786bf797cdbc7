import type { Signal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

/** Sets a signal: for a handler that does nothing else. */
export function assign<Value>(to: Signal<Value>, value: Value): void {
  to.value = value;
}

interface InputProps {
  label: ComponentChildren;
  /** The text that it shows, and writes to. */
  value: Signal<string>;
  type?: 'text' | 'number' | 'datetime-local';
  min?: number;
  max?: number;
  maxLength?: number;
  required?: boolean;
}

export const Input = ({ label, value, type = 'text', ...limits }: InputProps) => (
  <label>
    {label}
    <input
      {...limits}
      type={type as 'text'}
      value={value.value}
      onInput={({ currentTarget }) => assign(value, currentTarget.value)}
    />
  </label>
);

interface SelectProps {
  label: string;
  value: string;
  /** Their texts, by their values. */
  options: Readonly<Record<string, string>>;
  onChosen: (value: string) => void;
}

export const Select = ({ label, value, options, onChosen }: SelectProps) => (
  <label>
    {label}
    <select value={value} onChange={({ currentTarget }) => onChosen(currentTarget.value)}>
      {Object.entries(options).map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  </label>
);

/** The parts of what was typed, each once. */
export const toParts = (text: string, between: RegExp): string[] => [
  ...new Set(
    text
      .split(between)
      .map((part) => part.trim())
      .filter(Boolean),
  ),
];

interface FieldProps {
  label: string;
  /** What it is for, and what it takes. */
  help?: ComponentChildren;
  fault?: ComponentChildren;
  children: (control: ControlIds) => VNode;
}

/** What ties a control to its label, its help and its fault. */
export interface ControlIds {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean;
}

export function Field({ label, help, fault, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-help`, 'aria-invalid': Boolean(fault) })}
      <div id={`${id}-help`}>
        {help && <span class="help">{help}</span>}
        {fault && (
          <div class="fault">
            {typeof fault === 'string' && <span aria-hidden="true">✕ </span>}
            {fault}
          </div>
        )}
      </div>
    </div>
  );
}
