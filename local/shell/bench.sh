# The benchmarks: BenchmarkDotNet for the inner loops, and whatever else benchmarks/ offers by name.
# shellcheck shell=bash

run_benchmarks() {
  bring_up_to_date all
  become "$root/artifacts/bin/KpTelemetry.Benchmarks/release/KpTelemetry.Benchmarks.dll" "$@"
}
