namespace KpTelemetry.Local.Simulator.Chance;

/// <summary>
/// Random numbers that depend on the seed alone (SplitMix64): the same seed gives the same numbers on every machine and
/// runtime, which <see cref="Random"/> does not promise.
/// </summary>
public struct Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Dice for a thing that has a number, independent of those for every other number.</summary>
    public static Dice For(ulong seed, ulong number) => new(Scatter(seed ^ Scatter(number + 0x9E3779B97F4A7C15)));

    /// <summary>64 uniform bits.</summary>
    public ulong Bits() => Scatter(_state += 0x9E3779B97F4A7C15);

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 … <paramref name="below"/> − 1.</summary>
    public int Below(int below) => (int)(((UInt128)Bits() * (ulong)below) >> 64);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => Unit() < probability;

    /// <summary>Exponential with the given mean: the gap to the next of many independent happenings.</summary>
    public double Exponential(double mean) => -mean * Math.Log(1 - Unit());

    /// <summary>Log-normal: sizes of documents, times of reading.</summary>
    /// <param name="median">The middle value.</param>
    /// <param name="spread">Standard deviation of the logarithm.</param>
    public double LogNormal(double median, double spread)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Unit()));
        return median * Math.Exp(spread * radius * Math.Cos(2 * Math.PI * Unit()));
    }

    private static ulong Scatter(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
