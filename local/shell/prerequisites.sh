# Finds the .NET SDK and Node, and says in one line which is missing and how to get it.
# shellcheck shell=bash

# fail REASON HINT [EXIT_CODE]
fail() {
  printf 'kp: %s\n    %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

# Looks also where the install script puts it, so that a fresh install works before the PATH is set.
find_dotnet() {
  local candidate
  for candidate in "${DOTNET_ROOT:+$DOTNET_ROOT/dotnet}" "$(command -v dotnet || true)" "${HOME:+$HOME/.dotnet/dotnet}"; do
    if [[ -n $candidate && -x $candidate ]]; then
      dotnet=$candidate
      return
    fi
  done
  fail '.NET SDK 10 is missing' 'get it from https://dotnet.microsoft.com/download (Debian and Ubuntu: the package dotnet-sdk-10.0)'
}

require_dotnet_sdk() {
  find_dotnet
  # An account without a home directory cannot hold the SDK's first-run files or the package cache.
  if [[ -z ${HOME-} || ! -w $HOME ]]; then
    export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-$root/artifacts/home}
    export NUGET_PACKAGES=${NUGET_PACKAGES:-$root/artifacts/home/packages}
    export npm_config_cache=${npm_config_cache:-$root/artifacts/home/npm}
  fi
  if ! (cd -- "$root" && "$dotnet" --version) >/dev/null 2>&1; then
    fail '.NET SDK 10.0.400 or later of version 10 is missing' 'get it from https://dotnet.microsoft.com/download (Debian and Ubuntu: the package dotnet-sdk-10.0)'
  fi
}

require_node() {
  local hint='get it from https://nodejs.org (Debian and Ubuntu: the packages nodejs and npm)'
  if ! command -v node >/dev/null; then
    fail 'Node 20 or later is missing' "$hint"
  fi
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  if ((major < 20)); then
    fail "Node 20 or later is missing (found $major)" "$hint"
  fi
  command -v npm >/dev/null || fail 'npm is missing' "$hint"
}

# Becomes a program of ours, in this process: signals reach it, and its exit code is kp's.
become() {
  find_dotnet
  # Short-lived and mostly idle programs: the profile's instrumentation would cost more than it gives back.
  export DOTNET_TieredPGO=${DOTNET_TieredPGO:-0} DOTNET_NOLOGO=1
  exec "$dotnet" "$@"
}
