using System.Runtime.InteropServices;
using KpTelemetry.Local.ClickHouse.Sql;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>The engine of this process. One per process, and one process per data directory.</summary>
public sealed unsafe class EmbeddedEngine : IDisposable
{
    private readonly string[] _arguments;

    // The engine lives as long as some connection is open: this one. It also kills queries, so it is never busy long.
    private readonly EngineConnection _root;
    private readonly Lock _rootLock = new();

    private EmbeddedEngine(string[] arguments, EngineConnection root, string spool)
    {
        Spool = spool;
        _arguments = arguments;
        _root = root;
        Version = root.Query("select version()").Trim();
        Timezone = root.Query("select timezone()").Trim();
        Catalog = EngineCatalog.Read(root);
    }

    /// <summary>The engine's version, such as 26.7.2.1.</summary>
    public string Version { get; }

    /// <summary>The engine's time zone.</summary>
    public string Timezone { get; }

    public EngineCatalog Catalog { get; }

    /// <summary>A folder for files that live as long as a request.</summary>
    public string Spool { get; }

    /// <summary>Loads the library and starts the engine on its data; what a crash left behind is put in order.</summary>
    /// <exception cref="DllNotFoundException">The library cannot be loaded.</exception>
    /// <exception cref="EngineException">The engine does not start on this directory.</exception>
    public static EmbeddedEngine Start(string home, string library)
    {
        ChdbNative.LoadFrom(library);
        // Before the first connection: the runtime's own handlers turn a null reference into an exception.
        ChdbNative.SetSignalHandlersEnabled(0);
        var arguments = EngineFiles.Prepare(home);
        return new EmbeddedEngine(arguments, Connect(arguments), EngineFiles.PrepareSpool(home));
    }

    /// <summary>Opens a session.</summary>
    /// <param name="settings">Settings that the host itself gives, past the constraints that bind statements.</param>
    public EngineConnection Open(IEnumerable<KeyValuePair<string, string>> settings) =>
        Connect([.. _arguments, .. settings.Select(x => $"--{x.Key}={x.Value}")]);

    /// <summary>Asks the running statement with this comment to stop; it ends with QUERY_WAS_CANCELLED.</summary>
    public void Kill(string comment)
    {
        lock (_rootLock) _root.Query($"KILL QUERY WHERE Settings['log_comment'] = {SqlQuoting.Literal(comment)} ASYNC");
    }

    /// <summary>Whether the running statement with this comment has been killed and has not ended yet.</summary>
    public bool IsKilled(string comment)
    {
        lock (_rootLock)
            return _root.Query($"SELECT count() FROM system.processes WHERE is_cancelled AND Settings['log_comment'] = {SqlQuoting.Literal(comment)}").Trim() != "0";
    }

    /// <summary>Closes the engine; no other connection may be open.</summary>
    public void Dispose()
    {
        lock (_rootLock) _root.Dispose();
    }

    private static EngineConnection Connect(string[] arguments)
    {
        string[] all = ["clickhouse", .. arguments];
        var pointers = stackalloc byte*[all.Length];
        try
        {
            for (var i = 0; i < all.Length; i++) pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i]);
            var connection = ChdbNative.Connect(all.Length, pointers);
            if (connection == null) throw EngineException.Of(ErrorCode.BadArguments, "The engine does not take the connection");
            return new EngineConnection(connection);
        }
        finally
        {
            for (var i = 0; i < all.Length; i++) Marshal.FreeCoTaskMem((nint)pointers[i]);
        }
    }
}
