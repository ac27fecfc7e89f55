"""Load and growth against peers, as ratios of one run: `python -m bench` (or `make bench`) writes bench/results.md."""
