using System.CommandLine;
using System.Globalization;
using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Cli.Audit;

/// <summary>
/// <c>kp audit rebuild</c>: has what is projected from the record (what the staff did, whose sign-ons failed) made anew
/// beside what answers, and waits until the new one does.
/// </summary>
internal static class ProjectionCommand
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500);

    // Behind it lies a process that is not there: the work itself shows progress within seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("rebuild", "Make anew what is projected from the record, while the old one goes on answering, then let the new one answer") { JsonOutput.Option };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(JsonOutput.Option), TimeProvider.System, cancel));
        return command;
    }

    private static async Task<int> RunAsync(bool json, TimeProvider time, CancellationToken cancel)
    {
        using var place = RecordPlace.Open();
        var generations = new Generations(place.Store);
        if (!await generations.TryBeginAsync(cancel))
            Console.Error.WriteLine("a rebuild is under way already: this is how it ends");
        var asked = (await generations.ReadAsync(cancel))[^1];
        var built = await AuditScreen.ShowAsync("rebuilding", !json, progress => UntilItAnswersAsync(generations, asked, progress, time, cancel));
        if (json)
            JsonOutput.Write(new { Generation = built.Number, built.Entries });
        else
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"generation {built.Number} answers, from {built.Entries} entries of the record"));
        return ExitCode.Done;
    }

    private static async Task<Generation> UntilItAnswersAsync(Generations generations, Generation asked, IProgress<(long Done, long Entries)> progress, TimeProvider time, CancellationToken cancel)
    {
        var (moved, entries) = (time.GetTimestamp(), -1L);
        while (true)
        {
            // Another version of the program gives up what was begun, and begins one itself: the newest is the one that counts.
            var newest = (await generations.ReadAsync(cancel))[^1];
            if (newest.Answers && newest.Number >= asked.Number && newest.Entries >= asked.Record)
                return newest;
            progress.Report((newest.Entries, newest.Record));
            if (newest.Entries != entries)
                (moved, entries) = (time.GetTimestamp(), newest.Entries);
            if (time.GetElapsedTime(moved) > Patience)
                throw new KpFailure("the rebuild does not get on; what answered before still does", "the processors do it: ./kp status shows whether they run, ./kp logs processors what they say");
            await Task.Delay(AskEvery, time, cancel);
        }
    }
}
