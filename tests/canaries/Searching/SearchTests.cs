using System.Text;
using KpTelemetry.Canaries.Tests.Planting;

namespace KpTelemetry.Canaries.Tests.Searching;

/// <summary>The search finds what is there, and takes nothing else for it.</summary>
public sealed class SearchTests
{
    private static readonly CanaryForm Form = CanaryForms.Of[CanaryClass.SocialSecurity].First();

    [Theory]
    [InlineData("123-45-6789")]
    [InlineData("/123/45/6789/")]
    [InlineData("%31%32%33-45-6789")]
    [InlineData("%2531%2532%2533%252D45%252D6789")]
    [InlineData("MTIzLTQ1LTY3ODk=")]
    [InlineData("token=xMTIzLTQ1LTY3ODk")]
    [InlineData("3132332d34352d36373839")]
    [InlineData("１２３－４５－６７８９")]
    [InlineData("١٢٣-٤٥-٦٧٨٩")]
    [InlineData("visit-123456789-summary")]
    [InlineData("\"id\":123456789,")]
    [InlineData("1\u00002\u00003\u00004\u00005\u00006\u00007\u00008\u00009\u0000")]
    public void In_Value_IsFoundHoweverItIsWritten(string text) => Assert.Single(Found(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("0123456789012")]
    [InlineData("99123456789")]
    [InlineData("0.112345678912")]
    [InlineData("2026-11-25T21:01:12.3456789+00:00")]
    [InlineData("123-45-6788")]
    [InlineData("123\n45\n6789")]
    [InlineData("123 and then 456789")]
    [InlineData("0190c123-4567-89ab-8cde-f0123456789a")]
    [InlineData("took 123.456789 s")]
    public void In_OtherNumbers_NothingIsFound(string text) => Assert.Empty(Found(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("born 14.03.1962", 1)]
    [InlineData("/14/03/1962", 1)]
    [InlineData("14031962", 0)]
    [InlineData("at 14:03.1962", 0)]
    [InlineData("14,031,962", 0)]
    public void In_Date_IsFoundInGroupsOnly(string text, int times)
    {
        var needles = new Needles();
        needles.Add(CanaryForms.Of[CanaryClass.Date].First(), "plain", "a test", "14.03.1962");
        var search = new Search(needles);
        search.In("a place", text);
        Assert.Equal(times, search.Found.Count);
    }

    [Fact]
    public void In_Stream_ValuesAtTheEdgesOfPiecesAreFound()
    {
        for (var shift = -12; shift <= 2; shift++)
        {
            var search = NewSearch();
            search.In("a stream", new MemoryStream([.. new byte[(4 << 20) + shift], .. " 123-45-6789 "u8, .. new byte[100]]));
            Assert.Single(search.Found);
        }
    }

    [Fact]
    public void In_ChanceBytes_NothingIsFoundOfAHundredThousandValues()
    {
        const int Seed = 20_261_125;
        var needles = new Needles();
        foreach (var form in CanaryForms.All)
        {
            for (var n = 0; n < 1_500; n++)
                needles.Add(new Canary(form, n, Writings.All[0], "none"));
        }

        var chance = new Random(Seed);
        var search = new Search(needles);
        var bytes = new byte[1 << 20];
        for (var round = 0; round < 4; round++)
        {
            chance.NextBytes(bytes);
            search.In("chance", bytes);
        }

        Assert.True(search.Found.Count == 0, $"seed {Seed}: {string.Join("; ", search.Found)}");
    }

    private static HashSet<string> Found(byte[] bytes)
    {
        var search = NewSearch();
        search.In("a place", bytes);
        return search.Found;
    }

    private static Search NewSearch()
    {
        var needles = new Needles();
        needles.Add(Form, "plain", "a test", "123-45-6789");
        return new Search(needles);
    }
}
