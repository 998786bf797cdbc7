import { Argument } from 'commander';
import { toBashScript } from '../../completion/bash';
import { type CompletionTree, toCompletionTree } from '../../completion/completion-tree';
import { toFishScript } from '../../completion/fish';
import { toZshScript } from '../../completion/zsh';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';

const t = defineTexts({
  completion: [
    'print a script that lets a shell complete commands, options and their values',
    '输出补全脚本，让 shell 补全命令、选项及其取值',
  ],
  shell: ['the shell that reads the script', '读取脚本的 shell'],
  each_new: ['for each new bash', '用于每个新的 bash'],
  zsh_if: ['for zsh, if ~/.zfunc is in $fpath', '用于 zsh，前提是 ~/.zfunc 在 $fpath 中'],
  fish: ['for fish', '用于 fish'],
});

const SCRIPTS: Record<string, (tree: CompletionTree) => string> = {
  bash: toBashScript,
  zsh: toZshScript,
  fish: toFishScript,
};

export function addCommands(program: CliCommand): void {
  program
    .add('completion', t('completion'))
    .addArgument(new Argument('<shell>', t('shell')).choices(Object.keys(SCRIPTS)))
    .examples(
      ['completion bash >> ~/.bashrc', t('each_new')],
      ['completion zsh > ~/.zfunc/_cyberstroll', t('zsh_if')],
      ['completion fish > ~/.config/fish/completions/cyberstroll.fish', t('fish')],
    )
    .run(({ output }, _options, shell: string) => output.write(SCRIPTS[shell]!(toCompletionTree(program))));
}
