import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { serverNow } from '../browser/clock';
import { t } from './texts';
import { toFileName } from './to-file-name';
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

interface Export {
  path: string;
  /** What the list is asked with, but for its page. */
  params?: ConstructorParameters<typeof URLSearchParams>[0];
  name: string;
  formats?: readonly string[];
}

/** All of a list, as a file whose name says what is in it and when it was read. */
export const ExportMenu = (list: Export) => (
  <Menu name={t('export')}>
    <ExportLinks {...list} />
  </Menu>
);

/** The same, in a menu that has more. */
export const ExportLinks = ({ path, params, name, formats = ['csv', 'ndjson'] }: Export) => (
  <ul class="exports">
    {formats.map((format) => (
      <li key={format}>
        <a
          href={`${path}?${new URLSearchParams([...new URLSearchParams(params), ['format', format]])}`}
          download={toFileName(name, serverNow.value, format === 'text' ? 'txt' : format)}
        >
          {format.toUpperCase()}
        </a>
      </li>
    ))}
  </ul>
);
