import { type MessageId, say, sayText } from './say';

/** As commander writes its errors; a test meets each. */
const FORMS = [
  "error: unknown command '{name}'",
  "error: unknown option '{name}'",
  "error: missing required argument '{name}'",
  "error: option '{flags}' argument missing",
  "error: required option '{flags}' not specified",
  "error: option '{flags}' argument '{value}' is invalid. {reason}",
  "error: command-argument value '{value}' is invalid for argument '{name}'. {reason}",
  'error: too many arguments. Expected {expected} arguments but got {count}.',
  "error: too many arguments for '{name}'. Expected {expected} argument but got {count}.",
  "error: too many arguments for '{name}'. Expected {expected} arguments but got {count}.",
  '(Did you mean {name}?)',
  '(Did you mean one of {names}?)',
] as const satisfies MessageId[];

/** An error of commander in the language of the invocation. */
export const sayCommanderError = (text: string): string => text.split('\n').map(sayLine).join('\n');

function sayLine(line: string): string {
  for (const form of FORMS) {
    const values = toPattern(form).exec(line)?.groups;
    if (values) return (say as (id: string, values: Record<string, string>) => string)(form, values);
  }
  return sayText(line);
}

const toPattern = (form: string): RegExp =>
  new RegExp(`^${form.replace(/[.?()]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>.*?)')}$`);
