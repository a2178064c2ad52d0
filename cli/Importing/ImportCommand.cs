using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Ingesting;
using KpTelemetry.Cli.Sites;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Importing;

/// <summary>
/// <c>kp import</c>: sends log files, and waits until what they hold has been counted and decided upon. Every file is read
/// once to its end before anything of it is sent, so that a damaged one is found first.
/// </summary>
public static class ImportCommand
{
    private static readonly string[] Formats = ["auto", "common", "combined"];
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var files = new Argument<string[]>("file") { Description = "Log files: plain, gzip, zstd or bzip2, told by their content; patterns", Arity = ArgumentArity.OneOrMore };
        var site = new Option<string>("--site") { Description = "The site whose log it is (./kp site list)", Required = true };
        var format = new Option<string>("--format") { Description = $"One of {string.Join(", ", Formats)}", DefaultValueFactory = _ => Formats[0] };
        format.Validators.Add(result =>
        {
            if (!Formats.Contains(result.GetValueOrDefault<string>(), StringComparer.Ordinal))
                result.AddError($"--format is one of {string.Join(", ", Formats)}");
        });
        var partial = new Option<bool>("--partial") { Description = "The files will grow: send whole lines only, and tell no end" };
        var command = new Command("import", "Send log files to the running stack") { files, site, format, partial, JsonOutput.Option };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(files)!,
            new ImportOptions(parsed.GetValue(site)!, parsed.GetValue(format)!, parsed.GetValue(partial)),
            parsed.GetValue(JsonOutput.Option),
            TimeProvider.System,
            cancel));
        return command;
    }

    private static async Task<int> RunAsync(string[] arguments, ImportOptions options, bool json, TimeProvider time, CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        var files = FileArguments.Examine(arguments);
        using var ingest = new IngestClient(StackInfo.Require(), time);
        await RequireSiteAsync(ingest, options.Site, cancel);
        var imports = await ImportScreen.ShowAsync(!json, time, screen => ImportAsync(ingest, files, options, screen, time, cancel));
        var result = ImportResult.Of(imports, time.GetElapsedTime(since));
        if (json)
            JsonOutput.Write(result);
        else
            Console.Out.WriteLine(result.InWords);
        foreach (var (unfinished, _) in imports.Where(import => import.File.EndsInLine))
            Console.Error.WriteLine($"{unfinished.Path} ends within a line, which was taken as it is; --partial leaves it for later where the file still grows");
        return result.Lines > 0 && result.Accepted + result.Duplicates == 0
            ? throw new KpFailure("no line could be used", "is it the log of a web server, in the form that --format says?")
            : ExitCode.Done;
    }

    private static async Task RequireSiteAsync(IngestClient ingest, string site, CancellationToken cancel)
    {
        var names = await SiteCommand.NamesAsync(ingest, cancel);
        if (!names.Contains(site, StringComparer.Ordinal))
            throw new KpFailure($"there is no site {site}", $"defined are {string.Join(", ", names)}; ./kp site add defines another");
    }

    private static async Task<IReadOnlyList<(FileImport File, Progress Progress)>> ImportAsync(
        IngestClient ingest, IReadOnlyList<LogFile> files, ImportOptions options, ImportScreen screen, TimeProvider time, CancellationToken cancel)
    {
        ingest.Waiting = screen.Wait;
        var imports = new List<FileImport>();
        foreach (var file in files)
        {
            screen.Begin($"reading {Path.GetFileName(file.Path)}", file.Length);
            if (await FileImport.RegisterAsync(ingest, file, options, screen.At, cancel) is not { } import)
                continue;
            using var _ = import;
            if (import.ResumedLines > 0 && !imports.Exists(known => known.Id == import.Id))
                import.Before = await AskUntilAsync(ingest, import, progress => progress.Counted, screen, time, cancel);
            imports.Add(import);
            screen.Begin($"sending {Path.GetFileName(file.Path)}", import.Length);
            screen.At(import.ResumedAt);
            await import.SendAsync(screen.Sent, cancel);
        }

        // Only when all are stored: a day that ends in one file may go on in the next.
        foreach (var import in options.IsPartial ? [] : imports)
            await import.EndAsync(cancel);
        screen.Begin("counting", 0);
        var counted = new List<(FileImport, Progress)>();
        foreach (var import in imports)
            counted.Add((import, await AskUntilAsync(ingest, import, progress => progress.Decided, screen, time, cancel)));
        return counted;
    }

    private static async Task<Progress> AskUntilAsync(
        IngestClient ingest, FileImport import, Predicate<Progress> isReached, ImportScreen screen, TimeProvider time, CancellationToken cancel)
    {
        while (true)
        {
            var progress = await ingest.GetAsync<Progress>($"/v1/imports/{import.Id}", cancel);
            if (isReached(progress))
                return progress;
            screen.Begin(progress.Counted ? "deciding what may be published" : "counting", 0);
            await Task.Delay(AskEvery, time, cancel);
        }
    }
}
