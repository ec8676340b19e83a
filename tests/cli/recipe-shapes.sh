$PICTURES data 2
printf 'vibrisa 1\nimage 8x8 rgb\nconv2d 4 9x9 valid relu\nflatten\nclassify\n' > a.recipe
$VIBRISA train data -r a.recipe
