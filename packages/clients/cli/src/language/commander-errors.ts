import { defineTexts } from './say';

/** What commander itself writes; a test meets each error. */
const t = defineTexts({
  usage: ['Usage:', '用法：'],
  arguments: ['Arguments:', '参数：'],
  options: ['Options:', '选项：'],
  global_options: ['Global Options:', '全局选项：'],
  commands: ['Commands:', '命令：'],
  some_options: ['[options]', '[选项]'],
  some_command: ['[command]', '[命令]'],
  unknown_command: ["error: unknown command '{name}'", "错误：未知命令 '{name}'"],
  unknown_option: ["error: unknown option '{name}'", "错误：未知选项 '{name}'"],
  missing_argument: ["error: missing required argument '{name}'", "错误：缺少参数 '{name}'"],
  missing_value: ["error: option '{flags}' argument missing", "错误：选项 '{flags}' 缺少取值"],
  missing_option: ["error: required option '{flags}' not specified", "错误：必须给出选项 '{flags}'"],
  invalid_option: [
    "error: option '{flags}' argument '{value}' is invalid. {reason}",
    "错误：选项 '{flags}' 的取值 '{value}' 无效。{reason}",
  ],
  invalid_argument: [
    "error: command-argument value '{value}' is invalid for argument '{name}'. {reason}",
    "错误：参数 '{name}' 的取值 '{value}' 无效。{reason}",
  ],
  too_many: [
    'error: too many arguments. Expected {expected} arguments but got {count}.',
    '错误：参数过多。应为 {expected} 个，实际为 {count} 个。',
  ],
  too_many_for_one: [
    "error: too many arguments for '{name}'. Expected {expected} argument but got {count}.",
    "错误：'{name}' 的参数过多。应为 {expected} 个，实际为 {count} 个。",
  ],
  too_many_for: [
    "error: too many arguments for '{name}'. Expected {expected} arguments but got {count}.",
    "错误：'{name}' 的参数过多。应为 {expected} 个，实际为 {count} 个。",
  ],
  did_you_mean: ['(Did you mean {name}?)', '（是否想输入 {name}？）'],
  did_you_mean_one: ['(Did you mean one of {names}?)', '（是否想输入其中之一：{names}？）'],
});

/** What commander writes, in the language of the invocation. */
export const sayCommanders = (text: string): string => text.split('\n').map(sayLine).join('\n');

function sayLine(line: string): string {
  for (const [key, [english]] of Object.entries(t.texts)) {
    const match = toPattern(english).exec(line);
    if (match) return (t as (key: string, values?: Record<string, string>) => string)(key, match.groups);
  }
  return line;
}

const toPattern = (form: string): RegExp =>
  new RegExp(`^${form.replace(/[.?()[\]]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>.*?)')}$`);
