using System.CommandLine;
using System.Globalization;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Audit.Verifying.Offline;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Cli.Audit;

/// <summary><c>kp audit verify</c>, <c>checkpoint</c>, <c>export FILE</c>, <c>key</c>, <c>access</c> and <c>rebuild</c>: the access record, proven and asked.</summary>
public static class AuditCommand
{
    internal const string Guide = "docs/AUDIT.md says what is verified and what a finding means";

    /// <summary>Makes the command.</summary>
    public static Command Create() => new("audit", "Verify the access record, sign a checkpoint of it, export it, ask it for a member's access, rebuild what is projected from it") { Verify(), CheckpointNow(), Export(), Key(), AccessCommand.Create(), ProjectionCommand.Create() };

    private static Command Verify()
    {
        var full = new Option<bool>("--full") { Description = "Begin with the first entry, not where the last verification ended" };
        var from = new Option<FileInfo?>("--from") { Description = "Verify an export instead; needs neither a stack nor its database" };
        var key = new Option<string?>("--key") { Description = "The verifier key, from elsewhere (default: of the home's own keys)" };
        key.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && VerifierKey.TryParse(text) is not { Type: SignatureType.Ed25519 })
                result.AddError("--key is a verifier key as ./kp audit key prints it: NAME+ID+KEY");
        });
        var entry = new Option<long?>("--entry") { Description = "Ask the query API to prove that this one entry is under a signed checkpoint, and check what it answers" };
        entry.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long?>() < 0)
                result.AddError("--entry is an entry's index, from 0");
        });
        var command = new Command("verify", "Verify the record from its stored events up, or an export of it; names the first entry that is wrong") { full, from, key, entry, JsonOutput.Option };
        command.SetAction((parsed, cancel) =>
        {
            var (trusted, json) = (parsed.GetValue(key) is { } text ? VerifierKey.TryParse(text) : null, parsed.GetValue(JsonOutput.Option));
            return parsed.GetValue(entry) is { } index
                ? EntryProof.ShowAsync(index, trusted, json, cancel)
                : VerifyAsync(parsed.GetValue(full), parsed.GetValue(from), trusted, json, cancel);
        });
        return command;
    }

    private static Command CheckpointNow()
    {
        var command = new Command("checkpoint", "Sign a checkpoint where there are new entries, and print the newest") { JsonOutput.Option };
        command.SetAction(async (parsed, cancel) =>
        {
            using var place = RecordPlace.Open();
            var attempt = await place.Writer().SignAsync(cancel);
            var note = attempt.Signed ?? attempt.Last;
            if (attempt.Refusal is not null || note is null)
                throw new KpFailure(attempt.Refusal ?? "the record has no entries yet", attempt.Refusal is null ? "the first read or sign-on makes one" : "./kp audit verify --full tells where");
            if (parsed.GetValue(JsonOutput.Option))
                JsonOutput.Write(new { Checkpoint.TryParse(note.Text)!.Size, New = attempt.Signed is not null, Note = note.ToString() });
            else
                Console.Out.Write(note.ToString());
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Export()
    {
        var file = new Argument<FileInfo>("file") { Description = "Where to write it; must not exist" };
        var command = new Command("export", "Write the record up to its last checkpoint into a file that can be verified offline; what it says of people stays sealed") { file, JsonOutput.Option };
        command.SetAction((parsed, cancel) => ExportAsync(parsed.GetValue(file)!, parsed.GetValue(JsonOutput.Option), cancel));
        return command;
    }

    private static Command Key()
    {
        var command = new Command("key", "Print the verifier key of checkpoints, to be given to whoever verifies them") { JsonOutput.Option };
        command.SetAction(parsed =>
        {
            var key = RecordPlace.OwnKey();
            if (parsed.GetValue(JsonOutput.Option))
                JsonOutput.Write(new { Key = key.ToString() });
            else
                Console.Out.WriteLine(key);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> VerifyAsync(bool full, FileInfo? from, VerifierKey? key, bool json, CancellationToken cancel)
    {
        if (from is { Exists: false })
            throw new KpFailure($"there is no file {from.Name}", "./kp audit verify --help shows how it is used");
        var verified = await AuditScreen.ShowAsync("verifying", !json, progress => from is null ? OfStackAsync(full, key, progress, cancel) : OfExportAsync(from, key, progress, cancel));
        if (json)
            JsonOutput.Write(verified);
        if (verified.Finding is { } finding)
            throw new KpFailure($"{finding.Place}: {finding.What}", Guide);
        if (!json)
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{verified.Entries - verified.From} entries from {verified.From} to {verified.Entries} and {verified.Checkpoints} checkpoints are as they were recorded; signed up to {verified.Proven}"));
        return ExitCode.Done;
    }

    private static async Task<Verification> OfStackAsync(bool full, VerifierKey? key, IProgress<(long Done, long Entries)> progress, CancellationToken cancel)
    {
        using var place = RecordPlace.Open();
        return await new RecordVerifier(place.Store, place.File, key ?? place.Key).VerifyAsync(full, progress, cancel);
    }

    private static async Task<Verification> OfExportAsync(FileInfo from, VerifierKey? key, IProgress<(long Done, long Entries)> progress, CancellationToken cancel)
    {
        await using var export = from.OpenRead();
        return await new ExportVerifier(key ?? RecordPlace.OwnKey()).VerifyAsync(export, progress, cancel);
    }

    private static async Task<int> ExportAsync(FileInfo file, bool json, CancellationToken cancel)
    {
        if (file.Exists)
            throw new KpFailure($"{file.Name} is there already", "name another file: an export is never written over");
        using var place = RecordPlace.Open();
        var exported = await AuditScreen.ShowAsync("exporting", !json, progress => WriteAsync(place, file, progress, cancel));
        if (json)
            JsonOutput.Write(exported);
        else
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{exported.Entries} entries and {exported.Checkpoints} checkpoints; whoever has the key that ./kp audit key prints can verify them"));
        return ExitCode.Done;
    }

    // Whole or not at all: what is there under its name can be verified.
    private static async Task<Exported> WriteAsync(RecordPlace place, FileInfo file, IProgress<(long Done, long Entries)> progress, CancellationToken cancel)
    {
        var unfinished = file.FullName + DurableFile.TemporarySuffix;
        try
        {
            Exported exported;
            await using (var to = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 << 20, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                exported = await new RecordExport(place.Store, place.File, place.Key).WriteAsync(to, progress, cancel);
                DurableFile.Synchronise(to);
            }

            File.Move(unfinished, file.FullName);
            return exported;
        }
        catch (InvalidDataException damaged)
        {
            throw new KpFailure(damaged.Message, "./kp audit checkpoint signs one; ./kp audit verify --full tells what is wrong");
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
