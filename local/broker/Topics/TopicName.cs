using System.Buffers;

namespace KpTelemetry.Local.Broker.Topics;

/// <summary>Kafka's rule for names of topics.</summary>
internal static class TopicName
{
    private const int Longest = 249;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= Longest && name is not ("." or "..") && !name.AsSpan().ContainsAnyExcept(Allowed);
}
