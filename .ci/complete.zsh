# Prints the line that zsh makes of a text and the Tab key, in a terminal of its
# own: zsh -f complete.zsh TEXT
emulate -L zsh
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT= RPROMPT= ; unsetopt zle_bracketed_paste; autoload -Uz compinit && compinit -u -D"
zpty -w shell 'say() { print -rn -- $'"'\\n'"'"<<$BUFFER>>"; zle kill-buffer }; zle -N say; bindkey "^X" say'
zpty -w shell 'print READY-$((1 + 1))'
zpty -r -m shell output '*READY-2*' || exit 1
zpty -w -n shell "$1"$'\t\C-x'
zpty -r -m shell output '*<<*>>*' || exit 1
zpty -d shell
output=${output##*<<}
print -r -- "${output%%>>*}"
