using System.Text.Json.Nodes;
using KpTelemetry.Schemas.Policies;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Policies;

/// <summary>What a document may say, and what is said about one that may not.</summary>
public sealed class PolicyDocumentTests
{
    [Fact]
    public void The_built_in_revision_says_what_the_statement_and_the_design_say()
    {
        var policy = PolicyBook.BuiltIn;
        Assert.Equal(("20170913", new DateOnly(2017, 9, 13)), (policy.Name, policy.EffectiveFrom));
        Assert.Equal(
            (11, 120, 30, 48, 14, 7, 24, 30),
            (policy.Values[PolicyKeys.K], policy.Values[PolicyKeys.LatenessMinutes], policy.Values[PolicyKeys.VisitGapMinutes], policy.Values[PolicyKeys.StateHours],
                policy.Values[PolicyKeys.RawDays], policy.Values[PolicyKeys.KeyEncryptionKeyDays], policy.Values[PolicyKeys.AheadHours], policy.Values[PolicyKeys.NoticeDays]));
        Assert.Equal((PolicyKeys.Ignore, PolicyKeys.Retargeting), (policy.Values[PolicyKeys.DoNotTrack], policy.Values[PolicyKeys.GlobalPrivacyControl]));
    }

    [Theory]
    [InlineData("""{"revision":""", "the document is no JSON: line 1")]
    [InlineData("[]", "the document must be a JSON object")]
    [InlineData("{}", "revision is missing; noticeFrom is missing; effectiveFrom is missing; values is missing")]
    [InlineData("""{"revision":"20300101","revision":"20300101","noticeFrom":"2029-12-01","effectiveFrom":"2030-01-01","values":[]}""", "revision is there twice; values must be a JSON object")]
    public void A_document_of_another_form_is_refused_with_all_that_is_wrong(string document, string problems) => AssertRefused(document, problems);

    [Theory]
    [InlineData("k", "4", "values.k must be a whole number from 5 to 10000")]
    [InlineData("k", "11.5", "values.k must be a whole number from 5 to 10000")]
    [InlineData("k", "\"11\"", "values.k must be a whole number from 5 to 10000")]
    [InlineData("doNotTrack", "true", "values.doNotTrack must be \"ignore\" or \"honour\"")]
    [InlineData("globalPrivacyControl", "\"honour\"", "values.globalPrivacyControl must be \"ignore\" or \"re-targeting\" or \"measurement\"")]
    [InlineData("retentionDays", "1", "values.retentionDays is no key of a policy")]
    [InlineData("a<script>", "1", "values.a key with an odd name is no key of a policy")]
    [InlineData("rawDays", "4", "values.rawDays must cover two days, stateHours and latenessMinutes: a restart reads sealed events of days whose state lives, and of the day before")]
    public void A_value_that_may_not_be_is_refused_by_name(string key, string value, string problem) =>
        AssertRefused(TestPolicies.Document(new DateOnly(2030, 1, 1), (key, JsonNode.Parse(value)!)), problem);

    [Theory]
    [InlineData(5, 69, true)]
    [InlineData(5, 70, false)]
    public void Sealed_events_are_kept_from_the_day_before_the_oldest_whose_state_lives(int rawDays, int stateHours, bool isSound) =>
        Assert.Equal(isSound, new PolicyValues(PolicyKeys.All.ToDictionary(key => key, key => key == PolicyKeys.RawDays ? rawDays : key == PolicyKeys.StateHours ? stateHours : PolicyBook.BuiltIn.Values[key])).Problems().Any() is false);

    [Fact]
    public void Every_key_must_be_there()
    {
        foreach (var key in PolicyKeys.All)
        {
            var document = JsonNode.Parse(TestPolicies.Document(new DateOnly(2030, 1, 1)))!;
            Assert.True(document["values"]!.AsObject().Remove(key.Name));
            AssertRefused(document.ToJsonString(), $"values.{key.Name} is missing");
        }
    }

    [Fact]
    public void A_revision_is_named_by_its_date_and_noticed_before_it()
    {
        var document = JsonNode.Parse(TestPolicies.Document(new DateOnly(2030, 1, 1)))!;
        document["effectiveFrom"] = "2030-01-02";
        AssertRefused(document.ToJsonString(), "revision must be the date of effectiveFrom: 20300102");
        AssertRefused(TestPolicies.Document(new DateOnly(2030, 1, 2), new DateOnly(2030, 1, 1), []), "noticeFrom must not lie after effectiveFrom");
        document["effectiveFrom"] = "tomorrow";
        AssertRefused(document.ToJsonString(), "effectiveFrom must be a day such as 2017-09-13");
    }

    private static void AssertRefused(string document, string problems)
    {
        Assert.Null(PolicyDocument.Read(document, out var found));
        Assert.Equal(problems, string.Join("; ", found));
    }
}
