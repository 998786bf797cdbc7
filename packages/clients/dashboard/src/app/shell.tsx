import { effect } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { isOperator, mayAct } from '../api/session';
import { useGet } from '../api/use-data';
import { serverNow } from '../browser/clock';
import { isListOpen, ofPage } from '../browser/keyboard';
import { navigate, path, query } from '../browser/navigation';
import { isWide } from '../browser/screen';
import { subject } from '../browser/title';
import { Dialog } from '../components/action-button';
import { PageAge } from '../components/notice';
import { LiftFreeze, RuleActions, toCoversText } from '../components/rules';
import { Time } from '../components/time';
import { StatisticsReader, useReload, useStatistics } from '../fleet/use-statistics';
import { language } from '../language/language';
import { SearchDialog } from '../search/search-dialog';
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

function ShortcutList() {
  if (!isListOpen.value) return null;
  const close = () => {
    isListOpen.value = false;
  };
  return (
    <Dialog title={t('shortcuts')} onClose={close}>
      <dl class="facts">
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

const LIMIT = 20;

/** What a freeze or a blackout stops now, on every page. A key with networks sees only its own. */
function FreezeBanner() {
  const { value, reload } = useGet('/api/freezes', { query: { limit: LIMIT } }, 30_000);
  useReload({ reload }, useStatistics().value?.freezes);
  const inForce = value?.items.filter(({ from }) => Date.parse(from) <= serverNow.value) ?? [];
  if (inForce.length === 0) return null;
  return (
    <section class="freeze-banner" aria-label={t('freezes')}>
      <ul>
        {inForce.map((freeze) => (
          <li key={freeze.freeze_id} class="buttons">
            <strong>{t(freeze.kind, { what: toCoversText(freeze.covers) })}</strong>
            <span>{t('freeze_why', { reason: freeze.reason, operator: freeze.operator })}</span>
            {freeze.running === 'abort' && <span>{t('freeze_aborts')}</span>}
            <span>
              {freeze.until === undefined ? t('until_lifted') : t('freeze_ends')}{' '}
              {freeze.until && <Time at={freeze.until} />}
            </span>
            {isOperator.value && (
              <RuleActions rule={freeze}>
                <LiftFreeze freeze={freeze} onDone={reload} />
              </RuleActions>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
