using System.Security.Cryptography;
using System.Text.Json;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.BreakingGlass;

/// <summary>
/// The cases that looks at members' records make which were taken by breaking the glass: one for each reader, member and
/// number of a case until it is reviewed, and another for what is looked at after that.
/// </summary>
internal sealed class BrokenGlass(RecordStore store)
{
    private const int IdBytes = 16;

    private readonly GrantStreams _streams = new(store);

    /// <summary>
    /// The entry of the case that a look makes or joins; none where it needs no review. Takes the lock of the record's head,
    /// so that a look comes before a review, and is under it, or after it, and makes another case.
    /// </summary>
    public async Task<IReadOnlyList<Draft>> DraftsAsync(NpgsqlTransaction transaction, StaffRead read, DateTimeOffset at, CancellationToken cancellation)
    {
        if (read is not { Allowed: true, Purpose: AskGrant.BreakGlass } || StreamOf(read) is not { } member)
            return [];
        await Head.LockAsync(transaction, store.Keys.GetOrCreate(KeyNames.RecordHead), cancellation);
        var (id, reviewBy) = (IdOf(read, member, 0), at + GrantLimits.ReviewedWithin);
        for (var number = 1; await FindAsync(transaction.Connection!, id, cancellation) is { } before; number++)
        {
            if (before is { AwaitsReview: true, Uses: < GrantLimits.MostUses })
            {
                reviewBy = before.ReviewBy!.Value;
                break;
            }

            id = IdOf(read, member, number);
        }

        return [GrantBook.OfCase(id, Event(read, at, reviewBy), new Act(read.User, read.Role, read.Channel, read.Correlation), read.Subject)];
    }

    private async Task<Grant?> FindAsync(NpgsqlConnection connection, string id, CancellationToken cancellation) =>
        _streams.StreamOf(id) is { } stream ? Grant.Of(id, (await _streams.ReadAsync(connection, stream, cancellation)).Told) : null;

    private Guid? StreamOf(StaffRead read)
    {
        if (read.Subject is null)
            return read.Handle;
        var person = new Person(PersonClass.Member, read.Subject);
        return store.Vault.GetOrCreate([person])[person].Stream;
    }

    // Found again without a table that could differ from the record; tells nothing without the key.
    private string IdOf(StaffRead read, Guid member, int number)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes((object?[])["break-glass-read", read.User.ToUpperInvariant(), member, read.Case, number]);
        return Convert.ToHexStringLower(HMACSHA256.HashData(store.Keys.GetOrCreate(KeyNames.People), content).AsSpan(0, IdBytes));
    }

    private static BreakGlassRead Event(StaffRead read, DateTimeOffset at, DateTimeOffset reviewBy) => new()
    {
        At = at, Outcome = Outcomes.Success, Channel = read.Channel, Origin = "query-api", Correlation = read.Correlation, Purpose = read.Purpose, Case = read.Case, Role = read.Role, Resource = read.Resource, ReviewBy = reviewBy,
    };
}
