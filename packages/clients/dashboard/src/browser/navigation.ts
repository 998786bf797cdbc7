import { computed, signal } from '@preact/signals';

/** Where the reader is. All that a page shows follows from it: every choice of a view is in the address. */
const address = signal(readAddress());
export const path = computed(() => address.value.path);
export const query = computed(() => address.value.query);

function readAddress() {
  const { pathname, search } = globalThis.location ?? { pathname: '/', search: '' };
  return { path: pathname, query: new URLSearchParams(search) };
}

/** Goes to another address of the dashboard. `replace`: the browser's back button skips the present one. */
export function navigate(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  const before = path.value;
  address.value = readAddress();
  if (path.value !== before) scrollTo(0, 0);
}

/** What an address has of these choices; an empty text counts as absent. */
export const readChoices = <Name extends string>(
  names: readonly Name[],
  address: URLSearchParams = query.value,
): Partial<Record<Name, string>> =>
  Object.fromEntries(
    names.map((name) => [name, address.get(name) ?? '']).filter(([, value]) => value !== ''),
  ) as Partial<Record<Name, string>>;

/** The address of the present page with some of its choices changed; `undefined` or an empty text removes one. */
export function withQuery(changes: Record<string, string | readonly string[] | undefined>): string {
  const changed = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    changed.delete(name);
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) {
      if (each !== '') changed.append(name, each);
    }
  }
  const text = changed.toString();
  return text === '' ? path.value : `${path.value}?${text}`;
}

/** Changes choices of the present page in its address. */
export const setQuery = (changes: Parameters<typeof withQuery>[0]): void =>
  navigate(withQuery(changes), { replace: true });

/** Links within the dashboard load no page; a click with a modifier key is the browser's. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    address.value = readAddress();
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.('a');
    if (!link || !isOfDashboard(link)) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

const isOfDashboard = (link: HTMLAnchorElement) =>
  link.target === '' &&
  !link.hasAttribute('download') &&
  link.hash === '' &&
  link.origin === location.origin &&
  !/^\/(api|docs|openapi\.json)/.test(link.pathname);
