$VIBRISA predict nothing.safetensors cat.jpg
