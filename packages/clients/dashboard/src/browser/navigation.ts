import { computed, signal } from '@preact/signals';

/** Where the reader is. All that a page shows follows from it: every choice of a view is in the address. */
const address = signal(readAddress());
export const path = computed(() => address.value.path);
export const query = computed(() => address.value.query);

function readAddress() {
  const { pathname, search } = globalThis.location ?? { pathname: '/', search: '' };
  return { path: pathname, query: new URLSearchParams(search) };
}

/** What the browser keeps with an entry of its history. */
interface Entry {
  /** How far the reader had scrolled when another page was opened. */
  scrolled?: number;
  /** It is the next page of the list in the entry before it. */
  isNextPage?: boolean;
}

const readEntry = (): Entry => (history.state as Entry | null) ?? {};

/** Whether the browser's back button leads to the page of the list before this one. */
export const isNextPage = (): boolean => readEntry().isNextPage ?? false;

interface Going {
  /** The browser's back button skips the present address. */
  replace?: boolean;
  isNextPage?: boolean;
}

export function navigate(to: string, { replace = false, isNextPage = false }: Going = {}): void {
  if (replace) history.replaceState(history.state, '', to);
  else {
    history.replaceState({ ...readEntry(), scrolled: scrollY } satisfies Entry, '');
    history.pushState(isNextPage ? ({ isNextPage } satisfies Entry) : null, '', to);
  }
  const before = path.value;
  address.value = readAddress();
  if (path.value !== before || isNextPage) scrollTo(0, 0);
}

/** A page is read after it is opened: for this long it may become high enough, on a slow line too. */
const RESTORE_MS = 30_000;

/** Scrolls to where the reader was, as soon as the page is high enough, unless the reader scrolls meanwhile. */
function restoreScroll({ scrolled = 0 }: Entry): void {
  const until = performance.now() + RESTORE_MS;
  const stop = new AbortController();
  for (const name of ['wheel', 'touchstart', 'keydown', 'pointerdown', 'popstate']) {
    addEventListener(name, () => stop.abort(), { once: true, signal: stop.signal });
  }
  const restore = () => {
    if (stop.signal.aborted) return;
    scrollTo(0, scrolled);
    if (scrollY < scrolled - 1 && performance.now() < until) requestAnimationFrame(restore);
    else stop.abort();
  };
  requestAnimationFrame(restore);
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

/** Changes choices of the present page in its address. Back leads to before, unless it is replaced. */
export const setQuery = (changes: Parameters<typeof withQuery>[0], { replace = true }: Going = {}): void =>
  navigate(withQuery(changes), { replace });

/** Links within the dashboard load no page; a click with a modifier key is the browser's. */
export function followLinks(): void {
  history.scrollRestoration = 'manual';
  addEventListener('popstate', () => {
    address.value = readAddress();
    restoreScroll(readEntry());
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.('a');
    if (!link || !isOfDashboard(link)) return;
    event.preventDefault();
    navigate(link.pathname + link.search, { isNextPage: link.rel === 'next' });
  });
}

const isOfDashboard = (link: HTMLAnchorElement) =>
  link.target === '' &&
  !link.hasAttribute('download') &&
  link.hash === '' &&
  link.origin === location.origin &&
  !/^\/(api|docs|openapi\.json)/.test(link.pathname);
