using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Sources;

/// <summary>Tells every partition that an import is whole, which closes its visits and the days that were over.</summary>
internal sealed class ImportEnding(Ingestion ingestion, ImportRegister imports, SentRanges sent)
{
    /// <summary>Sends the marks. False where they could not be stored: the import has not ended then.</summary>
    public async Task<bool> TryEndAsync(FileImport import, long length, SiteStamp site, CancellationToken cancellation)
    {
        var range = new FileRange { Source = LogRequest.BytesOf(import.Source), Import = LogRequest.BytesOf(import.Import), From = length, To = length, Site = site.Bare() };
        var marks = await ingestion.Lanes.MarkAllAsync(GroupKind.EndOfImport, range);
        if (Array.Exists(marks, mark => mark.Where == StoredIn.Refused))
            return false;
        await imports.EndAsync(import.Import, cancellation);
        sent.Forget(import.Import);
        return true;
    }
}
