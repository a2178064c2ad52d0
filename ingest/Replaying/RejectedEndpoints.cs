using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Ingest.Replaying;

/// <summary><c>GET /v1/rejected</c> and <c>POST /v1/rejected/replay</c>: what could not be used, and sending it again. Never a line itself.</summary>
internal static class RejectedEndpoints
{
    private sealed record ReplayBody(string? Site, string? Reason, string? Format, bool DryRun, string? After);

    private sealed record RejectedLines(string Site, string Reason, long Waiting, long Sent, long Replayed, long Gone, DateOnly? Since, DateTimeOffset? Until);

    public static void MapRejected(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/rejected", ListAsync);
        routes.MapPost("/v1/rejected/replay", ReplayAsync);
    }

    private static async Task<IResult> ListAsync(string? site, string? reason, RejectedLedger ledger, KeyStore keys, CancellationToken cancellation)
    {
        if (!TryFilter(site, reason, out var filter))
            return UnknownReason;
        var living = keys.Living("replay").ToHashSet(StringComparer.Ordinal);
        var days = await ledger.DaysAsync(filter, cancellation);
        return Results.Ok(days.GroupBy(day => (day.Site, day.Reason)).Select(lines => Shown(lines.Key.Site, lines.Key.Reason, [.. lines], living)));
    }

    private static RejectedLines Shown(string site, Reason reason, IReadOnlyList<RejectedDay> days, HashSet<string> living)
    {
        bool Opens(RejectedDay day) => reason != Reason.Unreadable && (day.Day is not { } known || living.Contains(KeyNames.Replay(known)));
        RejectedDay[] waiting = [.. days.Where(day => day.Waiting > 0 && Opens(day))];
        return new RejectedLines(
            site, reason.Name(), waiting.Sum(day => day.Waiting), days.Sum(day => day.Sent), days.Sum(day => day.Replayed), days.Where(day => !Opens(day)).Sum(day => day.Waiting),
            days.Min(day => day.Day), waiting.Min(day => day.Until ?? EndOf(day.Day)));
    }

    // Where retention has not looked at the day's key yet: by the built-in policy.
    private static DateTimeOffset? EndOf(DateOnly? day) =>
        day is { } known ? new DateTimeOffset(known.AddDays(1 + PolicyBook.BuiltIn.Values[PolicyKeys.RawDays]), TimeOnly.MinValue, TimeSpan.Zero) : null;

    private static async Task<IResult> ReplayAsync(ReplayBody body, Ingestion ingestion, RejectedLedger ledger, Replay replay, CancellationToken cancellation)
    {
        if (!TryFilter(body.Site, body.Reason, out var filter))
            return UnknownReason;
        if (LogFormats.Find(body.Format) is not { } format)
            return Problem.UnknownFormat;
        if (Place.Parse(body.After) is not { } after)
            return Problem.BadRequest("bad-cursor", "The cursor is none that was given", "begin without one");
        await using var alone = await ledger.TryAloneAsync(cancellation);
        if (alone is null)
            return Busy;
        try
        {
            using var turn = await ingestion.Gatherings.TakeAsync(cancellation);
            return turn is null ? Problem.Overloaded : Answer(await replay.TakeAsync(turn.Gathering, new ReplayAsk(filter, format, after, body.DryRun), cancellation));
        }
        catch (Exception failure) when (failure is KafkaUnavailableException or IOException or TimeoutException)
        {
            return KafkaAway;
        }
        finally
        {
            await RejectedLedger.LeaveAsync(alone);
        }
    }

    private static IResult Answer(ReplayStep step) => step.IsRefused
        ? Problem.StorageFull
        : Results.Ok(new
        {
            usable = step.Usable,
            rejected = step.Still.ToDictionary(entry => entry.Key.Name(), entry => entry.Value, StringComparer.Ordinal),
            gone = step.Gone,
            imports = step.Imports,
            next = step.Next?.ToString(),
        });

    private static bool TryFilter(string? site, string? reason, out RejectedFilter filter)
    {
        Reason? known = Enum.GetValues<Reason>().Where(value => value != Reason.None && value.Name() == reason).Cast<Reason?>().FirstOrDefault();
        filter = new RejectedFilter(string.IsNullOrEmpty(site) ? null : site, known);
        return string.IsNullOrEmpty(reason) || known is not null;
    }

    private static Problem UnknownReason { get; } = Problem.BadRequest(
        "unknown-reason", "There is no such reason", $"reasons: {string.Join(", ", Enum.GetValues<Reason>().Where(reason => reason != Reason.None && !reason.IsDropped()).Select(reason => reason.Name()))}");

    private static Problem Busy { get; } = new(StatusCodes.Status503ServiceUnavailable, "replay-under-way", "Another replay is under way", "wait for its end", 1);

    private static Problem KafkaAway { get; } = new(StatusCodes.Status503ServiceUnavailable, "kafka-away", "Kafka does not answer", "try again", 1);
}
