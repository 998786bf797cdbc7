/** The scripts in the real shells, which need nothing else: no network, no node. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-folder';
import { WALKED } from './program';
import { runCli } from './run-cli';

const BASH = `source "$1"
words=$2; words=\${words//=/ = }
read -ra COMP_WORDS <<<"$words"; [[ $words == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_cyberstroll
printf '%s\\n' "\${COMPREPLY[@]}"`;

/** By shell: the candidates for a line, as the shell would show them. */
const SHELLS: Record<string, (script: string, line: string) => string> = {
  bash: (script, line) => runShell('bash', '--norc', '-c', BASH, 'bash', script, line),
  zsh: (script, line) => runShell('zsh', '-f', join(__dirname, 'complete.zsh'), script, line),
  fish: (script, line) => runShell('fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line),
};

/** Without the program on the PATH, a home or a configuration. */
const runShell = (shell: string, ...args: string[]): string =>
  execFileSync(shell, args, { env: { PATH: '/usr/bin:/bin', HOME: makeFolder() }, encoding: 'utf8', timeout: 170_000 });

describe.each(Object.keys(SHELLS))('%s', (shell) => {
  const script = join(makeFolder(), 'script');
  beforeAll(async () => writeFileSync(script, (await runCli(undefined, ['completion', shell])).stdout));

  const complete = (line: string) =>
    SHELLS[shell]!(script, line)
      .split('\n')
      .map((candidate) => candidate.split('\t')[0]!.replace(/^--\w+=/, ''))
      .filter(Boolean)
      .sort();

  it.each([
    ['a command', 'cyberstroll tas', ['task']],
    [
      'the commands behind an option with a value',
      'cyberstroll --url node task c',
      ['cancel', 'chain', 'clean-up', 'create'],
    ],
    ['an option', 'cyberstroll task create 10.0.0.1 --pri', ['--priority']],
    ['the choices of an option', 'cyberstroll task create --order ', ['permuted', 'sequential']],
    ['the choices behind =', 'cyberstroll task create --order=s', ['sequential']],
    ['the choices of an argument', 'cyberstroll completion ', ['bash', 'fish', 'zsh']],
    ['nothing for a free value', 'cyberstroll task create --name ', []],
  ])('completes %s', (_name, line, candidates) => {
    expect(complete(line)).toEqual(candidates);
  });

  if (shell === 'zsh') return; // a second for each line
  it('knows every command', () => {
    const groups = WALKED.filter(({ isLeaf }) => !isLeaf);
    for (const { words, command } of groups) {
      const names = command.commands.map((each) => each.name()).sort();
      expect(complete(['cyberstroll', ...words, ''].join(' '))).toEqual(names);
    }
  });
});
