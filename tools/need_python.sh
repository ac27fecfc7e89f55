#!/usr/bin/env bash
# Print the Python to build with: $PYTHON, or the first one of version 3.11 or later. Or say clearly what is missing.
set -euo pipefail

for candidate in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13 python3.14 python; do
  path=$(command -v "$candidate" 2> /dev/null) || continue
  if "$path" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
    echo "$path"
    exit 0
  fi
done
echo "Regulars needs Python 3.11 or later with its venv module (Debian: apt-get install python3 python3-venv)." >&2
exit 1
