#!/bin/sh
# Set-up for the Makefile: `setup.sh run` makes .venv with what the app needs, `setup.sh dev` adds what the
# tests need. Does nothing when the requirement files have not changed since the last time.
set -eu
cd "$(dirname "$0")/../.."
what=${1:-run}
venv=.venv
case $what in
    run) list=requirements.txt ;;
    dev) list=requirements-dev.txt ;;
    *) echo "usage: setup.sh run|dev" >&2; exit 2 ;;
esac

find_python() {
    too_old="" no_venv=""
    for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
        version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if ! "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            too_old="$name is Python $version"
        elif ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            no_venv=$version
        else
            python=$name
            return 0
        fi
    done
    if [ -n "$no_venv" ]; then
        echo "Python $no_venv is here but cannot make virtual environments. On Debian or Ubuntu, run:" >&2
        echo "    apt-get install python3-venv        (or python$no_venv-venv)" >&2
    elif [ -n "$too_old" ]; then
        echo "This project needs Python 3.11 or newer, but $too_old." >&2
        echo "Install a newer one (python.org, or apt/brew), or name it: make run PYTHON=/path/to/python3" >&2
    else
        echo "This project needs Python 3.11 or newer, but no python3 was found." >&2
        echo "Install it from python.org, with apt-get install python3 python3-venv, or with brew install python." >&2
    fi
    return 1
}

# A venv that was moved, or whose Python has gone, is made anew.
if ! "$venv/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    find_python
    echo "Making $venv with $("$python" --version) ..."
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

stamp() { # the file that says: the packages of `run` or `dev`, as they are listed now, are installed
    case $1 in
        run) echo "$venv/.installed-run-$(cksum < requirements.txt | tr -d ' ')" ;;
        dev) echo "$venv/.installed-dev-$(cat requirements.txt requirements-dev.txt | cksum | tr -d ' ')" ;;
    esac
}

if [ ! -e "$(stamp "$what")" ]; then
    echo "Installing the packages of $list into $venv (a minute or two the first time) ..."
    try=1
    until "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --retries 5 --timeout 60 --prefer-binary -r "$list"; do
        if [ $try -ge 3 ]; then
            echo "The packages could not be installed; see the lines above. Is the network there?" >&2
            exit 1
        fi
        try=$((try + 1))
        echo "That did not work; trying again ($try of 3) ..."
        sleep $((try * 3))
    done
    rm -f "$venv"/.installed-*
    : > "$(stamp run)"
    if [ "$what" = dev ]; then : > "$(stamp dev)"; fi
fi
