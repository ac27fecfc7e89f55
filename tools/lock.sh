#!/usr/bin/env bash
# Write requirements.lock and package-lock.json anew. Neither names a registry: any mirror serves the same bytes.
set -euo pipefail

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
.venv/bin/pip-compile --quiet --generate-hashes --all-extras --strip-extras --allow-unsafe --no-header \
  --no-emit-index-url --no-emit-find-links --annotation-style=line --output-file "$fresh" pyproject.toml
{
  echo "# Every package of the app and its tools, with hashes. Written by \`make lock\` from pyproject.toml; do not edit."
  cat "$fresh"
} > requirements.lock
npm install --package-lock-only --ignore-scripts --no-progress
