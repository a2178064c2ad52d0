using System.Reflection;

namespace KpTelemetry.Schemas;

/// <summary>Where the migrations lie: embedded resources <c>postgres/NNNN_name.sql</c> and <c>clickhouse/NNNN_name.sql</c>.</summary>
public static class SchemasAssembly
{
    /// <summary>This assembly.</summary>
    public static Assembly Instance { get; } = typeof(SchemasAssembly).Assembly;
}
