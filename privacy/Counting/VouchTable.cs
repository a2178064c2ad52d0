namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// How many visitors of a network are counted in a cell, as each thing, at most two. While a network has two visitors or
/// fewer, all of them are, and nothing need be remembered but what their shares say; from the third on, it is.
/// </summary>
internal sealed class VouchTable
{
    private const int Most = 2;

    private KeyTable _keys = new();
    private PairTable<uint> _counts = new();
    private Network[] _networks = new Network[4];

    /// <summary>How many networks there are, and how many cells of crowded ones.</summary>
    public long Entries => _keys.Count + _counts.Count;

    /// <summary>Takes note of a new visitor of a network, and gives the network's number.</summary>
    /// <param name="isThird">Whether it is the network's third, so that what the first two have done is now to be told with <see cref="Tell"/>.</param>
    public int Add(UInt128 key, int visitor, out bool isThird)
    {
        var number = _keys.FindOrAdd(key);
        if (number == _networks.Length)
            Array.Resize(ref _networks, number * 2);
        ref var network = ref _networks[number];
        isThird = network.Visitors == Most;
        if (network.Visitors == 0)
            network.First = visitor;
        else if (network.Visitors == 1)
            network.Second = visitor;
        if (network.Visitors <= Most)
            network.Visitors++;
        return number;
    }

    /// <summary>The first two visitors of a network that has two.</summary>
    public (int First, int Second) FirstOf(int network) => (_networks[network].First, _networks[network].Second);

    /// <summary>Tells as what a visitor who was there before the network was crowded counts in a cell.</summary>
    public void Tell(int network, int cell, Mark marks)
    {
        if (marks != Mark.None)
            _counts[cell, network] += Spread(marks);
    }

    /// <summary>1 for the first two of a network that are counted in this cell as that, 0 for more of them.</summary>
    public int Vouch(int cell, int network, Mark mark)
    {
        if (_networks[network].Visitors <= Most)
            return 1;
        ref var counts = ref _counts[cell, network];
        var one = Spread(mark);
        if ((counts & (one * 3)) == one * Most)
            return 0;
        counts += one;
        return 1;
    }

    public void Save(BinaryWriter writer)
    {
        _keys.Save(writer);
        writer.WriteValues<Network>(_networks.AsSpan(0, _keys.Count));
        _counts.Save(writer);
    }

    public static VouchTable Load(BinaryReader reader)
    {
        var table = new VouchTable { _keys = KeyTable.Load(reader) };
        table._networks = new Network[Math.Max(4, table._keys.Count)];
        reader.ReadValues(table._networks.AsSpan(0, table._keys.Count));
        table._counts = PairTable<uint>.Load(reader);
        return table;
    }

    // A count of two bits for each mark.
    private static uint Spread(Mark marks)
    {
        var spread = 0u;
        for (var left = (uint)marks; left != 0; left &= left - 1)
            spread |= 1u << (2 * System.Numerics.BitOperations.TrailingZeroCount(left));
        return spread;
    }

    private struct Network
    {
        public int First, Second;
        // Three stand for more.
        public byte Visitors;
    }
}
