namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>Requests with a canary in each.</summary>
internal static class CanaryRequests
{
    private const int First = 90_000;

    private static readonly CanaryForm[][] Forms = [.. Enum.GetValues<CanaryClass>().Select(one => CanaryForms.Of[one].ToArray())];

    /// <summary>So many, through all positions, classes and writings.</summary>
    public static IEnumerable<(Canary Canary, HttpPosition Position)> Of(int count, int seed)
    {
        for (var n = 0; n < count; n++)
        {
            var forms = Forms[n % Forms.Length];
            var turn = n / Forms.Length;
            var position = HttpPositions.All[turn % HttpPositions.All.Count];
            var writing = Writings.All[(turn + (turn / HttpPositions.All.Count)) % Writings.All.Count];
            // A site's name is chosen by whoever defines it: what has a shape is refused, a word cannot be.
            if (position.OnlyShapes)
                forms = [.. forms.Where(form => form.HasShape).DefaultIfEmpty(CanaryForms.Of[CanaryClass.Phone].First())];
            yield return (new Canary(forms[turn % forms.Length], First + (n % 9_000) + seed, writing, position.Name), position);
        }
    }
}
