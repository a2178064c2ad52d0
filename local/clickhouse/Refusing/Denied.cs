using System.Collections.Frozen;

namespace KpTelemetry.Local.ClickHouse.Refusing;

/// <summary>What is refused by name, beside everything that <see cref="Allowed"/> leaves out.</summary>
internal static class Denied
{
    /// <summary>
    /// Settings that make a format read or write a file or ask a host, that hold an expression or change the language
    /// a statement is written in, or that point signals at this process's threads.
    /// </summary>
    public static readonly FrozenSet<string> Settings = Set(
        "format_schema", "format_schema_source", "format_schema_message_name", "output_format_schema",
        "format_template_row", "format_template_resultset", "format_avro_schema_registry_url",
        "input_format_record_errors_file_path", "rename_files_after_processing", "url_base",
        "additional_table_filters", "additional_result_filter", "parallel_replicas_custom_key", "schema_inference_hints",
        "implicit_table_at_top_level", InterpretValues, DeduceValueTemplates,
        "dialect", "polyglot_dialect", "allow_experimental_kusto_dialect", "allow_experimental_prql_dialect",
        "allow_experimental_polyglot_dialect", "promql_database", "promql_table",
        "allow_introspection_functions", "allow_python_table_function", "allow_experimental_ai_functions",
        "dynamic_disk_allow_from_env", "dynamic_disk_allow_include", "dynamic_disk_allow_from_zk",
        "query_profiler_real_time_period_ns", "query_profiler_cpu_time_period_ns", "jemalloc_enable_profiler",
        "log_comment");

    /// <summary>Lets VALUES hold expressions; set by the host where it has read them all.</summary>
    public const string InterpretValues = "input_format_values_interpret_expressions";

    /// <inheritdoc cref="InterpretValues"/>
    public const string DeduceValueTemplates = "input_format_values_deduce_templates_of_expressions";

    /// <summary>
    /// Functions that read a file or ask a host. They are refused where they are called and where their name alone
    /// is a call: after APPLY, and as an argument of arrayMap and its like.
    /// </summary>
    public static readonly FrozenSet<string> Functions = Set(
        "file", "hasColumnInTable", "catboostEvaluate", "reverseDNSQuery", "showCertificate",
        "aiClassify", "aiEmbed", "aiExtract", "aiGenerate", "aiTranslate");

    /// <summary>Other names that are refused before a parenthesis: disks, sources of dictionaries, another language.</summary>
    public static readonly FrozenSet<string> Constructors = Set("disk", "source", "kql", "python", "values", "backup");

    /// <summary>Statements that the engine knows and the host does not pass on; any other word is no statement at all.</summary>
    public static readonly FrozenSet<string> Statements = Set(
        "BACKUP", "RESTORE", "ATTACH", "DETACH", "UNDROP", "GRANT", "REVOKE", "WATCH", "MOVE", "BEGIN", "START", "COMMIT",
        "ROLLBACK", "EXECUTE", "COPY", "PARALLEL", "REPLACE", "SNAPSHOT");

    /// <summary>Tables that do more than tell: reading this one sends a signal to every thread of the process.</summary>
    public static readonly FrozenSet<string> Tables = Set("stack_trace");

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
