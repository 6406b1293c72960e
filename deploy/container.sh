#!/bin/sh
# news watch TOPIC...: a run of each, and EVERY seconds (300) after the last one again, until it is stopped.
# news COMMAND ...: what newscrawler does. The working folder NEWS_HOME is filled when it is empty.
set -eu
cd "$NEWS_HOME"
if [ ! -f scrapy.cfg ]; then
    if ls seeds/*.toml >/dev/null 2>&1; then newscrawler init; else newscrawler init --topic venezuela_russia; fi >/dev/null
fi
[ "${1:-}" = watch ] || exec newscrawler "$@"
shift
child=
trap 'kill "$child" 2>/dev/null || :; wait "$child" || :; exit 0' TERM INT
while :; do
    for topic in "$@"; do
        newscrawler crawl "$topic" &
        child=$!
        wait "$child" || :
    done
    sleep "${EVERY:-300}" &
    child=$!
    wait "$child" || :
done
