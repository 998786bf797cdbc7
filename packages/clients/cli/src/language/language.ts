export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * The language of an invocation: `--lang`, else the first variable that is set of `CYBERSTROLL_LANG` and those of the
 * locale. English if none names a language that is here.
 */
export function findLanguage(argv: readonly string[], env: Record<string, string | undefined>): Language {
  const { CYBERSTROLL_LANG, LC_ALL, LC_MESSAGES, LANG } = env;
  return toLanguage([findOption(argv), CYBERSTROLL_LANG, LC_ALL, LC_MESSAGES, LANG].find(Boolean) ?? '');
}

/** Needed before commander reads the words, since its own texts depend on it. */
function findOption(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((word) => word === '--lang' || word.startsWith('--lang='));
  return words[at] === '--lang' ? words[at + 1] : words[at]?.slice('--lang='.length);
}

/** Texts are in UTF-8, so a locale of another character set gets ASCII. `zh_TW` and `zh_HK` do not read 简体中文. */
function toLanguage(locale: string): Language {
  const [, name = '', charset = 'utf8'] = /^([\w-]+)(?:\.([\w-]+))?/.exec(locale) ?? [];
  const isUtf8 = /^utf-?8$/i.test(charset);
  return isUtf8 && /^zh(?:[_-]?(?:CN|SG|Hans))*$/i.test(name) ? 'zh-CN' : 'en';
}
