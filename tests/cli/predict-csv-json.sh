$VIBRISA predict model cat.jpg --csv --json
