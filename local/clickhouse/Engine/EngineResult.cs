using System.Buffers;
using System.Runtime.InteropServices;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>What a query read and wrote, as <c>X-ClickHouse-Summary</c> tells it.</summary>
public readonly record struct Progress(
    ulong ReadRows, ulong ReadBytes, ulong WrittenRows, ulong WrittenBytes, ulong ResultRows, ulong ResultBytes)
{
    public static Progress operator +(Progress a, Progress b) => new(
        a.ReadRows + b.ReadRows, a.ReadBytes + b.ReadBytes, a.WrittenRows + b.WrittenRows,
        a.WrittenBytes + b.WrittenBytes, a.ResultRows + b.ResultRows, a.ResultBytes + b.ResultBytes);
}

/// <summary>The end of a statement: what it read and wrote, and its result, whose bytes stay in the engine's memory until it is disposed.</summary>
public sealed unsafe class EngineResult : MemoryManager<byte>
{
    private nint _handle;

    internal EngineResult(nint handle)
    {
        _handle = handle;
        var error = ChdbNative.Error(handle);
        if (error != null)
        {
            var message = Marshal.PtrToStringUTF8((nint)error) ?? "";
            ChdbNative.DestroyResult(handle);
            _handle = 0;
            throw EngineException.FromEngine(message);
        }
        Length = checked((int)ChdbNative.Length(handle));
        Progress = new Progress(
            ChdbNative.RowsRead(handle), ChdbNative.BytesRead(handle), ChdbNative.RowsWritten(handle),
            ChdbNative.BytesWritten(handle), ChdbNative.ResultRows(handle), ChdbNative.ResultBytes(handle));
    }

    /// <summary>Bytes of the result; zero where there is none, or where it went elsewhere.</summary>
    public int Length { get; }

    public Progress Progress { get; }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        return Length == 0 ? [] : new Span<byte>(ChdbNative.Buffer(_handle), Length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        return new MemoryHandle(ChdbNative.Buffer(_handle) + elementIndex);
    }

    public override void Unpin()
    {
        // The memory is the engine's own and never moves.
    }

    protected override void Dispose(bool disposing)
    {
        if (_handle == 0) return;
        ChdbNative.DestroyResult(_handle);
        _handle = 0;
    }
}
