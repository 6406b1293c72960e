#!/bin/sh
# upgrade.sh DATABASE [FOLDER]: bring this checkout up to date. Timers rest meanwhile, the database is copied to FOLDER
# (backups), and when the new version does not answer, the old one is back as it was, its .venv included.
set -eu
[ $# -ge 1 ] || { echo "usage: upgrade.sh DATABASE [FOLDER]" >&2; exit 2; }
cd "$(dirname "$0")/.."
owner=$(stat -c %U .)
as_owner() { if [ "$(id -un)" = "$owner" ]; then "$@"; else runuser -u "$owner" -- "$@"; fi; }
fail() { echo "upgrade.sh: $1" >&2; exit 1; }

timers=$(systemctl list-units --type=timer --state=active --plain --no-legend 'newscrawler*' 2>/dev/null | cut -d' ' -f1 || :)
# shellcheck disable=SC2086  # several names
rest() { [ -z "$timers" ] || systemctl "$1" $timers; }
trap 'rest start' EXIT
rest stop
units=$(systemctl list-units --type=service --state=activating --plain --no-legend 'newscrawler*' 2>/dev/null | cut -d' ' -f1 || :)
# shellcheck disable=SC2086
[ -z "$units" ] || systemctl stop $units # a run that is told to stop ends cleanly, the next one does the rest

if [ -d .venv.old ]; then # an upgrade was cut short
    as_owner rm -rf .venv
    as_owner mv .venv.old .venv
fi
as_owner deploy/backup.sh "$1" "${2:-backups}" || fail "$1: no backup, so nothing was changed"
before=$(as_owner git rev-parse HEAD)
as_owner git pull --quiet --ff-only || fail "git pull failed: nothing was changed"
as_owner mv .venv .venv.old
if as_owner make --no-print-directory setup && { [ ! -f extras.txt ] || as_owner .venv/bin/pip install --quiet -r extras.txt; } \
    && as_owner .venv/bin/scrapy list >/dev/null; then
    as_owner rm -rf .venv.old
    echo "upgraded to $(as_owner git rev-parse --short HEAD); the next run brings the database up to date"
else
    as_owner rm -rf .venv
    as_owner mv .venv.old .venv
    as_owner git reset --quiet --keep "$before"
    fail "the new version does not answer: the old one is in its place again"
fi
