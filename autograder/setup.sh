#!/usr/bin/env bash
# Gradescope runs this once, as root, when the image is built. It installs
# what grading needs where all users may enter, closes this folder to all
# but root, and verifies that the solution gets full marks: a broken image
# must fail here, not on the first submission.
set -euo pipefail

home="${AUTOGRADER_HOME:-/autograder}"
place="${AUTOGRADER_PLACE:-/opt/kmeans-autograder}"

if [ -z "${AUTOGRADER_NO_APT:-}" ]; then
    apt-get install -y --no-install-recommends python3-venv
fi
python3 -m venv "$place"
"$place/bin/python" -m pip install --quiet --no-input \
    --requirement "$home/source/requirements.txt"
chmod -R a+rX "$place"
chown -R root:root "$home/source"
chmod -R go= "$home/source"
cd "$home/source"
"$place/bin/python" -s -B -m autograder selftest
