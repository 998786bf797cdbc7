import { type CompletionTree, findValued, quote, toPattern, toWalkPatterns } from './completion-tree';

/** For bash 3.2 and later, without the package bash-completion. */
export function toBashScript(tree: CompletionTree): string {
  const { program, globals, commands } = tree;
  const walk = toWalkPatterns(tree);
  const values = findValued(tree).map(({ path, option }) => {
    const patterns = option.flags.map((flag) => toPattern(path, flag)).join(' | ');
    return `    ${patterns}) words=${quote(option.choices.join(' '))} ;;`;
  });
  const words = commands.map(({ path, below, options, choices }) => {
    const first = [...below.map(({ name }) => name), ...choices].join(' ');
    const flags = [...options, ...globals].flatMap((option) => option.flags).join(' ');
    return `    ${quote(path)}) first=${quote(first)} flags=${quote(flags)} ;;`;
  });
  return `# bash: source <(${program} completion bash)
_${program}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at=${program} first= flags= words i
  # Bash splits --option=value into three words.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
    ${walk.valued})
      [[ \${COMP_WORDS[i + 1]} == = ]] && ((i++))
      ((i++))
      ;;
    ${walk.commands}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case $at in
${words.join('\n')}
  esac
  if [[ $cur == -* || -z $first ]]; then words=$flags; else words=$first; fi
  case "$at $prev" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _${program} ${program}
`;
}
