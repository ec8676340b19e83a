$VIBRISA train --resume
