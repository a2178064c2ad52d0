using System.Text.Json;
using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Cli.Stacks;

/// <summary>What a running stack says of itself in its home (<c>stack.json</c>): processes, ports and addresses, no secret.</summary>
/// <param name="Supervisor">The process that started the others and stops them.</param>
/// <param name="PortBase">The first of the stack's ports.</param>
/// <param name="Ingest">Where ingest answers.</param>
/// <param name="QueryApi">Where the query API and the dashboards answer.</param>
/// <param name="ClickHouse">Where ClickHouse answers, without credentials.</param>
/// <param name="Kafka">HOST:PORT of the broker.</param>
/// <param name="Ready">Whether everything has answered since the stack was started.</param>
/// <param name="Processes">One entry per supervised process, in the order in which they start.</param>
public sealed record RunFile(
    ProcessIdentity Supervisor,
    int PortBase,
    string Ingest,
    string QueryApi,
    string ClickHouse,
    string Kafka,
    bool Ready,
    IReadOnlyList<RunningProcess> Processes)
{
    /// <summary>Reads the run file of a home.</summary>
    /// <returns>Null where there is none, where it cannot be read as one, or where its supervisor no longer runs.</returns>
    public static RunFile? ReadLive(StackHome home)
    {
        try
        {
            var file = JsonSerializer.Deserialize<RunFile>(File.ReadAllBytes(home.RunFile), JsonOutput.Options);
            return file is { Supervisor: not null, Processes: not null } && file.Supervisor.IsAlive() ? file : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw new KpFailure($"{home.RunFile} belongs to another user", "run the command as the user who started the stack, or name another home with KP_HOME");
        }
    }

    /// <summary>Replaces the run file whole: a reader sees the old one or the new one.</summary>
    public void Write(StackHome home)
    {
        var next = home.RunFile + ".next";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(this, JsonOutput.Options));
        File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(next, home.RunFile, overwrite: true);
    }
}

/// <summary>One supervised process as the run file tells it.</summary>
/// <param name="Name">Its name in <c>kp status</c> and <c>kp logs</c>.</param>
/// <param name="State">What the supervisor knows of it.</param>
/// <param name="Port">The port it serves on; null where it serves none.</param>
/// <param name="Health">The address that answers 2xx when it is ready; null where it is asked another way.</param>
/// <param name="Process">The process; null while none runs.</param>
/// <param name="StartedAt">When that process was started.</param>
/// <param name="Restarts">How often it was started again since the stack came up.</param>
/// <param name="Detail">Why it is in this state, one line; empty when it is ready.</param>
public sealed record RunningProcess(
    string Name,
    ProcessState State,
    int? Port,
    string? Health,
    ProcessIdentity? Process,
    DateTimeOffset? StartedAt,
    int Restarts,
    string Detail);

/// <summary>What the supervisor knows of a process.</summary>
public enum ProcessState
{
    /// <summary>Not started yet, or stopped with the stack.</summary>
    Stopped,

    /// <summary>Started, has not answered yet.</summary>
    Starting,

    /// <summary>Answers.</summary>
    Ready,

    /// <summary>Runs and does not answer as ready.</summary>
    Unready,

    /// <summary>Ended by itself; it is started again after a pause.</summary>
    BackingOff,

    /// <summary>A server of the user's own, named by a setting; the stack does not run it.</summary>
    External,
}
