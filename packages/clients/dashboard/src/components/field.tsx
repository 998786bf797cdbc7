import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  /** What it is for, and what it takes. */
  help?: ComponentChildren;
  /** What is wrong with it. */
  fault?: ComponentChildren;
  children: (control: ControlIds) => VNode;
}

/** What ties a control to its label, its help and its fault. */
export interface ControlIds {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean;
}

/** A control of a form, with its label, its help, and what is wrong with it. */
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
