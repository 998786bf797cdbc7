import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { navigate } from './navigation';

/** A key of the page that is shown, beside those that work everywhere. */
export interface Shortcut {
  key: string;
  name: () => string;
  run: () => void;
}

export const ofPage = signal<readonly Shortcut[]>([]);
export const isListOpen = signal(false);
export const isSearchOpen = signal(false);

/** Keys that work while a component is on the page. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    ofPage.value = [...ofPage.value, ...shortcuts];
    return () => {
      ofPage.value = ofPage.value.filter((shortcut) => !shortcuts.includes(shortcut));
    };
  }, []);
}

const isTyping = ({ target }: KeyboardEvent) =>
  target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);

/** `g` and then a page's key within this many milliseconds opens it. */
const PREFIX_MS = 1_500;

/** `findPages`: the pages that the reader may open, with their keys. */
export function listenForShortcuts(findPages: () => readonly { path: string; key: string }[]): void {
  let prefixed = 0;
  addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      isSearchOpen.value = true;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (document.querySelector('dialog[open]')) return;
    const page = findPages().find(({ key }) => key === event.key);
    if (page && performance.now() - prefixed < PREFIX_MS) {
      prefixed = 0;
      return navigate(page.path);
    }
    if (event.key === 'g') prefixed = performance.now();
    else if (event.key === '?') isListOpen.value = true;
    else if (event.key === '/') {
      event.preventDefault();
      isSearchOpen.value = true;
    } else {
      const found = ofPage.value.find(({ key }) => key === event.key);
      if (!found) return;
      event.preventDefault();
      found.run();
    }
  });
}
