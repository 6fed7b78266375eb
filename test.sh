#!/usr/bin/env bash
# Runs all tests and provides what they need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'TEXT'
Usage: ./test.sh [ARGUMENTS FOR dotnet test]

Builds the solution (Release) and runs all tests. Needs the .NET 10 SDK. PostgreSQL's binaries and Chromium are needed,
too; where they are missing they are installed (Debian; as root or with sudo that asks for no password).

Examples:
  ./test.sh                                       all tests
  ./test.sh --filter FullyQualifiedName~Protocol  some of them

Long cases run at a size that suits a build server. More, by environment variables:
  ALLDATA_TEST_SCHEDULES      random schedules of the put engine (default 250000)
  ALLDATA_TEST_POLICY_EVENTS  events whose replicas are counted over six silos (default 5000)
  ALLDATA_TEST_PHASE_ACKS     acknowledged puts in each phase of the tests that kill silos (default 500)
  ALLDATA_TEST_KILL_ROUNDS    rounds of killing six silos at once (default 2)
  ALLDATA_TEST_STORE_KILLS    kills of a process that writes to a store, for SQLite and for PostgreSQL (default 10)
  ALLDATA_TEST_CHAOS_SECONDS  how long silos are killed, hung, wiped and damaged under load (default 45)
  ALLDATA_TEST_CHAOS_SEED     decides which and when (default 1)
  ALLDATA_TEST_FUZZ_REQUESTS  requests of the fuzz of HTTP (default 10000; a minute at most)
  ALLDATA_TEST_FUZZ_SEED      decides them (default 1)
  ALLDATA_TEST_SERVER_KILLS   kills of the PostgreSQL server behind a store (default 2)
  ALLDATA_TEST_PICTURES       a directory for pictures of the console while its test goes on (default: none are taken)
  ALLDATA_TEST_HANG_TIMEOUT   how long the run may go on without the end of a test, for instance 30m (default 12m)
TEXT
}

fail() {
    echo "test.sh: $*" >&2
    exit 1
}

has_postgresql() {
    command -v initdb >/dev/null && command -v postgres >/dev/null && return
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

install() {
    local package=$1 what=$2 as_root=()
    command -v apt-get >/dev/null || fail "$what is missing and there is no apt-get here. Install the package '$package' and put its programs into PATH."
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "$what is missing and may not be installed from here. Run: sudo apt-get install $package"
        as_root=(sudo -n)
    fi
    echo "test.sh: installing $what, which some tests need"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package"
}

install_postgresql() {
    install postgresql "PostgreSQL (initdb, postgres)"
    has_postgresql || fail "the package 'postgresql' was installed, but initdb is neither in PATH nor in /usr/lib/postgresql/*/bin."
}

install_chromium() {
    install chromium "Chromium"
    command -v chromium >/dev/null || fail "the package 'chromium' was installed, but there is no program of that name in PATH."
}

case "${1:-}" in
    -h | --help) usage; exit 0 ;;
esac

command -v dotnet >/dev/null || fail "the .NET SDK is missing. Install version $(sed -n 's/.*"version": "\(.*\)".*/\1/p' global.json) or later: https://dotnet.microsoft.com/download"
has_postgresql || install_postgresql
command -v chromium >/dev/null || install_chromium

dotnet build -c Release --nologo -v quiet AllData.Orleans.sln
# No test may wait without end: when none has ended for so long, the run stops and names those in flight.
readonly HANG_TIMEOUT=${ALLDATA_TEST_HANG_TIMEOUT:-12m}
dotnet test -c Release --no-build --nologo --logger 'console;verbosity=minimal' \
    --blame-hang-timeout "$HANG_TIMEOUT" --blame-hang-dump-type none Tests "$@"
