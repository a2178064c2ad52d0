using System.Globalization;
using Spectre.Console;

namespace KpTelemetry.Cli.Importing;

/// <summary>What the person at the terminal sees of an import: a bar, the speed, what is waited for. Thread-safe.</summary>
internal sealed class ImportScreen(ProgressTask? task, TimeProvider time)
{
    private readonly long _since = time.GetTimestamp();
    private string _phase = "";
    private string? _said;
    private long _lines;

    /// <summary>Runs an import with a progress bar where there is a terminal to draw it on.</summary>
    public static async Task<T> ShowAsync<T>(bool visible, TimeProvider time, Func<ImportScreen, Task<T>> import)
    {
        if (!visible || Console.IsOutputRedirected)
            return await import(new ImportScreen(null, time));
        return await AnsiConsole.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new RemainingTimeColumn())
            .StartAsync(context => import(new ImportScreen(context.AddTask("importing"), time)));
    }

    /// <summary>A new part of the work, of so many bytes.</summary>
    public void Begin(string phase, long bytes)
    {
        _phase = phase;
        if (task is null)
            return;
        (task.MaxValue, task.Value) = (Math.Max(1, bytes), 0);
        Describe(null);
    }

    public void At(long bytes)
    {
        if (task is not null)
            task.Value = bytes;
    }

    public void Sent(long bytes, long lines)
    {
        Interlocked.Add(ref _lines, lines);
        task?.Increment(bytes);
        Describe(null);
    }

    /// <summary>Why nothing moves, or null when it moves again.</summary>
    public void Wait(string? reason)
    {
        if (task is null && reason is not null && reason != _said)
            Console.Error.WriteLine($"{reason}: waiting");
        _said = reason;
        Describe(reason);
    }

    private void Describe(string? waiting)
    {
        if (task is null)
            return;
        var seconds = time.GetElapsedTime(_since).TotalSeconds;
        var speed = Interlocked.Read(ref _lines) is > 0 and var lines ? string.Create(CultureInfo.InvariantCulture, $" {lines / Math.Max(seconds, 0.001):n0} lines/s") : "";
        task.Description = Markup.Escape(waiting is null ? _phase + speed : $"{waiting}: waiting");
    }
}
