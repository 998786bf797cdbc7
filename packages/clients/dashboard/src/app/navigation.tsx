import { useSignal } from '@preact/signals';
import { Menu } from 'lucide-preact';
import { useEffect } from 'preact/hooks';
import { logOut, session } from '../api/session';
import { isSearchOpen } from '../browser/keyboard';
import { path } from '../browser/navigation';
import { assign } from '../components/input';
import { Menu as Drop } from '../components/menu';
import { useStatistics } from '../fleet/use-statistics';
import { formatNumber } from '../language/define-texts';
import { findPage, findSection, findTabs, SECTIONS } from './pages';
import { t } from './texts';

/** The way to every section. On a phone it is a bar at the top, with a menu. */
export function Navigation() {
  const isOpen = useSignal(false);
  useEffect(() => assign(isOpen, false), [path.value]);
  return (
    <header class="side">
      <div class="top-bar">
        <a class="brand" href="/">
          CyberStroll
        </a>
        <button type="button" class="search-button" onClick={() => assign(isSearchOpen, true)}>
          {t('search')} <kbd>Ctrl-K</kbd>
        </button>
        <button
          type="button"
          class="menu-button"
          aria-expanded={isOpen.value}
          aria-controls="menu"
          onClick={() => assign(isOpen, !isOpen.value)}
        >
          <Menu size={18} aria-hidden={true} /> {t('menu')}
        </button>
      </div>
      <div id="menu" class={isOpen.value ? 'menu is-open' : 'menu'}>
        <PageLinks />
        {session.value && (
          <Drop name={session.value.key}>
            <p class="weak">{t('your_role', { role: session.value.role })}</p>
            <p>
              <a href="/settings">{t('preferences')}</a>
            </p>
            <button type="button" onClick={() => void logOut()}>
              {t('log_out')}
            </button>
          </Drop>
        )}
      </div>
    </header>
  );
}

function PageLinks() {
  const current = findSection(path.value)?.path;
  const figures = useStatistics().value;
  const dead = figures?.dead_letters_waiting ?? 0;
  const alerts = Object.values(figures?.alerts_active ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <nav aria-label={t('main')}>
      {SECTIONS.map(({ path: to, name, icon: Icon }) => {
        const waiting = to === '/problems' ? alerts + dead : 0;
        return (
          <a key={to} href={to} aria-current={to === current ? 'page' : undefined}>
            <Icon size={16} aria-hidden={true} />
            <span>{name()}</span>
            {waiting > 0 && (
              <span class="nav-count" title={t('count_problems', { alerts, dead })}>
                {formatNumber(waiting)}
              </span>
            )}
          </a>
        );
      })}
    </nav>
  );
}

export function SectionTabs() {
  const tabs = findTabs(path.value);
  const current = findPage(path.value)?.page;
  if (tabs.length < 2 || !current?.isTab) return null;
  return (
    <nav class="tabs" aria-label={findSection(path.value)?.name()}>
      {tabs.map(({ path: to, named }) => (
        <a key={to} href={to} aria-current={to === current.path ? 'page' : undefined}>
          {named?.name()}
        </a>
      ))}
    </nav>
  );
}
