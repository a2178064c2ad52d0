using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KpTelemetry.Privacy.Detecting;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Labelling;

/// <summary>Detectors find what identifies in a label that no rule has touched, and nothing in ordinary labels.</summary>
public sealed partial class LabelDetectorTests
{
    public static TheoryData<IdentifierClass, string> Planted => new()
    {
        { IdentifierClass.Name, "/x/patient-name/jane-doe" },
        { IdentifierClass.Name, "/x/jane-doe-80" },
        { IdentifierClass.Name, "/x/jane1980" },
        { IdentifierClass.Geography, "/zip/94612" },
        { IdentifierClass.Geography, "/x/94612-1234" },
        { IdentifierClass.Geography, "/x/1600-pennsylvania-ave" },
        { IdentifierClass.Geography, "/x/37.7749,-122.4194" },
        { IdentifierClass.Geography, "/x/po-box-123" },
        { IdentifierClass.Geography, "/x/123/main-street" },
        { IdentifierClass.Date, "/x/1980-05-17" },
        { IdentifierClass.Date, "/x/17.05.1980" },
        { IdentifierClass.Date, "/x/19800517" },
        { IdentifierClass.Date, "/x/05171980" },
        { IdentifierClass.Date, "/x/17-may-1980" },
        { IdentifierClass.Date, "/x/May 17th, 1980" },
        { IdentifierClass.Date, "/x/05-17-80" },
        { IdentifierClass.Date, "/x/1980/May/17" },
        { IdentifierClass.Date, "/x/dob-0517" },
        { IdentifierClass.Date, "/x/patient-19800517.html" },
        { IdentifierClass.Date, "/x/1980-05" },
        { IdentifierClass.Date, "/x/may-1980" },
        { IdentifierClass.Date, "/x/17-V-1980" },
        { IdentifierClass.Date, "/x/17-мая-1980" },
        { IdentifierClass.Date, "/x/1980-W20-3" },
        { IdentifierClass.Date, "/age/93" },
        { IdentifierClass.Date, "/x/93-años" },
        { IdentifierClass.Date, "/x/93-year-old" },
        { IdentifierClass.Telephone, "/x/415-555-1212" },
        { IdentifierClass.Telephone, "/x/(415)555-1212" },
        { IdentifierClass.Telephone, "/x/4155551212" },
        { IdentifierClass.Telephone, "/x/555-1212" },
        { IdentifierClass.Fax, "/x/fax-415-555-1212" },
        { IdentifierClass.Email, "/x/jane.doe@example.org" },
        { IdentifierClass.Email, "/x/jane.doe%40example.org" },
        { IdentifierClass.Email, "/x/jane.doe＠example.org" },
        { IdentifierClass.Email, "/x/amFuZS5kb2VAZXhhbXBsZS5vcmc" },
        { IdentifierClass.SocialSecurity, "/x/123-45-6789" },
        { IdentifierClass.SocialSecurity, "/x/123456789" },
        { IdentifierClass.SocialSecurity, "/x/123/45/6789" },
        { IdentifierClass.SocialSecurity, "/x/ssn-last-four-6789" },
        { IdentifierClass.SocialSecurity, "/x/١٢٣-٤٥-٦٧٨٩" },
        { IdentifierClass.MedicalRecord, "/x/MRN0012345" },
        { IdentifierClass.MedicalRecord, "/x/patient-4471" },
        { IdentifierClass.HealthPlan, "/x/1EG4-TE5-MK73" },
        { IdentifierClass.HealthPlan, "/x/member-id-77881" },
        { IdentifierClass.Account, "/x/account-number-4471" },
        { IdentifierClass.Account, "/x/id123456" },
        { IdentifierClass.Account, "/x/card-ending-in-1234" },
        { IdentifierClass.Licence, "/x/D1234567" },
        { IdentifierClass.Licence, "/x/license-no-A12345" },
        { IdentifierClass.Vehicle, "/x/1HGCM82633A004352" },
        { IdentifierClass.Vehicle, "/x/7ABC123" },
        { IdentifierClass.Device, "/x/550e8400-e29b-41d4-a716-446655440000" },
        { IdentifierClass.Device, "/x/00-1B-44-11-3A-B7" },
        { IdentifierClass.Device, "/x/9fceb02d0ae598e95dc970b74767f19372d61af8" },
        { IdentifierClass.Url, "/go/https:/jane.example.org" },
        { IdentifierClass.Url, "/go/www.example.org" },
        { IdentifierClass.IpAddress, "/x/192.168.1.20" },
        { IdentifierClass.IpAddress, "192-168-1-20.example.net" },
        { IdentifierClass.IpAddress, "/x/2001:db8::1" },
        { IdentifierClass.IpAddress, "/x/2001-db8--1" },
        { IdentifierClass.Biometric, "/x/fingerprint-99a71" },
        { IdentifierClass.Photograph, "/x/jane-portrait.jpg" },
        { IdentifierClass.Photograph, "/x/patient-photo.jpg" },
        { IdentifierClass.OtherCode, "/x/eyJhbGciOiJIUzI1NiJ9" },
        { IdentifierClass.OtherCode, "/x/0123456789abcdef" },
        { IdentifierClass.OtherCode, "/x/C02XK0ABJGH5" },
        { IdentifierClass.OtherCode, "/x/{\"id\":1}" },
        { IdentifierClass.Card, "/x/4111-1111-1111-1111" },
        { IdentifierClass.Card, "/x/4111111111111111" },
        { IdentifierClass.Card, "/x/４１１１１１１１１１１１１１１１" },
        { IdentifierClass.Card, "/x/NDExMTExMTExMTExMTExMQ" },
    };

    [Theory]
    [MemberData(nameof(Planted))]
    public void Find_Planted_NamesTheClass(IdentifierClass expected, string label) => Assert.Equal(expected, LabelDetectors.Find(label));

    [Fact]
    public void Planted_HoldsEveryClass() =>
        Assert.Empty(Enum.GetValues<IdentifierClass>().Except(Planted.Select(row => row.Data.Item1)));

    [Fact]
    public void Find_SecondOfPair_IsFound() => Assert.Equal(IdentifierClass.SocialSecurity, LabelDetectors.Find(Labels.Pair("/a", "/x/123-45-6789")));

    [Fact]
    public void Find_OrdinaryRoute_FindsNothing() => Assert.DoesNotContain(RouteLists.Ordinary, route => LabelDetectors.Find(route) is not null);

    // What only a detector catches is a fault of a rule, and what it takes for a value is no page's name.
    [Fact]
    public void Find_RouteOfAWordBesideANumber_FindsNothing()
    {
        string[] words =
        [
            "mrn", "ssn", "npi", "imei", "vin", "udid", "passport", "plate", "plates", "license", "serial", "sn", "acct", "iban", "hrn", "fingerprint", "voiceprint", "faceprint", "retina",
            "biometric", "zip", "zip-code", "postal-code", "fax", "id", "user", "member", "patient", "account", "case", "claim", "order", "phone", "policy", "chart", "certificate", "cert",
            "dob", "birthdate", "birth-date", "date-of-birth", "born", "age", "group", "plan", "medicaid", "biometric-screening", "my-plate", "clinic", "iso", "model",
        ];
        string[] numbers = ["7", "12", "345", "1950", "2025", "4711", "12345", "123456", "12-345", "123-4567", "a12", "x1234", "12-ks", "123-45-6789", "05-17", "2025-26"];

        var labels = from word in words from number in numbers from mark in (string[])["-", "/", "", "."] where mark.Length > 0 || char.IsAsciiDigit(number[0]) select PageLabel.Of(Encoding.UTF8.GetBytes($"/a/{word}{mark}{number}"));
        Assert.DoesNotContain(labels, label => LabelDetectors.Find(label) is not null);
    }

    [Fact]
    public void Find_RouteOfValue_FindsNothing() => Assert.DoesNotContain(RouteLists.Values, value => LabelDetectors.Find(value.Route) is not null);

    // The second line sees most of what the first is for, by other patterns.
    [Fact]
    public void Find_ValueThatNoRuleTouched_IsMostlyFound()
    {
        var found = RouteLists.Values.Count(value => LabelDetectors.Find(value.Path) is not null);

        Assert.True(found * 4 > RouteLists.Values.Count * 3, $"{found} of {RouteLists.Values.Count}");
    }

    [Fact]
    public void Find_ClosedVocabularies_FindsNothing()
    {
        using var list = JsonDocument.Parse(File.ReadAllBytes(Repository.NodeModule("crawler-user-agents/crawler-user-agents.json")));
        var bots = list.RootElement.EnumerateArray().SelectMany(entry => entry.GetProperty("instances").EnumerateArray())
            .Select(agent => Lists.Reference.AgentClassifier.Classify(agent.GetString()!).Bot!).Distinct(StringComparer.Ordinal)
            // Some bots of the list are named by their makers' addresses.
            .Where(bot => !bot.Contains('@') && !bot.Contains("://", StringComparison.Ordinal));
        var families = FamilyForm().Matches(File.ReadAllText(Repository.NodeModule("uap-core/regexes.yaml"))).Select(match => match.Groups["name"].Value);
        string[] ours = ["GET", "200", "404", "human", "bot", "desktop", "mobile", "US", "DE", Labels.Direct, Labels.Other, Labels.Unknown, Labels.None, Labels.New];

        string[] labels = [.. bots, .. families, .. ours, "www.google.com", "t.co", "com.google.android.gm", "xn--90adhhccf5aeewt7j.xn--p1ai", "m.facebook.com"];
        Assert.DoesNotContain(labels, label => LabelDetectors.Find(label) is not null);
    }

    [Fact]
    public void Find_LabelsOfTheSampleLog_FindsNothing()
    {
        Assert.SkipUnless(Repository.SharedData("apache_combined_10k.log") is not null, "needs ../shared/data");
        var routes = File.ReadLines(Repository.SharedData("apache_combined_10k.log")!).Select(line => line.Split('"')[1].Split(' ')).Where(request => request.Length > 1)
            .Select(request => request[1].Split('?', '#')[0]).Where(path => PageViews.IsPage(Encoding.UTF8.GetBytes(path))).Distinct(StringComparer.Ordinal).Select(path => PageLabel.Of(Encoding.UTF8.GetBytes(path)));

        Assert.DoesNotContain(routes, route => LabelDetectors.Find(route) is not null);
    }

    [Fact]
    public void MayBeNamed_WhatIsFound_IsCountedByClassOnce()
    {
        var guard = new LabelGuard();

        Assert.True(guard.MayBeNamed(Table.Page, "/about"));
        Assert.False(guard.MayBeNamed(Table.Page, "/x/123-45-6789"));
        Assert.False(guard.MayBeNamed(Table.Page, "/x/123-45-6788"));
        Assert.Equal([new(IdentifierClass.SocialSecurity, 2)], guard.Take());
        Assert.Empty(guard.Take());
    }

    [GeneratedRegex("(family|os)_replacement: '(?<name>[^'$]*)'", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FamilyForm();
}
