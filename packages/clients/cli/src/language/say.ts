/** What the CLI itself prints, in the language of the invocation. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { CHANGES, createDefineTexts, type InBoth, STATES } from '@cyberstroll/words';
import { toPrintable } from '../printable';
import type { Language } from './language';
import { CHINESE_NAMES } from './names';

declare const said: unique symbol;
/** Text for the user: in his language, or `verbatim`. */
export type Text = string & { readonly [said]: true };

/** Each invocation has its own language; outside of one it is English. */
const current = new AsyncLocalStorage<Language>();

/** Runs work, with all that it starts, in a language. */
export const speak = <Result>(language: Language, work: () => Result): Result => current.run(language, work);

export const isChinese = (): boolean => current.getStore() === 'zh-CN';

/** The texts of a command in both languages: `const t = defineTexts({ removed: ['…', '…'] })`. Values get printable. */
export const defineTexts = createDefineTexts<Text>({
  language: () => (isChinese() ? 'zh' : 'en'),
  toText: (value) => toPrintable(String(value)),
});

/** What checks found; beside them stand the words that the dashboard has, too. */
const VERDICTS = {
  ok: ['ok', '通过'],
  warn: ['warn', '警告'],
  fail: ['fail', '失败'],
  skipped: ['skipped', '跳过'],
} as const;
const CODES: Readonly<Record<string, InBoth>> = { ...STATES, ...CHANGES, ...VERDICTS };

export const sayState = defineTexts(STATES);

/** A code of the API, such as a status, with its word in languages other than English: `RUNNING 执行中`. */
export function sayCode(code: string): Text {
  const word = isChinese() && Object.hasOwn(CODES, code) ? CODES[code]?.[1] : undefined;
  return verbatim(word === undefined ? code : `${code} ${word}`);
}

/** What a field or a column is called; a history has the states. */
export type Name = keyof typeof CHINESE_NAMES | keyof typeof STATES;

export function sayName(name: Name): Text {
  if (!isChinese()) return name as Text;
  return (name in CHINESE_NAMES ? CHINESE_NAMES[name as keyof typeof CHINESE_NAMES] : CODES[name]?.[1]) as Text;
}

/** Text of the API or of the user: the same in every language, and printable. */
export const verbatim = (text: string): Text => toPrintable(text) as Text;

/** Texts behind each other; those that are not given are left out. */
export const joinTexts = (...texts: (Text | undefined)[]): Text => texts.filter(Boolean).join('') as Text;
