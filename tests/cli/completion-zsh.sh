if ! command -v zsh > /dev/null; then echo "zsh is not installed"; exit 77; fi
$VIBRISA --completion zsh > _vibrisa
zsh -n _vibrisa
# The system of completion finds it.
cat > try.zsh << 'Z'
fpath=($PWD $fpath)
autoload -U compinit
compinit -D -u
[[ $_comps[vibrisa] == _vibrisa ]]
Z
zsh -f try.zsh
