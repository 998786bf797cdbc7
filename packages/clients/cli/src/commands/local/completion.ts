import { Argument, type Command } from 'commander';
import type { CommandContext } from '../../command-context';
import { toBashScript } from '../../completion/bash';
import { type CompletionTree, toCompletionTree } from '../../completion/completion-tree';
import { toFishScript } from '../../completion/fish';
import { toZshScript } from '../../completion/zsh';
import { toExamples } from '../../help/examples';

const SCRIPTS: Record<string, (tree: CompletionTree) => string> = {
  bash: toBashScript,
  zsh: toZshScript,
  fish: toFishScript,
};

export function addCompletionCommand(program: Command, toContext: (command: Command) => CommandContext): void {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands, options and their values')
    .addArgument(new Argument('<shell>', 'the shell that reads the script').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'before',
      toExamples(
        ['completion bash >> ~/.bashrc', 'for each new bash'],
        ['completion zsh > ~/.zfunc/_cyberstroll', 'for zsh, if ~/.zfunc is in $fpath'],
        ['completion fish > ~/.config/fish/completions/cyberstroll.fish', 'for fish'],
      ),
    )
    .action(async (shell: string, _options, command) => {
      await toContext(command).output.write(SCRIPTS[shell]!(toCompletionTree(program)));
    });
}
