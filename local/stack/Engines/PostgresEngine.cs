using System.Diagnostics;
using System.Globalization;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Local.Stack.Supervision;
using Npgsql;

namespace KpTelemetry.Local.Stack.Engines;

/// <summary>PostgreSQL from the binaries in node_modules: one cluster in the home, loopback only.</summary>
internal sealed class PostgresEngine(StackHome home, int port)
{
    private readonly string binaries = EngineFiles.Postgres ?? throw EngineMissing.Of("PostgreSQL", "KP_POSTGRES");
    private readonly string data = Path.Combine(home.Directory, "postgres", "data");

    /// <summary>How the stack runs it.</summary>
    public ComponentSpec Spec => new("postgres", [port], PrepareAsync, WhyNotReadyAsync)
    {
        // SIGINT is the fast shutdown: sessions end, data is flushed. SIGTERM would wait for sessions to end by themselves.
        StopSignal = Signals.Interrupt,
    };

    private async Task<Launch> PrepareAsync(CancellationToken cancel)
    {
        if (!Directory.Exists(data))
        {
            await InitialiseAsync(cancel);
        }

        RemoveStalePidFile();
        return new Launch(binaries, ["-D", data, .. Settings().SelectMany(setting => new[] { "-c", setting })])
        {
            Identity = PostgresUser.Identity,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LC_ALL"] = "C", ["TZ"] = "UTC" },
            // An immediate shutdown: the postmaster takes its backends along, and recovers from the log at the next start.
            DeathSignal = "QUIT",
        };
    }

    /// <summary>Makes the cluster beside its place and moves it there whole, so that an interrupted attempt leaves nothing half-made.</summary>
    private async Task InitialiseAsync(CancellationToken cancel)
    {
        var next = data + ".next";
        if (Directory.Exists(next))
        {
            Directory.Delete(next, recursive: true);
        }

        Directory.CreateDirectory(next, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var passwordFile = Path.Combine(home.Directory, "postgres", "password.next");
        await WriteSecretAsync(passwordFile, EmbeddedPostgres.Password(home, EmbeddedPostgres.Superuser), cancel);
        try
        {
            PostgresUser.Own(next);
            PostgresUser.Own(passwordFile);
            await RunAsync(
                [.. PostgresUser.Prefix, Path.Combine(Path.GetDirectoryName(binaries)!, "initdb"), "-D", next, "-U", EmbeddedPostgres.Superuser,
                 $"--pwfile={passwordFile}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"],
                cancel);
        }
        finally
        {
            File.Delete(passwordFile);
        }

        Directory.Move(next, data);
    }

    private IEnumerable<string> Settings() =>
    [
        "listen_addresses=127.0.0.1",
        string.Create(CultureInfo.InvariantCulture, $"port={port}"),
        "unix_socket_directories=",
        "password_encryption=scram-sha-256",
        "fsync=on",
        "synchronous_commit=on",
        "full_page_writes=on",
        "shared_buffers=64MB",
        "max_connections=60",
        "work_mem=8MB",
        "maintenance_work_mem=32MB",
        "max_wal_size=512MB",
        "max_parallel_workers_per_gather=0",
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
        // Statements, their parameters and the DETAIL of errors can hold what people sent: none of it goes to the log.
        "log_statement=none",
        "log_min_error_statement=panic",
        "log_parameter_max_length_on_error=0",
        "log_error_verbosity=terse",
    ];

    /// <summary>
    /// A postmaster that was killed leaves its pid file, and refuses to start where that pid is another process by now.
    /// The file also names the shared memory by which a new postmaster sees that processes of the old one still write:
    /// it may go only once none is left, else both would write to the same data.
    /// </summary>
    private void RemoveStalePidFile()
    {
        var path = Path.Combine(data, "postmaster.pid");
        if (File.Exists(path) && !IsAnyProcessIn(data))
        {
            File.Delete(path);
        }
    }

    // Every process of PostgreSQL works in its data folder.
    private static bool IsAnyProcessIn(string folder) =>
        Directory.EnumerateDirectories("/proc")
            .Where(process => int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out _))
            .Any(process => WorkingFolderOf(process) == folder);

    private static string? WorkingFolderOf(string process)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task<string?> WhyNotReadyAsync(CancellationToken cancel)
    {
        try
        {
            await using var connection = new NpgsqlConnection(EmbeddedPostgres.SuperuserConnectionString(home, port));
            await connection.OpenAsync(cancel);
            await PostgresRole.EnsureAsync(connection, EmbeddedPostgres.Owner, EmbeddedPostgres.Password(home, EmbeddedPostgres.Owner), cancel);
            return null;
        }
        catch (PostgresException exception)
        {
            return exception.MessageText;
        }
        catch (NpgsqlException)
        {
            return "does not answer";
        }
    }

    private static async Task WriteSecretAsync(string path, string secret, CancellationToken cancel)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        await using var file = new FileStream(path, options);
        await using var writer = new StreamWriter(file);
        await writer.WriteLineAsync(secret.AsMemory(), cancel);
    }

    private static async Task RunAsync(string[] command, CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        // What went on after a stop would write to a home that may be gone. Output ends with the last process that has it.
        await using var killing = cancel.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = await process.StandardError.ReadToEndAsync(CancellationToken.None);
        await output;
        await process.WaitForExitAsync(CancellationToken.None);
        cancel.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            throw new KpFailure($"initdb failed: {errors.Trim()}", "free space on the disk of the home, or move it with KP_HOME");
        }
    }
}
