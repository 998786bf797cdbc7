/** What the CLI itself prints, in the language of the invocation. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { toDurationText } from '@cyberstroll/contracts';
import {
  CHANGES,
  createDefineTexts,
  FLEET_EVENT_WORDS,
  type InBoth,
  type SentenceOfApi,
  STATES,
  toChinese,
} from '@cyberstroll/words';
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
const CODES: Readonly<Record<string, InBoth>> = { ...STATES, ...CHANGES, ...FLEET_EVENT_WORDS, ...VERDICTS };

export const sayState = defineTexts(STATES);

/** A text of the API in Chinese; without a sentence, or of a newer service, as it is. */
export function sayInChinese(
  text: string,
  sentence: SentenceOfApi | undefined,
  toTimeText: (time: string) => string | undefined,
): string {
  if (!sentence) return text;
  const forms = {
    number: (value: number) => value.toLocaleString('zh-CN'),
    time: (time: string) => toTimeText(time) ?? time,
    duration: toDurationText,
    state: (code: string) => CODES[code]?.[1] ?? code,
  };
  return toChinese(sentence, forms) ?? text;
}

/** A code of the API, such as a status, with its word in languages other than English: `RUNNING 执行中`. */
export function sayCode(code: string): Text {
  const word = isChinese() && Object.hasOwn(CODES, code) ? CODES[code]?.[1] : undefined;
  return verbatim(word === undefined ? code : `${code} ${word}`);
}

/** What a field or a column is called; a history has the states. A column is called as its field, in capitals. */
export type Name = keyof typeof CHINESE_NAMES | Uppercase<keyof typeof CHINESE_NAMES> | keyof typeof STATES;

export function sayName(name: Name): Text {
  if (!isChinese()) return name as Text;
  const known: Readonly<Record<string, string>> = CHINESE_NAMES;
  return (known[name] ?? known[name.toLowerCase()] ?? CODES[name]?.[1]) as Text;
}

/** Text of the API or of the user: the same in every language, and printable. */
export const verbatim = (text: string): Text => toPrintable(text) as Text;

/** Texts behind each other; those that are not given are left out. */
export const joinTexts = (...texts: (Text | undefined)[]): Text => texts.filter(Boolean).join('') as Text;

/** What several commands say. */
export const say = defineTexts({
  no: ['no {noun}', '没有{noun}'],
  yes: ['yes', '是'],
  error: ['error: ', '错误：'],
  interrupted: ['interrupted', '已中断'],
  json_or_format: ['choose --json or --format {format}', '--json 和 --format {format} 只能选一个'],
  only_addresses: [
    'only these addresses, such as 10.0.7.0/24 or 10.0.7.1-20',
    '只限这些地址，例如 10.0.7.0/24 或 10.0.7.1-20',
  ],
  last_error_code: ['only those whose last error has this code', '只限最近一次错误为此代码的地址'],
  most_per_call: ['largest number per call', '每次调用最多处理多少'],
  stored_in_audit_log: ['stored in the audit log', '写入审计日志的原因'],
  scan_network: ['scan a network and follow the progress', '扫描一个网段并跟踪进度'],
  hosts_with_port: ['which hosts have port 22 open?', '哪些主机开放了 22 端口？'],
  why_in_history: ['say why in its history', '在历史中写明原因'],
  why_in_audit_log: ['the reason is in the audit log', '原因写入审计日志'],
});
