using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>A rule of the door: writes the minimised value and returns its length.</summary>
internal delegate int DoorRule(ReadOnlySpan<byte> value, Span<byte> destination, ref Removed removed);

/// <summary>
/// One text column of a request's lines: the door's rule is applied once per distinct value, since a log repeats itself.
/// </summary>
/// <param name="clean">Minimised values of all columns of the request.</param>
/// <param name="rule">What the door does to the column's values.</param>
internal sealed class DoorColumn(ValueTable clean, DoorRule rule)
{
    private readonly ValueTable _raw = new();
    private readonly byte[] _scratch = new byte[MinimiseText.Room];
    private int[] _cleanOf = new int[1024];
    private EventFlags[] _removedOf = new EventFlags[1024];
    private int _known = 1;

    /// <summary>The number of the minimised value among the request's; what was removed is added to <paramref name="flags"/>.</summary>
    public int Number(ReadOnlySpan<byte> value, ref EventFlags flags)
    {
        var raw = _raw.Intern(value);
        if (raw == _known)
            Minimise(value);
        flags |= _removedOf[raw];
        return _cleanOf[raw];
    }

    public void Reset()
    {
        _raw.Reset();
        _known = 1;
    }

    private void Minimise(ReadOnlySpan<byte> value)
    {
        if (_known == _cleanOf.Length)
        {
            Array.Resize(ref _cleanOf, _known * 2);
            Array.Resize(ref _removedOf, _known * 2);
        }

        var removed = Removed.Nothing;
        var length = rule(value, _scratch, ref removed);
        _cleanOf[_known] = clean.Intern(_scratch.AsSpan(0, length));
        _removedOf[_known] = FlagsOf(removed);
        _known++;
    }

    internal static EventFlags FlagsOf(Removed removed) =>
        (removed.HasFlag(Removed.Query) ? EventFlags.QueryRemoved : EventFlags.None)
        | (removed.HasFlag(Removed.Card) ? EventFlags.CardMasked : EventFlags.None)
        | (removed.HasFlag(Removed.Device) ? EventFlags.DeviceMasked : EventFlags.None);
}
