import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import './menu.css';

interface MenuProps {
  name: string;
  /** What it has, where its name is a sign. */
  label?: string;
  children: ComponentChildren;
}

/** What a click on its name opens, over the page; Escape, a link in it, or a click elsewhere closes it. */
export function Menu({ name, label, children }: MenuProps) {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const leave = (event: MouseEvent) => {
      const isInside = box.current && event.composedPath().includes(box.current);
      if (box.current && (!isInside || (event.target as Element).closest('a'))) box.current.open = false;
    };
    addEventListener('click', leave);
    return () => removeEventListener('click', leave);
  }, []);
  return (
    <details
      ref={box}
      class="drop"
      onKeyDown={({ key, currentTarget }) => {
        if (key !== 'Escape') return;
        currentTarget.open = false;
        currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary class="button" aria-label={label}>
        {name}
      </summary>
      <div class="drop-box">{children}</div>
    </details>
  );
}
