$PICTURES data 2
printf 'vibrisa 1\nimage 8x8 rgb\nconvd 4 3x3\nflatten\nclassify\n' > a.recipe
$VIBRISA train data -r a.recipe
