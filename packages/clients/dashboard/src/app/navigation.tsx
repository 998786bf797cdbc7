import { useSignal } from '@preact/signals';
import { Menu } from 'lucide-preact';
import { useEffect } from 'preact/hooks';
import { logOut, session } from '../api/session';
import { DENSITIES, density, setDensity } from '../browser/density';
import { isSearchOpen } from '../browser/keyboard';
import { path } from '../browser/navigation';
import { setTheme, THEMES, theme } from '../browser/theme';
import { setTimes, TIMES, times } from '../browser/times';
import { assign, Select } from '../components/input';
import { formatNumber } from '../language/define-texts';
import { LANGUAGE_NAMES, type LanguageCode, language, setLanguage } from '../language/language';
import { useNavCounts } from './nav-counts';
import { findOpenPages, findPage } from './pages';
import { t } from './texts';

/** The way to every page, and the choices of the reader. On a phone it is a bar at the top, with a menu. */
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
        <Preferences />
      </div>
    </header>
  );
}

/** The path of the page in the navigation that the reader is on, or below. */
function findCurrent(): string | undefined {
  const shown = findPage(path.value)?.page;
  const toSection = (of: string) => of.split('/')[1];
  return shown?.nav ? shown.path : findOpenPages().find((page) => toSection(page.path) === toSection(path.value))?.path;
}

type OpenPage = ReturnType<typeof findOpenPages>[number];

/** The pages in their order, those of a group together. */
function toGroups(pages: readonly OpenPage[]): { group: OpenPage['group']; pages: OpenPage[] }[] {
  const groups: { group: OpenPage['group']; pages: OpenPage[] }[] = [];
  for (const page of pages) {
    const last = groups.at(-1);
    if (last && last.group === page.group) last.pages.push(page);
    else groups.push({ group: page.group, pages: [page] });
  }
  return groups;
}

function PageLinks() {
  const current = findCurrent();
  const counts = useNavCounts();
  const toLink = ({ path: to, name, icon: Icon }: OpenPage) => {
    const waiting = counts.get(to);
    return (
      <a key={to} href={to} aria-current={to === current ? 'page' : undefined}>
        <Icon size={16} aria-hidden={true} />
        <span>{name()}</span>
        {waiting && (
          <span class="nav-count" title={waiting.label}>
            {formatNumber(waiting.count)}
          </span>
        )}
      </a>
    );
  };
  return (
    <nav aria-label={t('main')}>
      {toGroups(findOpenPages()).map(({ group, pages }) =>
        group === undefined ? (
          pages.map(toLink)
        ) : (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form
          <div key={group} class="nav-group" role="group" aria-labelledby={`nav-${group}`}>
            <span id={`nav-${group}`} class="weak">
              {t(group)}
            </span>
            {pages.map(toLink)}
          </div>
        ),
      )}
    </nav>
  );
}

const Preferences = () => (
  <div class="preferences">
    <Select
      label={t('language')}
      value={language.value}
      options={LANGUAGE_NAMES}
      onChosen={(code) => setLanguage(code as LanguageCode)}
    />
    <Select
      label={t('theme')}
      value={theme.value}
      options={Object.fromEntries(THEMES.map((name) => [name, t(name)]))}
      onChosen={(value) => setTheme(value as (typeof THEMES)[number])}
    />
    <Select
      label={t('density')}
      value={density.value}
      options={Object.fromEntries(DENSITIES.map((name) => [name, t(name)]))}
      onChosen={(value) => setDensity(value as (typeof DENSITIES)[number])}
    />
    <Select
      label={t('times')}
      value={times.value}
      options={Object.fromEntries(TIMES.map((name) => [name, t(name)]))}
      onChosen={(value) => setTimes(value as (typeof TIMES)[number])}
    />
    {session.value && <p class="weak">{t('logged_in_as', { key: session.value.key, role: session.value.role })}</p>}
    <button type="button" onClick={() => void logOut()}>
      {t('log_out')}
    </button>
  </div>
);
