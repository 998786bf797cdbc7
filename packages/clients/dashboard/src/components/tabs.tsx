import { query, withQuery } from '../browser/navigation';

/** Parts of a page, of which the address names one: `?tab=`. The first is shown without it. */
export function Tabs<Name extends string>({ tabs, label }: { tabs: Readonly<Record<Name, string>>; label: string }) {
  const shown = findTab(tabs);
  return (
    <nav class="tabs" aria-label={label}>
      {(Object.keys(tabs) as Name[]).map((name, i) => (
        <a
          key={name}
          href={withQuery({ tab: i === 0 ? undefined : name })}
          aria-current={name === shown ? 'page' : undefined}
        >
          {tabs[name]}
        </a>
      ))}
    </nav>
  );
}

export function findTab<Name extends string>(tabs: Readonly<Record<Name, string>>): Name {
  const names = Object.keys(tabs) as Name[];
  return names.find((name) => name === query.value.get('tab')) ?? (names[0] as Name);
}
