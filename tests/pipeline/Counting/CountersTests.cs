using System.Reflection;
using KpTelemetry.Privacy;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

public sealed class CountersTests
{
    [Fact]
    public void Columns_AreTheFieldsInTheirOrder()
    {
        var fields = typeof(Counters).GetFields(BindingFlags.Public | BindingFlags.Instance).OrderBy(field => field.MetadataToken).ToArray();
        Assert.Equal(fields.Select(field => SnakeCase(field.Name)), Counters.Columns);

        object boxed = default(Counters);
        for (var i = 0; i < fields.Length; i++)
            fields[i].SetValue(boxed, i + 1L);
        var counters = (Counters)boxed;
        Assert.Equal(Enumerable.Range(1, fields.Length).Select(n => (long)n), counters.Values.ToArray());

        counters.Add(counters);
        Assert.Equal(2L * fields.Length, counters.Values[^1]);
        Assert.Equal(2, counters.Requests);
    }

    private static string SnakeCase(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
