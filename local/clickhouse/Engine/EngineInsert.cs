using System.Runtime.InteropServices;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>
/// An insert in progress. Nothing is visible before <see cref="Commit"/>, as long as the rows stay within one block
/// of the engine (<c>max_insert_block_size</c>); disposing it before that abandons what was not yet written.
/// </summary>
public sealed unsafe class EngineInsert : IDisposable
{
    private nint _insert;

    internal EngineInsert(nint insert)
    {
        _insert = insert;
        if (Error() is not { } message) return;
        ChdbNative.DestroyInsert(insert);
        throw EngineException.FromEngine(message);
    }

    /// <summary>Hands over bytes in the insert's format; waits while the engine is behind.</summary>
    /// <returns>False once the insert has failed: <see cref="Commit"/> then tells why.</returns>
    public bool Append(ReadOnlySpan<byte> data)
    {
        ObjectDisposedException.ThrowIf(_insert == 0, this);
        fixed (byte* bytes = data) return ChdbNative.Append(_insert, bytes, (nuint)data.Length) == 0;
    }

    /// <summary>Ends the data; returns once every row is in its table, fsynced where the table says so.</summary>
    /// <exception cref="EngineException">Nothing of the last block was written.</exception>
    public Progress Commit()
    {
        ObjectDisposedException.ThrowIf(_insert == 0, this);
        using IDisposable result = new EngineResult(ChdbNative.Done(_insert));
        return ((EngineResult)result).Progress;
    }

    public void Dispose()
    {
        if (_insert == 0) return;
        ChdbNative.CancelInsert(_insert);
        ChdbNative.DestroyInsert(_insert);
        _insert = 0;
    }

    private string? Error()
    {
        var error = ChdbNative.InsertError(_insert);
        return error == null ? null : Marshal.PtrToStringUTF8((nint)error);
    }
}
