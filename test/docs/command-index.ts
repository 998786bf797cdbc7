import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './tree';

const SOURCE = 'packages/clients/cli/src/commands';
/** From the root. */
export const COMMAND_INDEX = `${SOURCE}/index.ts`;
/** In the order of the help. */
const FOLDERS = ['tasks', 'fleet', 'local'];

/** The list of the command line's commands: each file that exports `addCommands`. */
export function renderCommandIndex(): string {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, SOURCE, folder))
      .filter((file) => readFileSync(join(ROOT, SOURCE, folder, file), 'utf8').includes('export function addCommands('))
      .map((file) => `${folder}/${file.replace('.ts', '')}`)
      .sort(),
  );
  const toName = (path: string) => path.replace(/^.*\//, '').replace(/-./g, (part) => part[1]!.toUpperCase());
  const imports = paths.map((path) => `import { addCommands as ${toName(path)} } from './${path}';\n`);
  return `// Written by \`npm run docs\`.
${imports.sort((a, b) => (toPath(a) < toPath(b) ? -1 : 1)).join('')}
/** Each adds its commands to the program, in the order of the help. */
export const COMMANDS = [
${paths.map((path) => `  ${toName(path)},\n`).join('')}];
`;
}

const toPath = (line: string): string => line.slice(line.indexOf(' from '));
