$VIBRISA predict model cat.jpg --epochs 3
