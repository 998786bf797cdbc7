import { setTheme, THEMES, theme } from '../browser/screen';
import { setTimes, TIMES, times } from '../components/format-time';
import { Select } from '../components/input';
import { LANGUAGE_NAMES, type LanguageCode, language, setLanguage } from '../language/language';
import { t } from './texts';

/** How this browser shows the pages. */
export const PreferencesPage = () => (
  <>
    <h1>{t('preferences')}</h1>
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
        label={t('times')}
        value={times.value}
        options={Object.fromEntries(TIMES.map((name) => [name, t(name)]))}
        onChosen={(value) => setTimes(value as (typeof TIMES)[number])}
      />
    </div>
  </>
);
