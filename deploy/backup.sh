#!/bin/sh
# backup.sh DATABASE FOLDER: a copy of the database while it is in use, called FOLDER/news-DAY.db after the day of the
# week, so that seven are kept. The copy is checked before it takes the place of last week's.
set -eu
[ $# -eq 2 ] || { echo "usage: backup.sh DATABASE FOLDER" >&2; exit 2; }
[ -f "$1" ] || { echo "backup.sh: $1: no such database" >&2; exit 1; }
tools=$(dirname "$0")/../.venv/bin
[ -x "$tools/sqlite-utils" ] || { echo "backup.sh: $tools/sqlite-utils is not there: run make setup first" >&2; exit 1; }
mkdir -p "$2"
copy=$2/news-$(date +%a).db
[ ! "$copy" -ef "$1" ] || { echo "backup.sh: $copy: is the database itself: name another folder" >&2; exit 2; }
rm -f "$copy.part"
said=$("$tools/sqlite-utils" "$1" "VACUUM INTO '$copy.part'" 2>&1) || {
    echo "backup.sh: $1: no backup was made: $(printf %s "$said" | tail -n 1)" >&2
    rm -f "$copy.part"
    exit 1
}
"$tools/sqlite-utils" "$copy.part" "PRAGMA quick_check" | grep -q '"ok"' || { echo "backup.sh: $copy.part: damaged" >&2; exit 1; }
mv "$copy.part" "$copy"
