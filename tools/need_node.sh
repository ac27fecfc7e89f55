#!/usr/bin/env bash
# Shopify's tools and the storefront's checks run on Node. Say clearly when there is none, or an old one.
set -euo pipefail

if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
  echo "Regulars needs Node 20 or later with npm: see nodejs.org, or your system's package manager." >&2
  exit 1
fi
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; then
  echo "Regulars needs Node 20 or later; this is $(node --version)." >&2
  exit 1
fi
