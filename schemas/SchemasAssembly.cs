using System.Reflection;

namespace KpTelemetry.Schemas;

/// <summary>Where the migrations and the built-in policy lie: embedded resources <c>postgres/NNNN_name.sql</c>, <c>clickhouse/NNNN_name.sql</c> and <c>policies/REVISION.json</c>.</summary>
public static class SchemasAssembly
{
    /// <summary>This assembly.</summary>
    public static Assembly Instance { get; } = typeof(SchemasAssembly).Assembly;
}
