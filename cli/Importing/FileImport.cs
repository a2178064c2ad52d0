using System.Net.Http.Headers;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Ingesting;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Cli.Importing;

/// <summary>What the command line says of all files.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="Format">The lines' format.</param>
/// <param name="IsPartial">Whether the files go on: the last line is sent only when it is whole, and no end is told.</param>
public sealed record ImportOptions(string Site, string Format, bool IsPartial);

/// <summary>The sending of one file: known again by its content, sent in order, ended.</summary>
public sealed class FileImport : IDisposable
{
    /// <summary>Requests under way at one time: ingest reads one while it stores the other.</summary>
    private const int InFlight = 2;

    private readonly IngestClient _ingest;
    private readonly LogFile _file;
    private readonly SafeFileHandle _handle;
    private readonly ImportOptions _options;
    private readonly Registered _registered;
    private readonly long _length;
    private long _sentLines;

    private sealed record Candidates(long[] Lengths);

    private sealed record Registered(Guid Import, long ResumeAt, long ResumedRows);

    private sealed record Stored(long Accepted, Dictionary<string, long> Rejected);

    private FileImport(IngestClient ingest, LogFile file, SafeFileHandle handle, ImportOptions options, Registered registered, long length) =>
        (_ingest, _file, _handle, _options, _registered, _length) = (ingest, file, handle, options, registered, length);

    /// <summary>The import's id at ingest.</summary>
    public Guid Id => _registered.Import;

    /// <summary>Lines that this command sent; of a file that it had sent under another name, all of them.</summary>
    public long Lines => _sentLines + (Before is null ? ResumedLines : 0);

    /// <summary>Lines that were stored already when ingest was told of the file.</summary>
    public long ResumedLines => _registered.ResumedRows;

    /// <summary>What the books held of the import before this command, where earlier ones were interrupted or sent a part; they are not told again.</summary>
    internal Progress? Before { get; set; }

    /// <summary>Whether the last line has no end: it was taken as it is, and what a growing file adds to it is a line of its own.</summary>
    public bool EndsInLine { get; private init; }

    /// <summary>The file's path.</summary>
    public string Path => _file.Path;

    /// <summary>Bytes of the content.</summary>
    public long Length => _length;

    /// <summary>Bytes that an interrupted sending had stored already.</summary>
    public long ResumedAt => _registered.ResumeAt;

    /// <summary>Hashes the file and tells ingest of it. Nothing of its content is sent yet.</summary>
    /// <returns>Null where the file has no whole line and may get one.</returns>
    public static async Task<FileImport?> RegisterAsync(IngestClient ingest, LogFile file, ImportOptions options, Action<long> hashed, CancellationToken cancel)
    {
        var handle = file.OpenHandle();
        try
        {
            if (await RegisterAsync(ingest, file, handle, options, hashed, cancel) is { } import)
                return import;
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        handle.Dispose();
        return null;
    }

    private static async Task<FileImport?> RegisterAsync(
        IngestClient ingest, LogFile file, SafeFileHandle handle, ImportOptions options, Action<long> hashed, CancellationToken cancel)
    {
        var head = FileChain.Head(file);
        var candidates = await ingest.PostAsync<Candidates>("/v1/sources/candidates", new { options.Site, head, length = long.MaxValue }, cancel);
        if (FileChain.Read(file, handle, candidates.Lengths, options.IsPartial, hashed, cancel) is not { } hashes)
            return null;
        var registered = await ingest.PostAsync<Registered>("/v1/sources", new { options.Site, head, hashes.Length, hashes.Digests, hashes.Chain }, cancel);
        return new FileImport(ingest, file, handle, options, registered, hashes.Length) { EndsInLine = hashes.EndsInLine };
    }

    /// <summary>Sends what is not stored yet. <paramref name="progress"/> is told bytes and lines of each stored part.</summary>
    public async Task SendAsync(Action<long, long> progress, CancellationToken cancel)
    {
        var underWay = new Queue<Task>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            foreach (var chunk in Chunks.Read(_file, _handle, Math.Min(_registered.ResumeAt, _length), _length))
            {
                if (underWay.Count == InFlight)
                    await underWay.Dequeue();
                underWay.Enqueue(Task.Run(() => SendAsync(chunk, progress, stop.Token), stop.Token));
            }

            while (underWay.TryDequeue(out var sending))
                await sending;
        }
        catch (EndOfStreamException)
        {
            throw new KpFailure($"{_file.Path} became shorter while it was read", "import it again when nothing writes to it; what was stored counts once");
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>Tells that the file is whole, which closes its visits and the days that are over.</summary>
    public Task EndAsync(CancellationToken cancel) => _ingest.PostAsync<object>($"/v1/imports/{Id}/end", null, cancel);

    private async Task SendAsync(Chunk chunk, Action<long, long> progress, CancellationToken cancel)
    {
        var stored = await _ingest.SendAsync<Stored>(() => RequestFor(chunk), cancel);
        var lines = stored.Accepted + stored.Rejected.Values.Sum();
        lock (_registered)
            _sentLines += lines;
        progress(chunk.To - chunk.From, lines);
    }

    private HttpRequestMessage RequestFor(Chunk chunk)
    {
        var content = new ReadOnlyMemoryContent(chunk.Bytes);
        content.Headers.ContentRange = new ContentRangeHeaderValue(chunk.From, chunk.To - 1);
        return new HttpRequestMessage(HttpMethod.Post, $"/v1/logs?site={Uri.EscapeDataString(_options.Site)}&format={Uri.EscapeDataString(_options.Format)}")
        {
            Content = content,
            Headers = { { "Kp-Import", Id.ToString() } },
        };
    }
}
