using System.Collections.Frozen;

namespace KpTelemetry.Local.ClickHouse.Refusing;

/// <summary>What stays open. Whatever else the engine knows of its kind is refused, also what a later version adds.</summary>
internal static class Allowed
{
    /// <summary>First words of statements.</summary>
    public static readonly FrozenSet<string> Statements = Set(
        "SELECT", "WITH", "FROM", "INSERT", "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "EXCHANGE", "OPTIMIZE", "SHOW",
        "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK", "USE", "SET", "SYSTEM", "KILL", "DELETE", "UPDATE");

    /// <summary>Second words after SYSTEM.</summary>
    public static readonly FrozenSet<string> System = Set("STOP", "START", "FLUSH", "DROP", "CLEAR");

    /// <summary>Second words after CREATE, once OR REPLACE and TEMPORARY are stepped over.</summary>
    public static readonly FrozenSet<string> Creations = Set("DATABASE", "TABLE", "VIEW", "MATERIALIZED");

    /// <summary>
    /// Table functions that compute and reach nothing outside the engine. Those that take a table's structure or data
    /// as a string (values, null, generateRandom, format, input) are not among them: an expression may stand in it.
    /// </summary>
    public static readonly FrozenSet<string> TableFunctions = Set(
        "numbers", "numbers_mt", "zeros", "zeros_mt", "generateSeries", "generate_series", "primes",
        "view", "viewIfPermitted", "merge", "mergeTreeIndex", "mergeTreeProjection");

    /// <summary>Table engines that keep their data inside the data directory, or nowhere.</summary>
    public static readonly FrozenSet<string> TableEngines = Set(
        "MergeTree", "ReplacingMergeTree", "SummingMergeTree", "AggregatingMergeTree", "CollapsingMergeTree",
        "VersionedCollapsingMergeTree", "CoalescingMergeTree", "GraphiteMergeTree", "Null", "Memory", "Log", "TinyLog",
        "StripeLog", "Set", "Join", "Buffer", "Merge", "View", "MaterializedView", "GenerateRandom");

    /// <summary>Database engines that keep their data inside the data directory, or nowhere.</summary>
    public static readonly FrozenSet<string> DatabaseEngines = Set("Atomic", "Ordinary", "Memory");

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
