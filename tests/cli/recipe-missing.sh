$PICTURES data 2
$VIBRISA train data -r notbook
