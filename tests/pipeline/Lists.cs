using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Pipeline.Tests;

/// <summary>The lists that the build copies, loaded once a process.</summary>
internal static class Lists
{
    private static readonly Lazy<ReferenceData> Loaded = new(() => ReferenceData.Load(ReferenceData.DefaultDirectory));

    public static ReferenceData Reference => Loaded.Value;
}
