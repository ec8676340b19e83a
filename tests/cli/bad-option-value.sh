$VIBRISA train photos --epochs many
