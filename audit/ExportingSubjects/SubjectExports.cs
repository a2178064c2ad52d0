using System.Security.Cryptography;
using System.Text.Json;
using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ExportingSubjects;

/// <summary>A page of an export, recorded.</summary>
/// <param name="Outcome">The request after it, or why it was refused.</param>
/// <param name="Json">The file; null where it was refused.</param>
public sealed record ExportOutcome(RequestOutcome Outcome, byte[]? Json);

/// <summary>Gives out what the record holds of a person: recorded with the digest of the file, in the case and in the person's own stream, before it is answered.</summary>
public sealed class SubjectExports(RecordStore store, TimeProvider time)
{
    /// <summary>Entries of the person's stream in a page.</summary>
    public const int PageEntries = 10_000;

    private readonly RequestWork _work = new(store, time);
    private readonly RecordStreams _streams = new(store);

    /// <summary>The page after an entry, -1 for the first. Throws <c>RecordUnavailableException</c>.</summary>
    public async Task<ExportOutcome> ExportAsync(Guid id, string recipient, long after, Acting acting, CancellationToken cancellation)
    {
        byte[]? json = null;
        var outcome = await _work.DoAsync(
            id, RequestCommand.Export, acting,
            async (turn, ending) =>
            {
                var data = await ReadAsync(turn, after, ending);
                var file = JsonSerializer.SerializeToUtf8Bytes(data, JsonSerializerOptions.Web);
                var exported = new SubjectDataExported
                {
                    At = turn.Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Recipient = recipient,
                    Entries = data.Access.Count + data.Preferences.Count + data.Disclosures.Count, Digest = Convert.ToHexStringLower(SHA256.HashData(file)),
                };
                turn.OnCase(exported);
                turn.OnSubject(exported);
                json = file;
                return null;
            },
            cancellation);
        return new ExportOutcome(outcome, outcome.Refusal is null ? json : null);
    }

    private async Task<ExportedData> ReadAsync(RequestTurn turn, long after, CancellationToken cancellation)
    {
        var connection = turn.Transaction.Connection!;
        var streams = store.Vault.Find(turn.Subject) is { Stream: var stream } ? [stream] : Array.Empty<Guid>();
        var page = await _streams.ReadAsync(connection, streams, after, PageEntries + 1, cancellation);
        var disclosures = await Disclosures.ReadAsync(_streams, connection, streams, cancellation);
        var next = page.Count > PageEntries ? page[PageEntries - 1].Index : (long?)null;
        return ExportedData.Of(turn.Request, turn.Subject, [.. page.Take(PageEntries)], disclosures, next, turn.Now);
    }
}
