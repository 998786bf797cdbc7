import { effect } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { mayAct } from '../api/session';
import { isListOpen, ofPage } from '../browser/keyboard';
import { navigate, path, query } from '../browser/navigation';
import { subject } from '../browser/title';
import { isWide } from '../browser/width';
import { Dialog } from '../components/dialog';
import { PageAge } from '../components/panel';
import { StatisticsReader } from '../fleet/use-statistics';
import { language } from '../language/language';
import { SearchDialog } from '../search/search-dialog';
import { FreezeBanner } from './freeze-banner';
import { Navigation, SectionTabs } from './navigation';
import { findMoved, findOpenPages, findPage } from './pages';
import { t } from './texts';

/** The frame around every page. `?tv=1` leaves it out, for a screen on the wall. */
export function Shell() {
  const isWall = query.value.get('tv') === '1';
  const Beside = isWide.value ? findPage(path.value)?.page.beside : undefined;
  return (
    <StatisticsReader>
      <div class={`shell ${isWall ? 'wall' : ''}`}>
        {!isWall && (
          <a class="skip" href="#content">
            {t('skip')}
          </a>
        )}
        {!isWall && <Navigation />}
        <div class="page">
          <FreezeBanner />
          <div class={Beside ? 'with-beside' : 'without-beside'}>
            {Beside && <Beside />}
            <main id="content" tabIndex={-1}>
              <PageAge />
              {!isWall && <SectionTabs />}
              <CurrentPage />
            </main>
          </div>
        </div>
        <ShortcutList />
        <SearchDialog pages={findOpenPages} />
      </div>
    </StatisticsReader>
  );
}

function CurrentPage() {
  const found = findPage(path.value);
  const base = found?.base;
  const first = useRef(base);
  const moved = findMoved(path.value);
  useEffect(() => {
    if (moved !== undefined) navigate(`${moved}${location.search}`, { replace: true });
  }, [moved]);
  useEffect(() => {
    // Whoever uses a keyboard or a screen reader continues at the new page, not at a link that is gone.
    if (base !== first.current) document.getElementById('content')?.focus({ preventScroll: true });
    first.current = undefined;
  }, [base]);
  if (moved !== undefined) return null;
  if (!found) return <p class="empty">{t('not_found')}</p>;
  const { page, params } = found;
  if (page.role && !mayAct(page.role)) return <p class="empty">{t('not_allowed', { role: page.role })}</p>;
  const Component = page.component as FunctionComponent<object>;
  return <Component key={base} {...params} />;
}

/** The browser's tab names what the page is about, or the page, and the language. */
export function nameDocument(): void {
  effect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
    const name = subject.value ?? findPage(path.value)?.page.named?.name();
    document.title = name === undefined ? 'CyberStroll' : `${name} · CyberStroll`;
  });
}

/** What `?` lists. */
function ShortcutList() {
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
