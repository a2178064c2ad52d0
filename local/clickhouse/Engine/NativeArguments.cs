using System.Runtime.InteropServices;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>The name and value arrays of a parameterised call, in native memory for as long as the call lasts.</summary>
internal readonly unsafe ref struct NativeArguments : IDisposable
{
    private readonly byte** _names;
    private readonly byte** _values;
    private readonly nuint* _nameLengths;
    private readonly nuint* _valueLengths;

    public NativeArguments(IReadOnlyCollection<KeyValuePair<string, string>> parameters)
    {
        Count = (nuint)parameters.Count;
        if (Count == 0) return;
        _names = (byte**)NativeMemory.Alloc(Count, (nuint)sizeof(byte*));
        _values = (byte**)NativeMemory.Alloc(Count, (nuint)sizeof(byte*));
        _nameLengths = (nuint*)NativeMemory.Alloc(Count, (nuint)sizeof(nuint));
        _valueLengths = (nuint*)NativeMemory.Alloc(Count, (nuint)sizeof(nuint));
        var i = 0;
        foreach (var (name, value) in parameters)
        {
            _names[i] = Utf8(name, out _nameLengths[i]);
            _values[i] = Utf8(value, out _valueLengths[i]);
            i++;
        }
    }

    public nuint Count { get; }
    public byte** Names => _names;
    public byte** Values => _values;
    public nuint* NameLengths => _nameLengths;
    public nuint* ValueLengths => _valueLengths;

    public void Dispose()
    {
        for (nuint i = 0; i < Count; i++)
        {
            NativeMemory.Free(_names[i]);
            NativeMemory.Free(_values[i]);
        }
        NativeMemory.Free(_names);
        NativeMemory.Free(_values);
        NativeMemory.Free(_nameLengths);
        NativeMemory.Free(_valueLengths);
    }

    private static byte* Utf8(string text, out nuint length)
    {
        var bytes = System.Text.Encoding.UTF8.GetByteCount(text);
        var memory = (byte*)NativeMemory.Alloc((nuint)bytes + 1);
        System.Text.Encoding.UTF8.GetBytes(text, new Span<byte>(memory, bytes));
        memory[bytes] = 0;
        length = (nuint)bytes;
        return memory;
    }
}
