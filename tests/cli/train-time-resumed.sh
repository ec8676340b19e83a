# Stopped in its first epoch, the run remembers its time; stopped later, its number of epochs.
$PICTURES data 40
cat > stop.py << 'P'
import signal, subprocess, sys, time
lines, args = int(sys.argv[1]), sys.argv[2:]
p = subprocess.Popen(args, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
def count():
    try:
        return open("runs/timed/log.jsonl").read().count("\n")
    except FileNotFoundError:
        return 0
while count() < lines and p.poll() is None:
    time.sleep(0.001)
p.send_signal(signal.SIGINT)
assert p.wait() in (0, 130) # 0: slow machine, over before it could be stopped
P
export VIBRISA_WORKERS=1
python3 stop.py 5 $VIBRISA train data -r $RECIPE -q --time 5s --name timed --batch 1 --cache none --log-steps 1
test $(wc -l < runs/timed/log.csv) = 1
python3 stop.py 120 $VIBRISA train --resume -q --log-steps 1 --cache none
n=$(sed -n 's/^train .*epochs=\([0-9]*\).*/\1/p' runs/timed/recipe.txt)
$VIBRISA train --resume -q
test $(wc -l < runs/timed/log.csv) = $((n + 1))
$VIBRISA train data -r $RECIPE -q --batch 1 --epochs $n --name counted
test $($VIBRISA summary runs/timed --hash) = $($VIBRISA summary runs/counted --hash)
