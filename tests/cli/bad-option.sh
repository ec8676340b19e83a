$VIBRISA train photos --epoch 3
