if ! command -v fish > /dev/null; then echo "fish is not installed"; exit 77; fi
$VIBRISA --completion fish > vibrisa.fish
fish --no-execute vibrisa.fish
for words in tr 'train --epo' 'train --device-type a' 'predict --epo'; do
    fish --no-config -c "source vibrisa.fish; complete -C 'vibrisa $words'" | cut -f 1
done
