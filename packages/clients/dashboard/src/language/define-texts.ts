import { language } from './language';

/** The names in braces of a text: `'{count} of {total}'` has `count` and `total`. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Counted}|${string}` ? Counted : Name) | Names<Rest>
  : never;
type Values<Text extends string> = [Names<Text>] extends [never]
  ? [values?: undefined]
  : [values: Record<Names<Text>, string | number>];

export interface Texts<English extends Record<string, string>> {
  /** The text in the reader's language. A component that calls it is drawn again when the language changes. */
  <Key extends keyof English & string>(key: Key, ...values: Values<English[Key]>): string;
  /** For the test of the catalogue. */
  catalogue: { english: English; chinese: Record<keyof English, string> };
}

/**
 * The texts of one part of the dashboard, in English and in Chinese. A text without Chinese does not compile. `{name}`
 * stands for a value; `{count|task|tasks}` for the one word or the other, by the number `count`.
 */
export function defineTexts<const English extends Record<string, string>>(
  english: English,
  chinese: Record<keyof English, string>,
): Texts<English> {
  const translated = byKey(Object.keys(english), chinese);
  const find = (key: keyof English & string, values: Record<string, string | number> = {}): string => {
    const text = language.value === 'zh' ? (translated[key] as string) : (english[key] as string);
    return fillIn(text, values);
  };
  return Object.assign(find, { catalogue: { english, chinese } }) as Texts<English>;
}

/** The bundle has the Chinese texts without their keys (smaller.mts). */
const byKey = (keys: readonly string[], texts: Record<string, string> | readonly string[]): Record<string, string> =>
  Array.isArray(texts) ? Object.fromEntries(keys.map((key, i) => [key, texts[i]])) : (texts as Record<string, string>);

/** Puts values in the places that a text has for them. Numbers are grouped as the language does. */
export function fillIn(text: string, values: Record<string, string | number>): string {
  return text.replaceAll(
    /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g,
    (_place, name: string, one?: string, other?: string) => {
      const value = values[name] ?? '';
      if (one !== undefined && other !== undefined) return value === 1 ? one : other;
      return typeof value === 'number' ? formatNumber(value) : value;
    },
  );
}

export const formatNumber = (value: number, options?: Intl.NumberFormatOptions): string =>
  value.toLocaleString(language.value === 'zh' ? 'zh-CN' : 'en-GB', options);
