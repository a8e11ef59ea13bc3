#!/bin/sh
# Installs what only the tests need: Chromium, in which they open the pages that varve makes.
#
# Where it cannot be installed, the tests of pages say so and are skipped; with CI set they must run.
set -u

say() { printf '%s\n' "$*" >&2; }

missing() {
    say "varve: no Chromium for the tests of pages: $1"
    [ -z "${CI:-}" ] && exit 0
    exit 1
}

[ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && exit 0
for path in /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    [ -x "$path" ] && exit 0
done

[ "$(uname -s)" = Linux ] || missing "install Chrome, or name a Chromium in CHROMIUM"
command -v apt-get >/dev/null 2>&1 || missing "install it with your package manager"
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    # Nobody sits there to be asked for a password.
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null ||
        missing "as root, run: apt-get update && apt-get install -y chromium"
    sudo="sudo -n"
fi
say "varve: installing chromium for the tests of pages"
$sudo apt-get update -qq >&2 &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-dejavu-core >&2 ||
    missing "apt-get could not install it"
