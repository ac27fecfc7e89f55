#!/usr/bin/env bash
# The browser tests drive the system's Chromium; nothing else needs one, so its absence is no failure.
set -uo pipefail

for browser in chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$browser" > /dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "Installing Chromium for the browser tests ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
    > /dev/null && exit 0
fi
echo "There is no Chromium: the demo works without, the browser tests are skipped. Debian: apt-get install chromium." >&2
