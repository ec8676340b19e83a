printf 'vibrisa 1\nimage 8x8 rgb\nconv2d 4 5x5 same relu algorithm=winograd\nflatten\nclassify\n' > a.recipe
$VIBRISA summary a.recipe
