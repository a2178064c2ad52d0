# Runs every test project, two at a time, and sums up. A project that crashes, hangs or runs no test has failed.
# shellcheck shell=bash

test_usage='Usage: ./kp test [--long] [FILTER]

Runs all tests and ends with the line "N passed, N failed, N skipped".

  --long   also the tests that take more than a minute each
  FILTER   only what has this in its name: a test project, else test classes and methods

Up to three tests of a project that fail are run once more, by themselves: one that
passes then counts as passed and is told as unsteady, with what it failed with.

KP_TEST_JOBS sets how many test projects run at a time (2).'

run_tests() {
  local long='' filter=''
  while (($#)); do
    case $1 in
      --long) long=1 ;;
      -h | --help) printf '%s\n' "$test_usage"; exit 0 ;;
      -*) fail "there is no option $1" './kp test --help shows how it is used' 2 ;;
      *)
        [[ -z $filter ]] || fail 'more than one filter' './kp test --help shows how it is used' 2
        filter=$1
        ;;
    esac
    shift
  done

  install_test_tools
  if ! (bring_up_to_date all dev); then
    printf '0 passed, 1 failed, 0 skipped\n'
    exit 1
  fi
  find_dotnet
  # The home of a stack that the person runs is none of the tests' business.
  unset KP_HOME KP_PORT_BASE KP_KAFKA KP_CLICKHOUSE KP_POSTGRES
  export DOTNET_NOLOGO=1 DOTNET_ROOT=${dotnet%/*}
  run_projects "$long" "$filter"
}

# What only tests need and only Debian has. Where it cannot be installed, the tests that need it skip and say so.
install_test_tools() {
  local -a missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v kcat >/dev/null || missing+=(kcat)
  command -v strace >/dev/null || missing+=(strace)
  /usr/bin/python3 -c 'import kafka' 2>/dev/null || missing+=(python3-kafka)
  command -v go >/dev/null || missing+=(golang-go)
  [[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]] || missing+=(golang-golang-x-mod-dev)
  ((${#missing[@]})) || return 0
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    say "not installed: ${missing[*]}; the tests that need them skip (as root on Debian they would be installed)"
    return
  fi
  mkdir -p -- "$artifacts"
  (step "Debian packages ${missing[*]}" install_debian_packages "${missing[@]}") ||
    say "going on without ${missing[*]}; the tests that need them skip"
}

install_debian_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -q --no-install-recommends "$@" ||
    { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; }
}

run_projects() {
  local long=$1 filter=$2 jobs=${KP_TEST_JOBS:-2} project name running=0
  local results=$artifacts/tests
  rm -rf -- "$results"
  mkdir -p -- "$results"
  for project in "$root"/tests/*/*.Tests.csproj; do
    name=$(basename -- "$project" .csproj)
    if ((running == jobs)); then
      wait -n || :
      running=$((running - 1))
    fi
    run_project "$name" "$long" "$filter" "$results/$name" &
    running=$((running + 1))
  done
  wait
  sum_up "$results"
}

# run_project NAME LONG FILTER RESULT: writes RESULT.log, and to RESULT.counts "passed failed skipped".
run_project() {
  local name=$1 long=$2 filter=$3 result=$4 begun=$SECONDS code=0 passed failed skipped
  local -a options=(--no-ansi --progress off --ignore-exit-code 8)
  [[ -n $long ]] || options+=(--filter-not-trait Length=long)
  [[ -z $filter || ${name,,} == *"${filter,,}"* ]] || options+=(--filter-method "*$filter*")
  timeout --kill-after=20 "$([[ -n $long ]] && echo 180m || echo 60m)" \
    "$dotnet" "$artifacts/bin/$name/release/$name.dll" "${options[@]}" </dev/null >"$result.log" 2>&1 || code=$?
  passed=$(summary_of succeeded "$result.log")
  failed=$(summary_of failed "$result.log")
  skipped=$(summary_of skipped "$result.log")
  # A process that ended without a summary, or with one that does not explain its exit code, counts as a failed test.
  if ((code != 0 && ${failed:-0} == 0)); then
    failed=1
    printf 'ended with exit code %s%s\n' "$code" "$( ((code != 124)) || echo ': it took too long')" >>"$result.log"
  fi
  if ((${failed:-0})); then
    sed "s/^/$name | /" -- "$result.log" >&2
    if run_again "$name" "$result"; then
      passed=$((passed + failed)) failed=0
    fi
  fi
  printf '%s %s %s\n' "${passed:-0}" "${failed:-0}" "${skipped:-0}" >"$result.counts"
  if ((${passed:-0} + ${failed:-0} + ${skipped:-0})) || [[ -z $filter ]]; then
    say "$name: ${passed:-0} passed, ${failed:-0} failed, ${skipped:-0} skipped, $((SECONDS - begun)) s"
  fi
}

# run_again NAME RESULT: whether the tests that failed pass by themselves. Engines, browsers and crashes on a machine that
# others share fail now and then for want of time; more than three, or a process that crashed, is no such thing.
run_again() {
  local name=$1 result=$2 method
  local -a methods filters=()
  mapfile -t methods < <(sed -n 's/^failed \([A-Za-z0-9_.]*\).*/\1/p' -- "$result.log" | sort -u)
  ((${#methods[@]} >= 1 && ${#methods[@]} <= 3)) || return 1
  for method in "${methods[@]}"; do
    filters+=(--filter-method "$method")
  done
  timeout --kill-after=20 30m "$dotnet" "$artifacts/bin/$name/release/$name.dll" --no-ansi --progress off "${filters[@]}" \
    </dev/null >"$result.again.log" 2>&1 || return 1
  say "unsteady: ${methods[*]} failed beside others and passed alone"
}

# summary_of WORD LOG: the number behind "WORD:" in the summary at the log's end; nothing where there is none.
summary_of() {
  sed -n "/^Test run summary/,\$s/^ *$1: *\([0-9][0-9]*\).*/\1/p" -- "$2" | tail -n 1
}

sum_up() {
  local passed=0 failed=0 skipped=0 p f s counts
  for counts in "$1"/*.counts; do
    [[ -e $counts ]] || continue
    read -r p f s <"$counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done
  if ((passed + failed + skipped == 0)); then
    say 'no test has that in its name'
    failed=1
  fi
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0)) || exit 1
  exit 0
}
