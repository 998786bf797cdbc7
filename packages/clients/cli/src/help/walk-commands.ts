import type { Command } from 'commander';

export interface WalkedCommand {
  /** From the program: `['task', 'list']`; empty for the program. */
  words: string[];
  command: Command;
  /** Whether it does something, and has no commands below it. */
  isLeaf: boolean;
}

/** A command and all below it. */
export function walkCommands(command: Command, words: string[] = []): WalkedCommand[] {
  const below = command.commands.flatMap((each) => walkCommands(each, [...words, each.name()]));
  return [{ words, command, isLeaf: below.length === 0 }, ...below];
}
