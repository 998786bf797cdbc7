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

/** The candidate that is the fewest edits away, at most a third of its length; upper and lower case are alike. */
function findNearest(text: string, candidates: readonly string[]): string | undefined {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, edits: countEdits(text.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, candidate.length / 3))
    .sort((a, b) => a.edits - b.edits);
  return nearest?.candidate;
}

/** Inserted, left out, replaced or swapped characters. */
function countEdits(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      rows[i]![j] = Math.min(
        rows[i - 1]![j]! + 1,
        rows[i]![j - 1]! + 1,
        rows[i - 1]![j - 1]! + (isSame ? 0 : 1),
        isSwapped ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return rows[from.length]![to.length]!;
}
