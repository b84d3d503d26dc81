#!/usr/bin/env bash
# Makes .venv from the pinned requirements on first use, then hands everything to `python -m repro`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${REPRO_VENV:-$root/.venv}

fail() { echo "error: $*" >&2; exit 2; }

find_python() {  # prints the first Python that TensorFlow has wheels for
  local name found=""
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
    command -v "$name" >/dev/null 2>&1 || continue
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      command -v "$name"
      return
    fi
    found="$found $("$name" --version 2>&1 | head -n 1) ($(command -v "$name"))"
  done
  fail "repro needs Python 3.11, 3.12 or 3.13; found:${found:- none}. Install one, or name it: PYTHON=/path/to/python3.12 bash run.sh ..."
}

requirements=requirements.txt
case "${1:-}" in check | test | notebooks) requirements=requirements-dev.txt ;; esac

# The stamp names exactly what was installed, with every file, since they name each other; it is written last, so
# an interrupted install is repeated.
install() {
  local tensorflow="" stamp
  if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU; then
    tensorflow=$(sed -n 's/^tensorflow==/tensorflow[and-cuda]==/p' "$root/requirements.txt")
  fi
  stamp="$venv/.installed-$(cat "$root"/requirements*.txt <(echo "$requirements$tensorflow") | cksum | tr ' ' '-')"
  [ -f "$stamp" ] && return
  local python; python=$(find_python) || exit $?
  # Minutes of installing are no way to be told of a misspelt word.
  PYTHONPATH="$root" "$python" -P "$root/repro/cli/before_install.py" "$@" >/dev/null || [ $? -ne 2 ] || exit 2
  echo "[run.sh] $([ -d "$venv" ] && echo updating || echo making) $venv with $requirements (once; a few minutes)" >&2
  [ -x "$venv/bin/python" ] || "$python" -m venv --clear "$venv" || fail "$python cannot make a virtual environment; on Debian: apt install python3-venv"
  PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/python" -m pip install --quiet -r "$root/$requirements" $tensorflow \
    || fail "pip could not install $requirements (see above); the next call tries again"
  touch "$stamp"
}

install "$@"
export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-3}  # TensorFlow's start-up lines would bury our own
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
exec "$venv/bin/python" -m repro "$@"
