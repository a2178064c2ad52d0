using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Pixel;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Sources;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Replaying;

/// <summary>What a step of a replay is asked for.</summary>
/// <param name="After">Where the step before ended.</param>
/// <param name="IsDryRun">Whether only to tell what would be sent.</param>
internal sealed record ReplayAsk(RejectedFilter Filter, LogFormat Format, Place After, bool IsDryRun);

/// <summary>What a step came to.</summary>
internal sealed class ReplayStep
{
    /// <summary>Lines that can be used now: sent again, or, in a dry run, ready to be.</summary>
    public long Usable { get; set; }

    /// <summary>Lines that still cannot be used, and why.</summary>
    public Dictionary<Reason, long> Still { get; } = [];

    /// <summary>Lines whose key has ended, or of which not all was kept.</summary>
    public long Gone { get; set; }

    /// <summary>The imports that the lines were sent as.</summary>
    public List<Guid> Imports { get; } = [];

    /// <summary>Where the next step begins; null when this was the last.</summary>
    public Place? Next { get; set; }

    /// <summary>Neither Kafka nor the spool took everything: the same step again goes on with it.</summary>
    public bool IsRefused { get; set; }
}

/// <summary>
/// Sends rejected lines through parser and door again. Those of one site that can be used now become an import of its own,
/// whose lines and partitions are decided in PostgreSQL first (docs/REPLAY.md): whoever goes on with it after a kill
/// sends the same lines at the same places, which the processors know. What still cannot be used is not touched.
/// </summary>
internal sealed class Replay(
    RejectedLedger ledger, Ingestion ingestion, SiteDirectory sites, PolicyDirectory policies, ImportRegister imports, ImportEnding ending, KeyStore keys, KpSettings settings, TimeProvider time)
{
    /// <summary>Rows of one step: some megabytes at most.</summary>
    internal const int MostAtOnce = 2000;

    private sealed record Line(KeptLine Kept, PixelRequest? Pixel)
    {
        public string Site => Pixel is null ? Kept.Pointer.Site : Pixel.Site ?? "";

        // Cut to exactly so much; what is missing could change what it says.
        public bool IsCut => Kept.Content.Length >= LogGathering.MaxSealedLineBytes;

        public static Line Of(KeptLine kept) => new(kept, kept.Flags.HasFlag(EventFlags.Pixel) ? PixelRequest.Read(kept.Content) : null);
    }

    /// <summary>Takes a step. Called by one at a time (<see cref="RejectedLedger.TryAloneAsync"/>).</summary>
    public async Task<ReplayStep> TakeAsync(LogGathering gathering, ReplayAsk ask, CancellationToken cancellation)
    {
        var topic = await TopicCatalog.EnsureAsync(settings.Kafka, Topics.Raw, settings.Partitions, cancellation);
        using var kept = new KeptLines(settings.Kafka, keys);
        var step = new ReplayStep();
        foreach (var replay in ask.IsDryRun ? [] : await ledger.UnfinishedAsync(cancellation))
            await GoOnAsync(gathering, kept, topic.Id, replay, ask.Format, step, cancellation);
        var pointers = await ledger.WaitingAsync(topic.Id, ask.Filter, ask.After, MostAtOnce, cancellation);
        step.Next = pointers.Count == MostAtOnce ? pointers[^1].Place : null;
        Line[] lines = [.. (await kept.ReadAsync(pointers, cancellation)).Select(Line.Of)];
        step.Gone += pointers.Count - lines.Length + lines.Count(line => line.IsCut);
        foreach (var ofSite in lines.Where(line => !line.IsCut && (ask.Filter.Site is null || line.Site == ask.Filter.Site)).GroupBy(line => line.Site, StringComparer.Ordinal))
        {
            if (ofSite.Key.Length > 0 && await sites.FindAsync(ofSite.Key, cancellation) is { } site)
                await SendAsync(gathering, topic.Id, site, [.. ofSite], ask, step, cancellation);
            else
                Add(step, Reason.UnknownSite, ofSite.Count());
        }

        return step;
    }

    private async Task SendAsync(LogGathering gathering, Guid topic, SiteStamp site, IReadOnlyList<Line> lines, ReplayAsk ask, ReplayStep step, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var replay = new FileImport(Guid.CreateVersion7(now), Guid.CreateVersion7(now));
        var stateKey = KeyNames.State(DateOnly.FromDateTime(now.UtcDateTime));
        keys.GetOrCreate(stateKey);
        gathering.Begin(new LogRequest(site, ask.Format, now.ToUnixTimeMilliseconds(), policies.InForce.Values, stateKey, replay, From: 0));
        var rows = new List<Pointer>();
        foreach (var line in lines)
        {
            var taken = TryTake(gathering, line, site, rows.Count, target: null);
            if (taken.Reason == Reason.None)
                rows.Add(line.Kept.Pointer with { Sent = new Sending(rows.Count, taken.Target) });
            else
                Add(step, taken.Reason, 1);
        }

        if (rows.Count == 0)
            return;
        if (ask.IsDryRun)
            step.Usable += rows.Count;
        else if (await ledger.TryBeginAsync(topic, replay, site.Name, stateKey, rows, cancellation))
            await StoreAsync(gathering, replay, site, rows.Count, step);
    }

    // The lines that were decided upon, each at its place and to its partition, also where that would be another today:
    // one that had been sent is known there.
    private async Task GoOnAsync(LogGathering gathering, KeptLines kept, Guid topic, Guid import, LogFormat format, ReplayStep step, CancellationToken cancellation)
    {
        if (await imports.FindKnownAsync(import, 0, cancellation) is not { } known || await sites.FindAsync(known.Site, cancellation) is not { } site)
            return;
        var replay = new FileImport(known.Source, known.Import);
        gathering.Begin(new LogRequest(site, format, time.GetUtcNow().ToUnixTimeMilliseconds(), policies.InForce.Values, known.StateKey, replay, From: 0));
        foreach (var line in (await kept.ReadAsync(await ledger.OfReplayAsync(topic, import, cancellation), cancellation)).Select(Line.Of).OrderBy(line => line.Kept.Pointer.Sent!.Position))
        {
            var (position, target) = line.Kept.Pointer.Sent!;
            var taken = TryTake(gathering, line, site, position, target);
            // Its place will count as received, so it must be there: it waits anew under its own pointer.
            if (taken.Reason != Reason.None)
                gathering.Reject(line.Kept.Content, position, position + 1, taken.Reason, line.Kept.Flags, target);
        }

        await StoreAsync(gathering, replay, site, known.Length, step);
    }

    // From here on nobody stops half-way who can help it.
    private async Task StoreAsync(LogGathering gathering, FileImport replay, SiteStamp site, long length, ReplayStep step)
    {
        var stored = await Task.WhenAll(gathering.Finish(length).Select(ingestion.Lanes.SendAsync));
        step.IsRefused |= Array.Exists(stored, group => group.Where == StoredIn.Refused);
        if (step.IsRefused)
            return;
        await imports.TryAdvanceAsync(replay.Import, 0, length, gathering.Lines, CancellationToken.None);
        step.IsRefused |= !await ending.TryEndAsync(replay, length, site, CancellationToken.None);
        step.Usable += gathering.Lines;
        step.Imports.Add(replay.Import);
    }

    private static Taken TryTake(LogGathering gathering, Line line, SiteStamp site, long position, int? target) => line.Pixel is { } pixel
        ? gathering.TryTake(pixel.EventOf(site), line.Kept.TimeMs, position, position + 1, target)
        : gathering.TryTake(line.Kept.Content, position, position + 1, target);

    private static void Add(ReplayStep step, Reason reason, int lines) => step.Still[reason] = step.Still.GetValueOrDefault(reason) + lines;
}
