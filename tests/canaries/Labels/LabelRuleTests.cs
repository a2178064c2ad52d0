using System.Collections.Concurrent;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.Canaries.Tests.Searching;
using KpTelemetry.Privacy.Detecting;
using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Canaries.Tests.Labels;

/// <summary>
/// The rules alone, without the release rule and the detectors behind them, make of every canary in every writing and
/// position labels in which nothing that has a shape stands, and for which no detector fires.
/// </summary>
public sealed class LabelRuleTests
{
    private const int Values = 99_000, Stride = 7919, Told = 500;

    [Fact]
    public void Labels_OfEveryCombination_NeedNoDetector() => AssertNone(valuesOfEach: 1);

    [Fact]
    [Trait("Length", "long")]
    public void Labels_OfThirtyValuesOfEveryCombination_NeedNoDetector() => AssertNone(valuesOfEach: 30);

    [Fact]
    public void Labels_OfAPathThatNoRuleRead_HoldTheValue()
    {
        var canary = new Canary(CanaryForms.All.First(form => form.Class == CanaryClass.Date), 7, Writings.All[0], "path, second segment");

        Assert.True(Holds(new CanonicalText(), $"/patients/{canary.Value}", canary));
        Assert.Equal(IdentifierClass.Date, LabelDetectors.Find($"/patients/{canary.Value}"));
    }

    private static void AssertNone(int valuesOfEach)
    {
        var wrong = Wrong(valuesOfEach);
        Assert.True(wrong.Length == 0, string.Join(Environment.NewLine, wrong.Take(Told)));
    }

    private static string[] Wrong(int valuesOfEach)
    {
        using var reference = ReferenceData.Load(ReferenceData.DefaultDirectory);
        var wrong = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        Parallel.ForEach(CanaryForms.All, form =>
        {
            var (labels, text, n) = (new LineLabels(reference, DeclaredRoutes.Of([CanaryLog.DeclaredRoute])), new CanonicalText(), 0);
            foreach (var writing in Writings.All)
            {
                foreach (var position in LogPositions.OfShortLines)
                {
                    for (var i = 0; i < valuesOfEach; i++)
                    {
                        var canary = new Canary(form, (int)((long)n++ * Stride % Values), writing, position.Name);
                        if (labels.Of(LineWith(canary, position)).FirstOrDefault(label => IsWrong(text, label, canary, position)) is { } label)
                            wrong.TryAdd(canary.ToString(), $"{canary}: {label} of {canary.Value}");
                    }
                }
            }
        });
        return [.. wrong.Values.Order(StringComparer.Ordinal)];
    }

    private static LogLine LineWith(Canary canary, LogPosition position)
    {
        var line = new LogLine { Address = "203.0.113.9", Time = LogLine.TimeOf(CanaryLog.Start), Agent = CanaryLog.Agents[0], Target = "/care/topic-a" };
        position.Put(line, canary.Sent);
        return line;
    }

    private static bool IsWrong(CanonicalText text, string label, Canary canary, LogPosition position) =>
        LabelDetectors.Find(label) is not null || (canary.HasShapeAt(position) && Holds(text, label, canary));

    private static bool Holds(CanonicalText text, string label, Canary canary)
    {
        text.Reduce(System.Text.Encoding.UTF8.GetBytes(label));
        return text.Bytes.IndexOf(canary.Canonical) >= 0 || text.Bytes.IndexOf(canary.CanonicalSent) >= 0;
    }
}
