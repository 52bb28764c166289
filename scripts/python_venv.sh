# To be sourced: programs from PyPI, a venv each in CATCHWATER_CACHE.
: "${CATCHWATER_CACHE:?set by the Makefile}"
mkdir -p "$CATCHWATER_CACHE/bin"

# install NAME VERSION PACKAGE...: a venv `NAME-VERSION`, whole or not there.
install() {
  home="$CATCHWATER_CACHE/$1-$2"
  if [ ! -e "$home/installed" ]; then
    echo "setup: installing $1 $2 (PyPI)" >&2
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check "${@:3}"
    touch "$home/installed"
  fi
}

# link NAME TARGET: bin/NAME leads to a file of the cache.
link() { ln -sfn "../$2" "$CATCHWATER_CACHE/bin/$1"; }
