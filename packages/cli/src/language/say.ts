/**
 * The texts that the CLI itself prints, in the language of the invocation. The English text is the key, as in gettext:
 * it stands where it is used, and a text without a translation does not compile. Help is declared as plain strings,
 * which `sayText` looks up; a test walks the tree of commands and demands each.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Language } from './language';
import { ZH_CN } from './zh-cn';

export type MessageId = keyof typeof ZH_CN;

type Placeholder<Id extends string> = Id extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;
type Values<Id extends string> = [Placeholder<Id>] extends [never]
  ? []
  : [values: Record<Placeholder<Id>, string | number>];

const CATALOGUES: Record<Language, Readonly<Record<string, string>>> = { en: {}, 'zh-CN': ZH_CN };

/** Each invocation has its own language; outside of one it is English. */
const current = new AsyncLocalStorage<Language>();

/** Runs work, with all that it starts, in a language. */
export const speak = <Result>(language: Language, work: () => Result): Result => current.run(language, work);

/** A text with its values: `say('no {noun}', { noun })`. */
export function say<Id extends MessageId>(id: Id, ...[values]: Values<Id>): string {
  const given: Record<string, string | number> = values ?? {};
  return sayText(id).replace(/\{(\w+)\}/g, (placeholder, name: string) => String(given[name] ?? placeholder));
}

/** A text that is declared elsewhere; English if it has no translation. */
export function sayText(text: string): string {
  const catalogue = CATALOGUES[current.getStore() ?? 'en'];
  return Object.hasOwn(catalogue, text) ? catalogue[text]! : text;
}
