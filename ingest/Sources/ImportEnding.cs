using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Sources;

/// <summary>
/// Tells every partition that an import is whole, which closes its visits and the days that were over. One that is not
/// small closes them in parts: what all its days come to at their close is more than a block should hold.
/// </summary>
internal sealed class ImportEnding(Ingestion ingestion, ImportRegister imports, SentRanges sent)
{
    private const long BytesOfPart = 8 << 20;
    private const long MostParts = 32;

    /// <summary>Sends the marks. False where they could not be stored: the import has not ended then.</summary>
    public async Task<bool> TryEndAsync(FileImport import, long length, SiteStamp site, CancellationToken cancellation)
    {
        var range = new FileRange { Source = LogRequest.BytesOf(import.Source), Import = LogRequest.BytesOf(import.Import), From = length, To = length, Site = site.Bare() };
        var parts = (uint)Math.Clamp(length / BytesOfPart, 1, MostParts);
        for (var part = 1u; part < parts; part++)
        {
            if (!await TryMarkAsync(GroupKind.EndingImport, new FileRange(range) { Part = part, Parts = parts }))
                return false;
        }

        if (!await TryMarkAsync(GroupKind.EndOfImport, range))
            return false;
        await imports.EndAsync(import.Import, cancellation);
        sent.Forget(import.Import);
        return true;
    }

    private async Task<bool> TryMarkAsync(GroupKind kind, FileRange range) =>
        !Array.Exists(await ingestion.Lanes.MarkAllAsync(kind, range), mark => mark.Where == StoredIn.Refused);
}
