import { ERROR_CODES, type ErrorCode } from '@cyberstroll/contracts';
import { CHINESE_REMEDIES } from '@cyberstroll/words';
import type { Command } from 'commander';
import { CliError } from './cli-error';
import { walkCommands } from './help/walk-commands';
import { defineTexts, isChinese } from './language/say';

const t = defineTexts({
  lists: ['{command} lists them', '用 {command} 查看列表'],
  check_address: [
    'check the address: --url, CYBERSTROLL_URL, or the local stack of "npm start"; cyberstroll doctor checks the rest',
    '请检查地址：--url、CYBERSTROLL_URL，或用 "npm start" 启动的本地环境；其余由 cyberstroll doctor 检查',
  ],
});

/** What the user can do about an error, if the error does not say it. */
export function findNextStep(error: unknown, program: Command): string | undefined {
  if (!(error instanceof CliError)) return undefined;
  const { code } = error.problem ?? {};
  if (code === undefined) return error.exit === 'unreachable' && error.cause ? sayReachable() : undefined;
  const list = /_not_found$/.test(code) ? findList(code, program) : undefined;
  if (list) return t('lists', { command: list });
  const entry = Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as ErrorCode] : undefined;
  // The fields at fault, the allowed statuses and the way to give a key are in the error.
  const isSaid = code === 'illegal_transition' || entry?.kind === 'invalid' || entry?.kind === 'unauthorised';
  if (isSaid || !entry) return undefined;
  return (isChinese() ? CHINESE_REMEDIES[code as ErrorCode] : undefined) ?? entry.todo;
}

const sayReachable = (): string => t('check_address');

/** `cyberstroll dead-letter list` for `dead_letter_not_found`. */
function findList(code: string, program: Command): string | undefined {
  const nouns = code.replace(/_not_found$/, '').split('_');
  const isListOf = ([noun, verb]: string[]) =>
    verb === 'list' && noun === nouns.slice(-noun!.split('-').length).join('-');
  const found = walkCommands(program).find(({ words }) => words.length === 2 && isListOf(words));
  if (!found) return undefined;
  const names = found.command.registeredArguments.map((argument) => `<${argument.name()}>`);
  return [program.name(), ...found.words, ...names].join(' ');
}
