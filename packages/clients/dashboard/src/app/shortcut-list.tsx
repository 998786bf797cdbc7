import { isListOpen, ofPage } from '../browser/keyboard';
import { Dialog } from '../components/dialog';
import { findOpenPages } from './pages';
import { t } from './texts';

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
        {findOpenPages().map(({ path, key, name }) => (
          <Key key={path} keys={`g ${key}`} name={t('go_to', { page: name() })} />
        ))}
        {ofPage.value.map(({ key, name }) => (
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
