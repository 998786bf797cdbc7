import { findNearest } from '@cyberstroll/runtime';
import { type Argument, type Command, InvalidArgumentError, type Option } from 'commander';

import { sayCommanders } from '../language/commander-errors';
import { defineTexts } from '../language/say';
import { walkCommands } from './walk-commands';

const t = defineTexts({
  allowed_choices: ['Allowed choices are {choices}.', '可选值：{choices}。'],
});

/**
 * Completes what commander does for misspelled commands and options: an option or argument with choices suggests the
 * nearest one, and a misspelled required option counts as unknown, not as missing.
 */
export function suggestEverywhere(program: Command): void {
  for (const { command } of walkCommands(program)) {
    for (const each of [...command.options, ...command.registeredArguments]) suggestChoicesOf(each);
    checkUnknownBeforeRequired(command);
  }
}

function checkUnknownBeforeRequired(command: Command): void {
  for (const option of command.options.filter(({ mandatory }) => mandatory)) {
    option.mandatory = false;
    command.hook('preAction', () => {
      if (command.getOptionValue(option.attributeName()) !== undefined) return;
      command.error(`error: required option '${option.flags}' not specified`, {
        code: 'commander.missingMandatoryOptionValue',
      });
    });
  }
}

function suggestChoicesOf(chosen: Option | Argument): void {
  const { argChoices: choices, parseArg: parse } = chosen;
  if (!choices || !parse) return;
  chosen.argParser<unknown>((text, before) => {
    try {
      return parse(text, before);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(toChoicesText(text, choices));
    }
  });
}

function toChoicesText(text: string, choices: readonly string[]): string {
  const nearest = findNearest(text, choices);
  const allowed = t('allowed_choices', { choices: choices.join(', ') });
  return nearest === undefined ? allowed : `${allowed}\n${sayCommanders(`(Did you mean ${nearest}?)`)}`;
}
