#!/bin/sh
# examples.sh TRAIN_AND_PREDICT SORT_PICTURES MAKE_PICTURES: both examples do what they say.
set -eu
train=$(realpath "$1") sort=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$3" "$scratch/pictures" 24
cd "$scratch"
"$train" pictures run pictures/validation/cats/000.jpg >out
cat out
test "$(grep -c '^epoch [0-9]*: loss [0-9.]*, validation accuracy [0-9.]*$' out)" = 25 # the default recipe's
tail -n 1 out | grep -q '^pictures/validation/cats/000.jpg: \(cats\|dogs\) ([0-9.]* %)$'
cp -r pictures/validation/cats incoming
echo nothing >incoming/torn.jpg
find incoming -type f | LC_ALL=C sort | "$sort" run sorted >out
cat out
test "$(grep -c '^moved ' out)" = 12
grep -q '^left incoming/torn.jpg: ' out
test "$(find sorted -type f | wc -l)" = 12
code=0
"$sort" nowhere sorted </dev/null 2>err || code=$?
test $code = 1
grep -q '^\[classifier, error\] nowhere: ' err
