using System.Globalization;
using Spectre.Console;

namespace KpTelemetry.Cli.Audit;

/// <summary>What the person at the terminal sees while a record is gone through.</summary>
internal static class AuditScreen
{
    /// <summary>Does the work with a progress bar where there is a terminal to draw it on.</summary>
    public static async Task<T> ShowAsync<T>(string doing, bool visible, Func<IProgress<(long Done, long Entries)>, Task<T>> work)
    {
        if (!visible || Console.IsOutputRedirected)
            return await work(new Bar(null, doing));
        return await AnsiConsole.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bar(context.AddTask(doing), doing)));
    }

    private sealed class Bar(ProgressTask? task, string doing) : IProgress<(long Done, long Entries)>
    {
        public void Report((long Done, long Entries) value)
        {
            if (task is null)
                return;
            (task.MaxValue, task.Value) = (Math.Max(1, value.Entries), value.Done);
            task.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{doing}, {value.Done:n0} of {value.Entries:n0} entries"));
        }
    }
}
