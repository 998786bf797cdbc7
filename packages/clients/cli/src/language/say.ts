/**
 * The texts that the CLI itself prints, in the language of the invocation. The English text is the key, as in gettext:
 * it stands where it is used, and a text without a translation does not compile. Help is declared as plain strings,
 * which `sayText` looks up; a test walks all commands and demands each.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { toPrintable } from '../text/printable';
import type { Language } from './language';
import { ZH_CN, ZH_CN_CODES } from './simplified-chinese';

export type MessageId = keyof typeof ZH_CN;

declare const said: unique symbol;
/** Text for the user: in his language, or `verbatim`. */
export type Text = string & { readonly [said]: true };

type Placeholder<Id extends string> = Id extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;
type Values<Id extends string> = [Placeholder<Id>] extends [never]
  ? []
  : [values: Record<Placeholder<Id>, string | number>];

interface Catalogue {
  texts: Readonly<Record<string, string>>;
  codes: Readonly<Record<string, string>>;
}

const CATALOGUES: Record<Language, Catalogue> = {
  en: { texts: {}, codes: {} },
  'zh-CN': { texts: ZH_CN, codes: ZH_CN_CODES },
};

/** Each invocation has its own language; outside of one it is English. */
const current = new AsyncLocalStorage<Language>();

/** Runs work, with all that it starts, in a language. */
export const speak = <Result>(language: Language, work: () => Result): Result => current.run(language, work);

const findCatalogue = (): Catalogue => CATALOGUES[current.getStore() ?? 'en'];

/** A text with its values, printable: `say('no {noun}', { noun })`. */
export function say<Id extends MessageId>(id: Id, ...[values]: Values<Id>): Text {
  const given: Record<string, string | number> = values ?? {};
  const filled = sayText(id).replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    toPrintable(String(given[name] ?? placeholder)),
  );
  return filled as Text;
}

/** A text that is declared elsewhere; English if it has no translation. */
export function sayText(text: string): Text {
  const { texts } = findCatalogue();
  return (Object.hasOwn(texts, text) ? texts[text] : text) as Text;
}

/** A code of the API, such as a status, with its word in languages other than English: `RUNNING 执行中`. */
export function sayCode(code: string): Text {
  const { codes } = findCatalogue();
  return verbatim(Object.hasOwn(codes, code) ? `${code} ${codes[code]}` : code);
}

/** Text of the API or of the user: the same in every language, and printable. */
export const verbatim = (text: string): Text => toPrintable(text) as Text;

/** Texts behind each other; those that are not given are left out. */
export const joinTexts = (...texts: (Text | undefined)[]): Text => texts.filter(Boolean).join('') as Text;
