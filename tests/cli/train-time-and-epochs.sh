$VIBRISA train photos --time 1h30m --epochs 3
