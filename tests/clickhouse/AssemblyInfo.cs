using KpTelemetry.ClickHouse.Tests;

[assembly: AssemblyFixture(typeof(SharedHost))]
