if ! command -v fish > /dev/null; then echo "fish is not installed"; exit 77; fi
$VIBRISA --completion fish > vibrisa.fish
fish --no-execute vibrisa.fish
fish --no-config -c 'source vibrisa.fish; complete -C "vibrisa tr"; complete -C "vibrisa train --epo"; complete -C "vibrisa train --device-type a"; complete -C "vibrisa predict --epo"' | cut -f 1
