import { Readable, Writable } from 'node:stream';
import { walkCommands } from '../src/help/walk-commands';
import { createProgram } from '../src/program';
import { makeFolder } from './make-folder';
import { runCli } from './run-cli';

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

/** The real parser, whose commands do nothing. */
export function createIdleProgram() {
  const program = createProgram({
    stdout: nowhere(),
    stderr: nowhere(),
    stdin: Readable.from([]),
    env: {},
    cwd: makeFolder(),
    signal: new AbortController().signal,
  });
  for (const { command, isLeaf } of walkCommands(program)) if (isLeaf) command.action(() => {});
  return program;
}

export const WALKED = walkCommands(createIdleProgram());

/** What the examples in a command's help say to type, as the shell passes it on. */
export async function readExamples(words: string[]): Promise<string[][]> {
  const { stdout } = await runCli(undefined, [...words, '--help']);
  const lines = stdout.split('\n\n')[0]!.split('\n');
  return lines.flatMap((line) => /^ {2}cyberstroll (.+?)(?: {2,}.*)?$/.exec(line)?.[1] ?? []).map(toWords);
}

function toWords(line: string): string[] {
  const words = line.replace(/ (?:<|>>?|\|) .*$/, '').match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ''));
}
