import type { ComponentChildren } from 'preact';
import './menu.css';

/** What a click on its name opens, over the page; Escape closes it. */
export const Menu = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <details
    class="drop"
    onKeyDown={({ key, currentTarget }) => {
      if (key !== 'Escape') return;
      currentTarget.open = false;
      currentTarget.querySelector('summary')?.focus();
    }}
  >
    <summary>{name}</summary>
    <div class="drop-box">{children}</div>
  </details>
);
