/** `{name}` stands for a value; `{count|task|tasks}` for the one word or the other, by the number `count`. */
export type InBoth = readonly [english: string, chinese: string];

/** Texts by their keys. */
export type Texts = Readonly<Record<string, InBoth>>;

/** The names in braces of a text: `'{count} of {total}'` has `count` and `total`. */
type Names<English extends string> = English extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Counted}|${string}` ? Counted : Name) | Names<Rest>
  : never;
export type Values<English extends string> = [Names<English>] extends [never]
  ? [values?: undefined]
  : [values: Record<Names<English>, string | number>];

/** Says the text of a key, with its values, in the reader's language. */
export interface Say<Table extends Texts, Said extends string = string> {
  <Key extends keyof Table & string>(key: Key, ...values: Values<Table[Key][0]>): Said;
  readonly texts: Table;
}

/** How a program speaks. */
export interface Speech {
  /** The reader's language, now. */
  language: () => 'en' | 'zh';
  /** A value as text. */
  toText: (value: string | number) => string;
}

/**
 * Makes the `defineTexts` of a program: it takes texts in English and Chinese, and returns what says them. A text that
 * lacks one of the two does not compile.
 */
export const createDefineTexts =
  <Said extends string = string>({ language, toText }: Speech) =>
  <const Table extends Texts>(texts: Table): Say<Table, Said> => {
    const say = (key: string, values: Record<string, string | number> = {}): string =>
      fillIn((texts[key] as InBoth)[language() === 'zh' ? 1 : 0], values, toText);
    return Object.assign(say, { texts }) as unknown as Say<Table, Said>;
  };

/** Puts values in the places that a text has for them. */
function fillIn(text: string, values: Record<string, string | number>, toText: Speech['toText']): string {
  return text.replaceAll(
    /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g,
    (_place, name: string, one?: string, other?: string) => {
      const value = values[name] ?? '';
      if (one !== undefined && other !== undefined) return value === 1 ? one : other;
      return toText(value);
    },
  );
}

/** What is wrong with texts: without Chinese, or with other values in one language than in the other. */
export function findTextFaults(texts: Texts): string[] {
  return Object.entries(texts).flatMap(([key, [english, chinese]]) => {
    const hasWords = /[a-z]{3}/.test(english.replaceAll(/\{[^}]*\}|[A-Z]+_\w+/g, ''));
    const lacksChinese = hasWords && !/\p{Script=Han}/u.test(chinese);
    const differs = findNames(english).join() !== findNames(chinese).join();
    return [...(lacksChinese ? [`${key}: no Chinese`] : []), ...(differs ? [`${key}: other values`] : [])];
  });
}

const findNames = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();
