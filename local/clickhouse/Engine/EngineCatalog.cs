using System.Collections.Frozen;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>What this version of the engine knows, by its own system tables.</summary>
public sealed record EngineCatalog(
    FrozenSet<string> TableFunctions,
    FrozenSet<string> TableEngines,
    FrozenSet<string> DatabaseEngines,
    FrozenSet<string> Settings,
    FrozenSet<string> InputFormats,
    FrozenSet<string> OutputFormats)
{
    internal static EngineCatalog Read(EngineConnection connection) => new(
        Names(connection, "select name from system.table_functions"),
        Names(connection, "select name from system.table_engines"),
        Names(connection, "select name from system.database_engines"),
        Names(connection, "select name from system.settings"),
        Names(connection, "select name from system.formats where is_input").ToFrozenSet(StringComparer.OrdinalIgnoreCase),
        Names(connection, "select name from system.formats where is_output").ToFrozenSet(StringComparer.OrdinalIgnoreCase));

    private static FrozenSet<string> Names(EngineConnection connection, string query) =>
        connection.Query(query).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
