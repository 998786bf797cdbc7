import { computed, signal } from '@preact/signals';
import { readPreference, writePreference } from '../browser/stored';

export const LANGUAGE_NAMES = { en: 'English', zh: '简体中文' } as const;
export type LanguageCode = keyof typeof LANGUAGE_NAMES;

const isLanguage = (text: string | undefined): text is LanguageCode => text !== undefined && text in LANGUAGE_NAMES;

/** The reader's choice, else the browser's language. */
function findLanguage(): LanguageCode {
  const chosen = readPreference('language');
  if (isLanguage(chosen)) return chosen;
  return globalThis.navigator?.language?.startsWith('zh') ? 'zh' : 'en';
}

export const language = signal<LanguageCode>(findLanguage());

/** How dates and numbers look: as in the fields of this browser, if it speaks the language. */
export const locale = computed(
  () =>
    globalThis.navigator?.languages?.find((each) => each.startsWith(language.value)) ??
    { en: 'en-GB', zh: 'zh-CN' }[language.value],
);

export function setLanguage(chosen: LanguageCode): void {
  language.value = chosen;
  writePreference('language', chosen);
}
