import type { Command } from 'commander';
import { toTable } from './table';

type CreateProgram = (
  options: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'stdin'> & {
    env: Record<string, string>;
    cwd: string;
    signal: AbortSignal;
  },
) => Command;

/** Every command of the command line with its options, from its help. */
export function renderCommands(createProgram: CreateProgram): string {
  const { stdout, stderr, stdin } = process;
  const { signal } = new AbortController();
  const program = createProgram({ stdout, stderr, stdin, env: {}, cwd: '.', signal });
  return `# Commands of cyberstroll

Every command in short. \`--help\` after it shows examples, and what each option does. What holds for all of them is in
[the README](../packages/clients/cli/README.md). Written from \`packages/clients/cli/src/commands/\` by \`npm run docs\`.

${toTable(['command', 'what it does', 'options'], findLeaves(program).map(toRow))}
`;
}

interface Leaf {
  words: readonly string[];
  command: Command;
}

function findLeaves(command: Command, words: readonly string[] = []): Leaf[] {
  const below = command.commands.flatMap((each) => findLeaves(each, [...words, each.name()]));
  return below.length > 0 ? below : [{ words, command }];
}

function toRow({ words, command }: Leaf): string[] {
  const places = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const options = command.options.map(({ flags }) => `\`${flags}\``);
  return [`\`${[...words, ...places].join(' ')}\``, command.description(), options.join(', ')];
}
