# The script loads and completes commands, options, values and names of files; of other commands nothing.
$VIBRISA --completion bash > script.bash
mkdir 'my photos' runs
: > 'my model'
cat > try.bash << 'B'
set -eu
source ./script.bash
complete -p vibrisa > /dev/null
try() { # words...
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _vibrisa
    printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -s -d '|'
}
try vibrisa tr
try vibrisa train --epo
try vibrisa train --bad-images ''
try vibrisa train --bad-images = s
try vibrisa train --device-type a
try vibrisa train --recipe not
try vibrisa predict --epo
try vibrisa predict my
try vibrisa train my
try vibrisa train --resume ru
try vibrisa train --resume --epo
try vibrisa help sel
B
bash try.bash
# Every option in the help of every command is completed.
for c in $($VIBRISA --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p'); do
    case $c in default | notebook) continue ;; esac
    for o in $($VIBRISA $c --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p'); do
        echo "try vibrisa $c $o" > one.bash
        sed '/^try vib/d' try.bash | cat - one.bash > all.bash
        bash all.bash | tr '|' '\n' | grep -qx -- "$o"
    done
done
