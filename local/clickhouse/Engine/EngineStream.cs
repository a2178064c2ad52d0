using System.Runtime.InteropServices;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>A running query whose result is read piece by piece; it runs no further ahead than the piece asked for.</summary>
public sealed unsafe class EngineStream : IDisposable
{
    private readonly nint _connection;
    private nint _stream;
    private bool _ended;

    internal EngineStream(nint connection, nint stream)
    {
        _connection = connection;
        _stream = stream;
        var error = ChdbNative.Error(stream);
        if (error == null) return;
        var message = Marshal.PtrToStringUTF8((nint)error) ?? "";
        ChdbNative.DestroyResult(stream);
        throw EngineException.FromEngine(message);
    }

    /// <summary>The next piece, or one of length zero at the end.</summary>
    /// <exception cref="EngineException">The query failed or was killed; the stream has ended.</exception>
    public EngineResult Fetch()
    {
        ObjectDisposedException.ThrowIf(_stream == 0, this);
        try
        {
            var piece = new EngineResult(ChdbNative.Fetch(_connection, _stream));
            _ended = piece.Length == 0;
            return piece;
        }
        catch (EngineException)
        {
            _ended = true;
            throw;
        }
    }

    public void Dispose()
    {
        if (_stream == 0) return;
        if (!_ended) ChdbNative.CancelQuery(_connection, _stream);
        ChdbNative.DestroyResult(_stream);
        _stream = 0;
    }
}
