#!/usr/bin/env bash
# Benchmarks of the finished program, as ratios to nginx serving the very same bytes, interleaved in one run.
# usage: SIGNALBOX=target/release/signalbox scripts/bench.sh [ROUNDS]
set -euo pipefail
signalbox=${SIGNALBOX:-target/release/signalbox}
rounds=${1:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
run=$(mktemp -d); pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$run"; }
trap finish EXIT
mkdir -p "$run/www" "$run/logs"
chmod -R a+rX "$run" # nginx serves as nobody when root starts it.

say() { printf '\n== %s\n' "$*"; }

say "machine: $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), nginx $(nginx -v 2>&1 | sed 's/.*\///')"

say "first visit: wasm, script, style, in brotli"
python3 - "$root/target/site/manifest.json" <<'PY'
import json, sys
sizes = json.load(open(sys.argv[1]))["sizes"]
for name, size in sizes.items():
    print(f"{name:5} {size['bytes'] / 1000:9.1f} kB {size['brotli'] / 1000:9.1f} kB")
print(f"total {'':9}    {sum(size['brotli'] for size in sizes.values()) / 1000:9.1f} kB (at most 300, aim 200)")
PY

# Ten apps on three platforms. At the pace of life the board stands for five minutes: the same bytes for both servers.
"$signalbox" demo --apps 10 --speed 1 --seed 1 --listen 127.0.0.1:3987 > "$run/logs/signalbox" 2>&1 &
ours=$!; pids+=("$ours")
began=$(date +%s%N)
until curl -fsS -o "$run/www/page.html" http://127.0.0.1:3987/ 2>/dev/null && curl -fsS http://127.0.0.1:3987/readyz >/dev/null 2>&1; do sleep 0.02; done
printf 'start to first page with 30 lines: %d ms\n' $((($(date +%s%N) - began) / 1000000))
curl -fsS http://127.0.0.1:3987/ -o "$run/www/page.html"
curl -fsS -H 'Accept-Encoding: br' http://127.0.0.1:3987/ -o "$run/www/page.html.br"
printf 'page: %d bytes, %d in brotli\n' "$(stat -c %s "$run/www/page.html")" "$(stat -c %s "$run/www/page.html.br")"

cat > "$run/nginx.conf" <<'NGINX'
daemon on; worker_processes 2; pid nginx.pid; error_log logs/error.log warn;
events { worker_connections 4096; }
http {
  types { text/html html; } default_type application/octet-stream; charset utf-8; access_log off;
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 60s; keepalive_requests 100000000;
  open_file_cache max=100 inactive=600s; open_file_cache_valid 600s;
  server { listen 127.0.0.1:8981 reuseport backlog=4096; root www; location = / { try_files /page.html =404; } }
  server { listen 127.0.0.1:8982 reuseport backlog=4096; root www;
    location = / { default_type text/html; try_files /page.html.br =404; add_header Content-Encoding br; add_header Vary accept-encoding;
      add_header Cache-Control "private, no-cache"; add_header X-Content-Type-Options nosniff; add_header Referrer-Policy same-origin; } }
}
NGINX
nginx -p "$run" -c "$run/nginx.conf" -e logs/error.log
pids+=("$(cat "$run/nginx.pid")")
theirs=$(pgrep -P "$(cat "$run/nginx.pid")" | tr '\n' ' ')

ticks() { local sum=0; for pid in $1; do sum=$((sum + $(awk '{sub(/^.*\) /,""); split($0,f," "); print f[12]+f[13]}' "/proc/$pid/stat"))); done; echo "$sum"; }
once() { # name url header pids
  local before after; before=$(ticks "$4")
  wrk -t2 -c64 -d"${SECONDS_EACH:-6}"s -H "$3" "$2" > "$run/out"
  after=$(ticks "$4")
  if grep -qE 'Non-2xx|Socket errors' "$run/out"; then cat "$run/out"; echo "$1: not a clean run"; exit 1; fi
  awk -v used=$((after - before)) -v hz="$(getconf CLK_TCK)" '/requests in/{n=$1} /Requests\/sec/{r=$2} END{print r, used/hz*1e6/n}' "$run/out" >> "$run/$1"
}
compare() { # title header nginx-port
  say "$1"
  rm -f "$run/nginx" "$run/signalbox"
  for url in "http://127.0.0.1:$3/" http://127.0.0.1:3987/; do wrk -t2 -c64 -d2s -H "$2" "$url" > /dev/null; done
  for _ in $(seq "$rounds"); do
    once nginx "http://127.0.0.1:$3/" "$2" "$theirs"
    once signalbox http://127.0.0.1:3987/ "$2" "$ours"
  done
  python3 - "$run/nginx" "$run/signalbox" <<'PY'
import statistics, sys
rows = [[tuple(map(float, line.split())) for line in open(name)] for name in sys.argv[1:]]
rate = [statistics.median(row[0] for row in one) for one in rows]
cpu = [statistics.median(row[1] for row in one) for one in rows]
pairs = sorted(b[0] / a[0] for a, b in zip(*rows))
print(f"nginx     {rate[0]:9.0f} req/s  {cpu[0]:6.2f} us of CPU a request")
print(f"signalbox {rate[1]:9.0f} req/s  {cpu[1]:6.2f} us of CPU a request")
print(f"ratio     {statistics.median(pairs):9.2f} (pair by pair {pairs[0]:.2f} to {pairs[-1]:.2f})")
PY
}
compare "the board in brotli (at least 1.0)" 'Accept-Encoding: br' 8982
compare "the board as it is (at least 0.8)" 'Accept-Encoding: identity' 8981

say "upstream calls of a tick, with 1 and with 200 viewers"
calls() { curl -fsS "http://127.0.0.1:$1/metrics" | awk '/^signalbox_source_calls_total/{calls+=$2} /^signalbox_board_revision/{revision=$2} END{printf "%.0f %.0f\n", calls, revision}'; }
"$signalbox" demo --apps 10 --speed 600 --seed 1 --listen 127.0.0.1:3988 > "$run/logs/calls" 2>&1 &
pids+=("$!")
until curl -fsS http://127.0.0.1:3988/readyz >/dev/null 2>&1; do sleep 0.1; done
sleep 10 # The first ticks read everything.
measure() { read -r c1 r1 < <(calls 3988); sleep 20; read -r c2 r2 < <(calls 3988); awk -v c=$((c2 - c1)) -v r=$((r2 - r1)) -v who="$1" 'BEGIN{printf "%-12s %d ticks, %.1f calls a tick, %.2f an app and tick\n", who, r, c/r, c/r/10}'; }
measure "1 viewer:"
for _ in $(seq 200); do curl -fsSN http://127.0.0.1:3988/api/v1/events -o /dev/null 2>/dev/null & pids+=("$!"); done
wrk -t1 -c8 -d25s -H 'Accept-Encoding: br' http://127.0.0.1:3988/ > /dev/null & pids+=("$!")
measure "200 viewers:"
