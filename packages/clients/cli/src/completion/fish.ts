import { type CompletionOption, type CompletionTree, findValued } from './completion-tree';

export function toFishScript({ program, globals, commands }: CompletionTree): string {
  const valued = findValued({ program, globals, commands }).flatMap(({ path, option }) =>
    option.flags.map((flag) => quoteFish(`${path} ${flag}`)),
  );
  const walked = commands.flatMap(({ path, below }) => below.map(({ name }) => quoteFish(`${path} ${name}`)));
  const lines = commands.flatMap(({ path, below, options, choices }) => {
    const at = `complete -c ${program} -n ${quoteFish(`__${program}_at ${path}`)}`;
    return [
      ...below.map(({ name, description }) => `${at} -a ${name} -d ${quoteFish(description)}`),
      ...choices.map((choice) => `${at} -a ${quoteFish(choice)}`),
      ...options.map((option) => `${at} ${toOptionWords(option)}`),
    ];
  });
  return `# fish: ${program} completion fish > ~/.config/fish/completions/${program}.fish
function __${program}_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l at ${program}
    set -l isValue 0
    for word in $words
        if test $isValue = 1
            set isValue 0
            continue
        end
        switch "$at $word"
            case ${valued.join(' ')}
                set isValue 1
            case ${walked.join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
complete -c ${program} -f
${globals.map((option) => `complete -c ${program} ${toOptionWords(option)}`).join('\n')}
${lines.join('\n')}
`;
}

function toOptionWords({ flags, description, takesValue, choices }: CompletionOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = takesValue ? ['-x', ...(choices.length > 0 ? ['-a', quoteFish(choices.join(' '))] : [])] : [];
  return [...names, ...value, '-d', quoteFish(description)].join(' ');
}

/** Text as one word of fish. */
const quoteFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
