#!/usr/bin/env bash
# Verifies the systemd unit and its hardening with systemd's own tools; no systemd has to be running.
# Exit 0 when the unit is valid and its exposure is at most 2.0 of 10.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The programs are not installed where tests run: any program that exists stands for them.
sed 's#/usr/bin/vigied#/bin/true#' systemd/vigied.service >"$folder/vigied.service"
systemd-analyze verify --man=no "$folder/vigied.service"
systemd-analyze security --offline=true --threshold=20 "$folder/vigied.service" | tail -n 1
