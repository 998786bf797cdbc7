# Prints the candidates that an interactive zsh has at Tab: zsh -f complete.zsh <script> <line>
setopt extended_glob
zmodload zsh/zpty
export CANDIDATES=$(mktemp)
zpty shell zsh -f -i
zpty -w shell 'PROMPT=; autoload -Uz compinit; compinit -D -u; bindkey "^I" complete-word'
zpty -w shell 'compadd() {
  if [[ " ${@[1,(i)-(-|)]} " == *" -"(O|A|D)" "* ]]; then builtin compadd "$@"; return; fi
  local -a found; builtin compadd -A found "$@"; print -rl -- $found >>$CANDIDATES; builtin compadd "$@"
}'
zpty -w shell "comppostfuncs=(exit); source ${(q)1}"
zpty -w -n shell "$2"$'\t'
while zpty -r shell line; do :; done
sort -u $CANDIDATES; rm $CANDIDATES
