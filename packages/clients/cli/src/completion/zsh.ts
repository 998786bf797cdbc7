import { type CompletionTree, findValued, quote, toPattern, toWalkPatterns } from './completion-tree';

export function toZshScript(tree: CompletionTree): string {
  const { program, globals, commands } = tree;
  const walk = toWalkPatterns(tree);
  const values = findValued(tree).map(({ path, option }) => {
    const patterns = option.flags.map((flag) => toPattern(path, flag)).join(' | ');
    return `    ${patterns}) found=(${option.choices.map(quote).join(' ')}); flags=() ;;`;
  });
  const words = commands.map(({ path, below, options, choices }) => {
    const first = [...below.map(({ name, description }) => toItem(name, description)), ...choices.map(quote)];
    const flags = [...options, ...globals].flatMap((option) =>
      option.flags.map((flag) => toItem(flag, option.description)),
    );
    return `    ${quote(path)}) found=(${first.join(' ')}); flags=(${flags.join(' ')}) ;;`;
  });
  return `#compdef ${program}
# zsh: source <(${program} completion zsh), after compinit; or a file _${program} in a folder of $fpath
_${program}() {
  local at=${program} previous=$words[CURRENT-1] i
  local -a found flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
    ${walk.valued}) ((i++)) ;;
    ${walk.commands}) at="$at $words[i]" ;;
    esac
  done
  case $at in
${words.join('\n')}
  esac
  [[ $words[CURRENT] == --*=* ]] && previous=\${words[CURRENT]%%=*} && compset -P '*='
  case "$at $previous" in
${values.join('\n')}
  esac
  [[ $PREFIX == -* || $#found -eq 0 ]] && found=($flags)
  _describe ${program} found
}
if [[ $funcstack[1] == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

/** An item of `_describe`. */
const toItem = (name: string, description: string): string => quote(`${name.replaceAll(':', '\\:')}:${description}`);
