# Every figure is there and sane; the times of kernels make up the step.
$VIBRISA bench --seconds 0.2 --batch 16 --image-size 32 --json -q > bench.json
python3 - << 'END'
import json
r = json.load(open('bench.json'))
for key in ('device_peak_gflops', 'device_gbytes_per_second', 'train_images_per_second', 'train_gflops',
            'infer_images_per_second', 'build_cold_seconds', 'build_warm_seconds', 'memory_bytes'):
    assert r[key] > 0, key
assert r['batch'] == 16
assert abs(r['train_images_per_second'] * r['train_step_ms'] - 16000) < 1
assert r['infer_images_per_second'] > r['train_images_per_second']
layers = r['layers']
assert {'conv2d', 'conv2d_1', 'conv2d_2', 'conv2d_3', 'dense', 'dense_1', ''} == {l['layer'] for l in layers}
assert [l['ms'] for l in layers] == sorted((l['ms'] for l in layers), reverse=True)
assert sum(l['gflops'] > 0 for l in layers) >= 3 * 6 - 1  # forward, filter and input gradients, but of the pictures
# Four places in a window of the pooling, of which three cost nothing backward: never more than four times the peak.
assert all(0 <= l['of_peak'] < 4.5 for l in layers), [l for l in layers if l['of_peak'] >= 4.5]
assert 0.2 < r['train_busy'] < 2.5 and r['build_cold_seconds'] > r['build_warm_seconds']
END
# The table for people names the same.
$VIBRISA bench --seconds 0.05 --batch 8 --image-size 16 -q |
    grep -c -e '^training  ' -e '^inference' -e 'GFLOP/s  *of peak' -e '^multiply-adds, peak  *[0-9]'
# Operations are those of the direct form, whatever the algorithm.
sed 's/^conv2d .*/& algorithm=winograd/' $RECIPE > winograd.recipe
$VIBRISA bench winograd.recipe --seconds 0.05 --batch 8 --json -q > bench.json
python3 - << 'END'
import json
rows = {l['kernel']: l for l in json.load(open('bench.json'))['layers']}
forward = [l for k, l in rows.items() if k.startswith('conv2d_winograd_')]
assert len(forward) == 1 and forward[0]['gflops'] > 0 and forward[0]['layer'] == 'conv2d', rows
filters = [l for k, l in rows.items() if k.startswith('winograd_filters_')]
assert len(filters) == 1 and filters[0]['gflops'] == 0, rows
assert not any('fwd' in k and k.startswith('conv2d_') for k in rows), rows
END
