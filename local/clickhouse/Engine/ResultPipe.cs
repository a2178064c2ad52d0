using System.Globalization;
using System.IO.Pipes;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>
/// A result as a stream. The library's own streaming gives a document of its own for every block (a header each for
/// RowBinaryWithNamesAndTypes, a closed object each for JSON), so the engine writes the result, formatted once, INTO
/// OUTFILE a pipe of this process. A full pipe holds the query back: memory stays flat however long the result.
/// </summary>
public sealed class ResultPipe : IAsyncDisposable
{
    private readonly AnonymousPipeServerStream _pipe = new(PipeDirection.In, HandleInheritability.None);
    private Task<Progress> _query = Task.FromResult(default(Progress));

    /// <summary>The clause that sends a result here.</summary>
    public string Clause => string.Create(CultureInfo.InvariantCulture, $"INTO OUTFILE '/dev/fd/{_pipe.ClientSafePipeHandle.DangerousGetHandle()}' APPEND");

    /// <summary>Starts the statement, on a thread of the pool: the engine leaves memory behind on each thread that ends, so none is made for it.</summary>
    /// <param name="text">A SELECT that holds <see cref="Clause"/>.</param>
    public void Start(EngineConnection connection, byte[] text, string format, IReadOnlyCollection<KeyValuePair<string, string>> parameters) =>
        _query = Task.Run(() =>
        {
            try
            {
                using IDisposable result = connection.Query(text, format, parameters);
                return ((EngineResult)result).Progress;
            }
            finally
            {
                // The engine opened the pipe anew by its path; once this end is closed too, the reader sees the end.
                _pipe.DisposeLocalCopyOfClientHandle();
            }
        }, CancellationToken.None);

    /// <summary>Reads on.</summary>
    /// <returns>Bytes read; zero once the statement has ended, well or not: see <see cref="EndAsync"/>.</returns>
    public ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellation) => _pipe.ReadAsync(target, cancellation);

    /// <summary>How the statement ended.</summary>
    /// <exception cref="EngineException">It failed, or was killed.</exception>
    public Task<Progress> EndAsync() => _query;

    /// <summary>Closes the pipe, which ends a statement that still writes, and waits for that end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pipe.DisposeAsync();
        await ((Task)_query).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
