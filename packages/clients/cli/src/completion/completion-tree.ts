import type { Command, Option } from 'commander';
import { walkCommands } from '../help/walk-commands';

/** All that a shell needs to complete a command line without asking anybody. */
export interface CompletionTree {
  program: string;
  /** The options that every command takes. */
  globals: CompletionOption[];
  commands: CompletionCommand[];
}

export interface CompletionCommand {
  /** As typed: `cyberstroll task list`. */
  path: string;
  below: { name: string; description: string }[];
  options: CompletionOption[];
  /** What its first argument may be. */
  choices: readonly string[];
}

export interface CompletionOption {
  /** `['-V', '--version']` */
  flags: string[];
  description: string;
  takesValue: boolean;
  choices: readonly string[];
}

export function toCompletionTree(program: Command): CompletionTree {
  const help = program.createHelp();
  const globals = help.visibleOptions(program).map(toCompletionOption);
  const isGlobal = ({ flags }: CompletionOption) => globals.some((each) => each.flags.join() === flags.join());
  return {
    program: program.name(),
    globals,
    commands: walkCommands(program).map(({ words, command }) => ({
      path: [program.name(), ...words].join(' '),
      below: command.commands.map((each) => ({ name: each.name(), description: each.description() })),
      options: help
        .visibleOptions(command)
        .map(toCompletionOption)
        .filter((option) => !isGlobal(option)),
      choices: command.registeredArguments[0]?.argChoices ?? [],
    })),
  };
}

const toCompletionOption = ({
  short,
  long,
  description,
  required,
  optional,
  argChoices,
}: Option): CompletionOption => ({
  flags: [short, long].filter((flag) => flag !== undefined),
  description,
  takesValue: required || optional,
  choices: argChoices ?? [],
});

/** Each option that takes a value, with the path of its command; `*` for the options of all commands. */
export const findValued = ({ globals, commands }: CompletionTree): { path: string; option: CompletionOption }[] =>
  [{ path: '*', options: globals }, ...commands].flatMap(({ path, options }) =>
    options.filter(({ takesValue }) => takesValue).map((option) => ({ path, option })),
  );

/** Text as one word of bash or zsh. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A pattern of `case "$at $word" in`: this word behind the words of this path. */
export const toPattern = (path: string, word: string): string =>
  path === '*' ? `*${quote(` ${word}`)}` : quote(`${path} ${word}`);

/** The patterns of all that moves `$at` on to the next command, and of all that has a value behind it. */
export function toWalkPatterns(tree: CompletionTree): { valued: string; commands: string } {
  const valued = findValued(tree).flatMap(({ path, option }) => option.flags.map((flag) => toPattern(path, flag)));
  const commands = tree.commands.flatMap(({ path, below }) => below.map(({ name }) => toPattern(path, name)));
  return { valued: valued.join(' | '), commands: commands.join(' | ') };
}
