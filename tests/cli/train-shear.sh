# Whoever repeats the notebook hears what its shear is; once, not when the run goes on.
$PICTURES data 2
$VIBRISA train data -r notebook -q --epochs 1 --rounds 1 --steps 1 --validation-steps 1
$VIBRISA train --resume -q
$VIBRISA train data -q --epochs 1
