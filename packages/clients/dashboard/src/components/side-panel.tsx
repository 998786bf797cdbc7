import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { navigate, query } from '../browser/navigation';
import { t } from './texts';

/** An address with the choices of the present one: a panel opens and closes beside the same list. */
export const besideList = (path: string): string => {
  const choices = query.value.toString();
  return choices === '' ? path : `${path}?${choices}`;
};

interface SidePanelProps {
  title: ComponentChildren;
  base: string;
  children: ComponentChildren;
}

/** What one row is about, beside the page that it was opened from. The button, Escape or Back closes it. */
export function SidePanel({ title, base, children }: SidePanelProps) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  return (
    <aside
      class="side-panel"
      ref={box}
      tabIndex={-1}
      aria-labelledby="side-panel-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) navigate(besideList(base));
      }}
    >
      <div class="title">
        <h2 id="side-panel-title">{title}</h2>
        <span class="space" />
        <a class="button" href={besideList(base)}>
          {t('close')}
        </a>
      </div>
      {children}
    </aside>
  );
}
