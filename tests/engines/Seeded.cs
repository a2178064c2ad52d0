using CsCheck;

namespace KpTelemetry.Tests.Engines;

/// <summary>Random values that are the same on every run: what has passed once passes again.</summary>
public static class Seeded
{
    // The golden ratio in 64 bits: neighbours begin far apart.
    private const ulong Apart = 0x9E37_79B9_7F4A_7C15;

    /// <summary>Asserts of so many values. CsCheck makes one that fails as small as it can, and tells its seed.</summary>
    public static void Check<T>(this Gen<T> gen, Action<T> assert, int iter = 100, int threads = -1)
    {
        var run = Parallel.For(0, iter, new ParallelOptions { MaxDegreeOfParallelism = threads }, (number, state) =>
        {
            try
            {
                assert(gen.Value(number));
            }
            catch
            {
                state.Break();
            }
        });
        if (run.LowestBreakIteration is not { } failed)
            return;
        gen.Sample(assert, seed: Begin((int)failed).ToString(), iter: iter, threads: 1);
        throw new InvalidOperationException($"the value of seed {Begin((int)failed)} failed once and not again");
    }

    /// <summary>The same of pairs.</summary>
    public static void Check<T1, T2>(this Gen<(T1, T2)> gen, Action<T1, T2> assert, int iter = 100, int threads = -1) =>
        gen.Check(pair => assert(pair.Item1, pair.Item2), iter, threads);

    /// <summary>The same of threes.</summary>
    public static void Check<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Action<T1, T2, T3> assert, int iter = 100, int threads = -1) =>
        gen.Check(three => assert(three.Item1, three.Item2, three.Item3), iter, threads);

    /// <summary>The same of fours.</summary>
    public static void Check<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Action<T1, T2, T3, T4> assert, int iter = 100, int threads = -1) =>
        gen.Check(four => assert(four.Item1, four.Item2, four.Item3, four.Item4), iter, threads);

    /// <summary>So many values.</summary>
    public static IEnumerable<T> Values<T>(this Gen<T> gen, int count) => Enumerable.Range(0, count).Select(gen.Value);

    private static T Value<T>(this Gen<T> gen, int number) => gen.Generate(Begin(number), null, out _);

    private static PCG Begin(int number) => new(1, unchecked((ulong)(number + 1) * Apart));
}
