# Ctrl-C saves in the middle of an epoch and exits with 130, SIGTERM with 143; then on as if nothing had been.
$PICTURES data 24
args="data -r $RECIPE -q --epochs 150 --log-steps 1"
$VIBRISA train $args --name whole
stop() { # signal, lines of log.jsonl to wait for, exit code, command...
    signal=$1 lines=$2 want=$3
    shift 3
    # A shell's background jobs ignore SIGINT; Python starts the program with it as a terminal would.
    python3 - "$signal" "$lines" "$want" "$VIBRISA" "$@" << 'P'
import signal, subprocess, sys, time
number, lines, want = getattr(signal, sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
p = subprocess.Popen(sys.argv[4:], preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
def count():
    try:
        return open("runs/stopped/log.jsonl").read().count("\n")
    except FileNotFoundError:
        return 0
while count() < lines and p.poll() is None:
    time.sleep(0.005)
p.send_signal(number)
code = p.wait()
assert code == want, (code, want)
P
}
# The curves are those of the last epoch there is.
curves() {
    $VIBRISA show curves runs/stopped -q
    cmp curves.png runs/stopped/curves.png
}
stop SIGINT 30 130 train $args --name stopped
curves
stop SIGTERM 200 143 train --resume runs/stopped -q --log-steps 1
curves
$VIBRISA train --resume runs/stopped -q
curves
for f in best last; do
    test $($VIBRISA summary runs/whole/$f.safetensors --hash) = $($VIBRISA summary runs/stopped/$f.safetensors --hash)
done
