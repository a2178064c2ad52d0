using KpTelemetry.Canaries.Tests.Planting;

namespace KpTelemetry.Canaries.Tests.Weakened;

/// <summary>A canary of every form in every writing, each another value, so that what a search finds says which it found.</summary>
internal static class PlantedLeaks
{
    private const int First = 40_000;

    /// <summary>All of them; their position is their number.</summary>
    public static IReadOnlyList<Canary> All { get; } =
    [
        .. from form in CanaryForms.All.Select((form, number) => (form, number))
           from writing in Writings.All.Select((writing, number) => (writing, number))
           let number = (form.number * Writings.All.Count) + writing.number
           select new Canary(form.form, First + number, writing.writing, $"leak {number}"),
    ];

    /// <summary>What a search that found these positions has missed, in words.</summary>
    public static IEnumerable<string> MissedBy(IReadOnlySet<string> positions) =>
        All.Where(canary => !positions.Contains(canary.Position)).Select(canary => $"{canary.Form.Class} ({canary.Form.Name}), {canary.Writing.Name}");
}
