import { signal } from '@preact/signals';
import { Dialog } from '../components/dialog';
import { navigate } from './navigation';
import { pageKeys } from './page-keys';
import { PAGES } from './pages';
import { mayAct } from './session';
import { t } from './texts';

const isListOpen = signal(false);
export const isSearchOpen = signal(false);

export const findPagesWithKeys = () => PAGES.filter(({ nav, role }) => nav && (role === undefined || mayAct(role)));

const isTyping = ({ target }: KeyboardEvent) =>
  target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);

/** `g` and then a page's key within this many milliseconds opens it. */
const PREFIX_MS = 1_500;

export function listenForShortcuts(): void {
  let prefixed = 0;
  addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      isSearchOpen.value = true;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (document.querySelector('dialog[open]')) return;
    const page = findPagesWithKeys().find(({ nav }) => nav?.key === event.key);
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
      const found = pageKeys.value.find(({ key }) => key === event.key);
      if (!found) return;
      event.preventDefault();
      found.run();
    }
  });
}

/** What `?` lists. */
export function ShortcutList() {
  if (!isListOpen.value) return null;
  const close = () => {
    isListOpen.value = false;
  };
  return (
    <Dialog title={t('shortcuts')} onClose={close}>
      <dl class="keys">
        <Key keys="?" name={t('this_list')} />
        <Key keys="Ctrl-K /" name={t('search_key')} />
        {findPagesWithKeys().map(({ nav, path }) => (
          <Key key={path} keys={`g ${nav?.key}`} name={t('go_to', { page: nav?.name() ?? '' })} />
        ))}
        {pageKeys.value.map(({ key, name }) => (
          <Key key={key} keys={key} name={name()} />
        ))}
      </dl>
      <div class="buttons">
        <span class="space" />
        <button type="button" onClick={close}>
          {t('close')}
        </button>
      </div>
    </Dialog>
  );
}

const Key = ({ keys, name }: { keys: string; name: string }) => (
  <>
    <dt>
      {keys.split(' ').map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </dt>
    <dd>{name}</dd>
  </>
);
