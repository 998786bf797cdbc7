import { stripVTControlCharacters } from 'node:util';
import type { Argument, HelpConfiguration, Option } from 'commander';
import { createColors } from 'picocolors';
import { sayCommanders } from '../language/commander-errors';
import { defineTexts } from '../language/say';
import { toWidth } from '../text/text-width';

const t = defineTexts({
  choices: ['choices: {choices}', '可选值：{choices}'],
  default: ['default: {value}', '默认：{value}'],
});

const { bold } = createColors(true);

/** Commander's help in the language of the invocation. Commander takes the colours out where they are not wanted. */
export const HELP_CONFIGURATION: HelpConfiguration = {
  showGlobalOptions: true,
  styleTitle: (title) => bold(sayCommanders(title)),
  styleUsage: sayPlaceholders,
  styleSubcommandTerm: sayPlaceholders,
  argumentDescription: toDescription,
  optionDescription: toDescription,
  displayWidth: (text) => toWidth(stripVTControlCharacters(text)),
  boxWrap: wrap,
};

function sayPlaceholders(text: string): string {
  return text.replace(/\[(?:options|command)\]/g, sayCommanders);
}

function toDescription({ description, argChoices, defaultValue }: Option | Argument): string {
  const choices = argChoices?.map((choice) => JSON.stringify(choice)).join(', ');
  const facts = [
    ...(choices === undefined ? [] : [t('choices', { choices })]),
    ...(defaultValue === undefined || typeof defaultValue === 'boolean'
      ? []
      : [t('default', { value: JSON.stringify(defaultValue) })]),
  ];
  return facts.length > 0 ? `${description} (${facts.join(', ')})`.trim() : description;
}

/** Commander's own does not break Chinese, which has no spaces. */
function wrap(text: string, width: number): string {
  return width < 40
    ? text
    : text
        .split('\n')
        .map((line) => wrapLine(line, width))
        .join('\n');
}

function wrapLine(line: string, width: number): string {
  const lines = [''];
  for (const part of line.match(/（?(?:[^\s\u2e80-\uffff]+|.)\s*/gu) ?? []) {
    const isFull = toWidth(stripVTControlCharacters(lines.at(-1)! + part).trimEnd()) > width;
    if (isFull && !/^[，。；：、）？]/.test(part)) lines.push(part);
    else lines[lines.length - 1] += part;
  }
  return lines.map((each) => each.trimEnd()).join('\n');
}
